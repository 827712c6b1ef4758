/**
 * Time-based one-time passwords (RFC 6238) and recovery codes. It keeps nothing: which steps were used is the account's to
 * remember.
 */
import { createHash, randomBytes, randomInt } from "node:crypto"
import { Secret, TOTP } from "otpauth"

const secretBytes = 20
const periodS = 30
/** One step to either side: a phone's clock may be half a minute off. */
const stepsAround = 1
export const recoveryCodeCount = 10
/** Without characters that look alike. */
const alphabet = "23456789abcdefghjkmnpqrstuvwxyz"

export const newTotpSecret = (): Uint8Array => new Uint8Array(randomBytes(secretBytes))

const totpOf = (secret: Uint8Array, login = "") =>
  new TOTP({
    issuer: "Mimika",
    label: login,
    algorithm: "SHA1",
    digits: 6,
    period: periodS,
    secret: new Secret({ buffer: new Uint8Array(secret).buffer })
  })

/** What an authenticator app reads from a QR code, and the secret for typing. */
export function totpEnrolment(secret: Uint8Array, login: string): { readonly uri: string; readonly secret: string } {
  const totp = totpOf(secret, login)
  return { uri: totp.toString(), secret: totp.secret.base32.replace(/(.{4})/g, "$1 ").trim() }
}

/** The step that the code belongs to, for `useTotpStep`; null when it is wrong. */
export function totpStepOf(secret: Uint8Array, code: string, nowMs: number): number | null {
  const token = code.replaceAll(/\s/g, "")
  if (!/^\d{6}$/.test(token)) return null
  const delta = totpOf(secret).validate({ token, timestamp: nowMs, window: stepsAround })
  return delta === null ? null : Math.floor(nowMs / 1000 / periodS) + delta
}

/** The code of a moment: for tests and for nobody else's. */
export const totpCodeAt = (secret: Uint8Array, nowMs: number) => totpOf(secret).generate({ timestamp: nowMs })

/** Ten codes of 50 bits, each good once. */
export function newRecoveryCodes(): readonly string[] {
  const character = () => alphabet[randomInt(alphabet.length)]!
  const part = () => Array.from({ length: 5 }, character).join("")
  return Array.from({ length: recoveryCodeCount }, () => `${part()}-${part()}`)
}

/** Case, spaces and dashes are the reader's. */
export const recoveryHashOf = (code: string): Uint8Array =>
  createHash("sha256")
    .update(`mimika recovery ${code.toLowerCase().replaceAll(/[\s-]/g, "")}`)
    .digest()
