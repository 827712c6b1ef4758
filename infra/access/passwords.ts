/**
 * Passwords as argon2id hashes (RFC 9106) in the PHC string format, and what a password must be. Node computes them off the
 * main thread; Deno, which lacks that call, with @noble/hashes. It stores nothing.
 */
import * as crypto from "node:crypto"
import { promisify } from "node:util"
import { argon2idAsync } from "@noble/hashes/argon2.js"

/** OWASP's second choice for argon2id: 19 MiB, two passes, one lane; about 40 ms here. */
const memoryKb = 19_456
const passes = 2
const hashBytes = 32
const saltBytes = 16
/** NIST SP 800-63B-4: at least 15 characters where a password could stand alone, 8 beside a second factor; we ask for 12. */
export const passwordCharactersMin = 12
export const passwordCharactersMax = 128

type Argon2 = (
  kind: "argon2id",
  options: {
    message: string
    nonce: Uint8Array
    parallelism: number
    tagLength: number
    memory: number
    passes: number
  }
) => Promise<Buffer>
const native = (crypto as unknown as { argon2?: Parameters<typeof promisify>[0] }).argon2
const argon2 = native === undefined ? null : (promisify(native) as unknown as Argon2)

async function digestOf(password: string, salt: Uint8Array): Promise<Buffer> {
  const message = password.normalize("NFC")
  if (argon2 !== null) {
    return argon2("argon2id", { message, nonce: salt, parallelism: 1, tagLength: hashBytes, memory: memoryKb, passes })
  }
  return Buffer.from(await argon2idAsync(message, salt, { m: memoryKb, t: passes, p: 1, dkLen: hashBytes }))
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64").replace(/=+$/, "")

export async function hashPassword(password: string): Promise<string> {
  const salt = crypto.randomBytes(saltBytes)
  const parameters = `m=${memoryKb},t=${passes},p=1`
  return `$argon2id$v=19$${parameters}$${text(salt)}$${text(await digestOf(password, salt))}`
}

/** Takes as long without a hash, so that nobody learns from the time which logins exist. */
export async function checkPassword(password: string, hash: string | null): Promise<boolean> {
  const [, kind, , parameters, salt, digest] = (hash ?? "").split("$")
  const known = kind === "argon2id" && parameters === `m=${memoryKb},t=${passes},p=1`
  const found = await digestOf(
    password.slice(0, passwordCharactersMax),
    Buffer.from((known && salt) || "AAAAAAAAAAAAAAAAAAAAAA", "base64")
  )
  const expected = Buffer.from((known && digest) || "", "base64")
  return expected.length === found.length && crypto.timingSafeEqual(expected, found)
}

/** What is wrong with a new password, or null: length, the login inside, one character or a run repeated. */
export function passwordFault(password: string, login: string): "short" | "long" | "ownName" | "simple" | null {
  const characters = [...password.normalize("NFC")]
  if (characters.length < passwordCharactersMin) return "short"
  if (characters.length > passwordCharactersMax) return "long"
  const small = password.toLowerCase()
  const name = login.toLowerCase().split("@")[0] ?? ""
  if (name.length >= 4 && small.includes(name)) return "ownName"
  if (
    new Set(characters).size < 6 ||
    /^(.{1,6})\1+$/.test(small) ||
    /(0123456789|abcdefgh|qwertyui|йцукенгш|password|пароль)/.test(small)
  ) {
    return "simple"
  }
  return null
}
