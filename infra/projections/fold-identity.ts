/** Which code folds: a digest of every machine and projection and of the pinned packages. A state folded by other code is never taken for our own. */
import { createHash, randomUUID } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** In hexadecimal. Where the sources are not beside the program, another one at each start. */
export function foldIdentity(): string {
  try {
    const hash = createHash("sha256").update(readFileSync(join(root, "package.json")))
    for (const folder of ["machines", "projections"]) {
      for (const file of readdirSync(join(root, folder)).sort()) {
        hash.update(`\n${folder}/${file}\n`).update(readFileSync(join(root, folder, file)))
      }
    }
    return hash.digest("hex")
  } catch {
    return randomUUID()
  }
}
