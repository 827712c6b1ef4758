/**
 * The master key from the environment, for those whose secrets come that way: 32 bytes in base64. It cannot be replaced
 * from in here, so an erasure does not make old copies of the key store worthless; the certificate says so.
 */
import { Effect } from "effect"
import { keyBytes, unwrapKey, wrapKey } from "./key-wrap.ts"
import { type MasterKey, MasterKeyUnavailable } from "./master-key.ts"

const provider = "MIMIKA_MASTER_KEY"
const purpose = "mimika key-encryption key"

export function environmentMasterKey(encoded: string): MasterKey {
  const key = Buffer.from(encoded.trim(), "base64")
  const refuse = (why: string, advice: string) => Effect.fail(new MasterKeyUnavailable({ provider, why, advice }))
  if (key.length !== keyBytes) {
    const refused = refuse(`it is not ${keyBytes} bytes in base64`, "Make one with: openssl rand -base64 32")
    return { wrap: () => refused, unwrap: () => refused }
  }
  return {
    wrap: (secret) => Effect.sync(() => wrapKey(secret, key, purpose)),
    unwrap: (wrapped) =>
      Effect.suspend(() => {
        try {
          return Effect.succeed(unwrapKey(wrapped, key, purpose))
        } catch {
          return refuse("it is not the key this key store was made with", "Set the key that belongs to it")
        }
      })
  }
}
