/** What the platform shows at its door: a secret in a file that only its owner may read. */
import { randomBytes } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** The platform's access token, made at first start with mode 0600. */
export function accessTokenIn(dataFolder: string): { readonly accessToken: string; readonly accessTokenFile: string } {
  const accessTokenFile = join(dataFolder, "access-token")
  if (!existsSync(accessTokenFile)) {
    writeFileSync(accessTokenFile, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flush: true })
  }
  return { accessToken: readFileSync(accessTokenFile, "utf8").trim(), accessTokenFile }
}
