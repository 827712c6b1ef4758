/** The search for secrets finds every form of one in any surroundings, and nothing where there is none. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { secretOf, secretsIn } from "../server/secret-search.ts"

const key = fc.uint8Array({ minLength: 12, maxLength: 40 }).map((bytes) => Buffer.from(bytes))
const around = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes))

const forms: Readonly<Record<string, (whole: Buffer, secret: Buffer) => Buffer>> = {
  raw: (whole) => whole,
  base64: (whole) => Buffer.from(whole.toString("base64")),
  base64url: (whole) => Buffer.from(whole.toString("base64url")),
  hex: (whole) => Buffer.from(whole.toString("hex")),
  HEX: (whole) => Buffer.from(whole.toString("hex").toUpperCase())
}

it.each(Object.entries(forms))("finds a key as %s, wherever it stands", (_name, form) => {
  fc.assert(
    fc.property(key, around, around, (secret, before, after) => {
      const written = form(Buffer.concat([before, secret, after]), secret)
      expect(secretsIn(written, [secretOf("key", secret)])).toEqual(["key"])
    })
  )
})

it("finds a word in an address, in JSON and in UTF-16", () => {
  const word = 'верный "конь" скачет'
  for (const form of [
    Buffer.from(encodeURIComponent(word)),
    Buffer.from(JSON.stringify({ word })),
    Buffer.from(`x${word}`, "utf16le")
  ]) {
    expect(secretsIn(form, [secretOf("word", word)])).toEqual(["word"])
  }
})

it("finds short digits where they stand alone, and not in a longer number", () => {
  const code = secretOf("code", "123456")
  expect(secretsIn(Buffer.from("code=123456 "), [code])).toEqual(["code"])
  expect(secretsIn(Buffer.from('{"code":"123456"}'), [code])).toEqual(["code"])
  expect(secretsIn(Buffer.from("1791234560"), [code])).toEqual([])
  expect(secretsIn(Buffer.from("a-123456-b"), [code])).toEqual([])
})

it("finds nothing in bytes that hold another", () => {
  fc.assert(
    fc.property(key, key, (secret, other) => {
      fc.pre(!other.includes(secret))
      expect(secretsIn(other, [secretOf("key", Buffer.concat([secret, Buffer.from("and more of it")]))])).toEqual([])
    })
  )
})
