/** Signs erasure certificates with an Ed25519 key of its own, made at first use with mode 0600. It signs nothing that it did not make. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { Notary } from "../../actors/erasure-ports.ts"

export const fileNotary = (keysFolder: string) =>
  Layer.effect(
    Notary,
    Effect.sync(() => {
      const key = signingKey(keysFolder)
      return Notary.of({
        sign: (text) => sign(null, Buffer.from(text, "utf8"), key).toString("base64"),
        publicKey: createPublicKey(key).export({ type: "spki", format: "pem" }).toString()
      })
    })
  )

/** Whether the text was signed by the holder of the key, and not changed since. */
export function isSignedBy(publicKeyPem: string, text: string, signature: string): boolean {
  return verify(null, Buffer.from(text, "utf8"), createPublicKey(publicKeyPem), Buffer.from(signature, "base64"))
}

function signingKey(folder: string): KeyObject {
  const file = join(folder, "certificate-key.pem")
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const { privateKey } = generateKeyPairSync("ed25519")
    const whole = `${file}.new`
    writeFileSync(whole, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600, flush: true })
    renameSync(whole, file)
  }
  return createPrivateKey(readFileSync(file))
}
