/** Which net this server reads with, from its manifest alone: the core names it in the journal and never loads it. */
import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import type { ModelIdentity } from "../../machines/conference-events.ts"
import { parseManifest } from "../../models/vision/manifest.ts"

const manifestFile = fileURLToPath(new URL("../../models/weights/expression.json", import.meta.url))

export async function shippedModel(): Promise<ModelIdentity> {
  const { sha256, confusion } = parseManifest(await readFile(manifestFile, "utf8"), manifestFile)
  return { name: "expression", sha256, confusion }
}
