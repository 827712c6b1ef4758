/** One key under another: AES-256-GCM with a random nonce, bound to what the wrapped key is for. Layout: nonce (12), ciphertext, tag (16). */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto"

const nonceBytes = 12
const tagBytes = 16
export const keyBytes = 32

export function wrapKey(secret: Uint8Array, underKey: Uint8Array, purpose: string): Uint8Array {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv("aes-256-gcm", underKey, nonce)
  cipher.setAAD(Buffer.from(purpose, "utf8"))
  return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()])
}

/** Throws when the bytes were not wrapped by this key for this purpose. */
export function unwrapKey(wrapped: Uint8Array, underKey: Uint8Array, purpose: string): Uint8Array {
  const tagAt = wrapped.length - tagBytes
  if (tagAt < nonceBytes) throw new RangeError("a wrapped key is too short")
  const decipher = createDecipheriv("aes-256-gcm", underKey, wrapped.subarray(0, nonceBytes))
  decipher.setAAD(Buffer.from(purpose, "utf8"))
  decipher.setAuthTag(wrapped.subarray(tagAt))
  return Buffer.concat([decipher.update(wrapped.subarray(nonceBytes, tagAt)), decipher.final()])
}
