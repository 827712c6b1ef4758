/** Signs erasure certificates with an Ed25519 key of its own, made at first use with mode 0600. It signs nothing that it did not make. */
import { createPublicKey, sign, verify } from "node:crypto"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { Notary } from "../../actors/erasure-ports.ts"
import { signingKeyIn } from "../keys/signing-key.ts"

export const fileNotary = (keysFolder: string) =>
  Layer.effect(
    Notary,
    Effect.sync(() => {
      const key = signingKeyIn(join(keysFolder, "certificate-key.pem"))
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
