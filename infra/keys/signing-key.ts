/**
 * An Ed25519 signing key in a file that only its owner may read, made at first use. What it signs is a claim of this
 * server's, so the key is refused when others could have signed in its name.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import process from "node:process"

export function signingKeyIn(file: string): KeyObject {
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const { privateKey } = generateKeyPairSync("ed25519")
    const whole = `${file}.new`
    writeFileSync(whole, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600, flush: true })
    renameSync(whole, file)
  }
  const refused = (why: string, advice: string) => new Error(`Cannot sign with "${file}": ${why}. ${advice}`)
  const { mode } = statSync(file)
  // Windows has no such bits; there the folder's access list decides.
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    throw refused(
      `others may read it (mode ${(mode & 0o777).toString(8)})`,
      `Run: chmod 600 "${file}", and think who could have`
    )
  }
  const key = createPrivateKey(readFileSync(file))
  if (key.asymmetricKeyType !== "ed25519") throw refused("it is no Ed25519 key", "Put back the key that was there")
  return key
}
