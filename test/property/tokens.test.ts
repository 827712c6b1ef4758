/** Tokens are claims or refusals, whatever comes: nothing throws, and nothing that we did not say in full is believed. */
import { generateKeyPairSync, sign } from "node:crypto"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { verifyStreamToken } from "../../infra/keys/tokens.ts"

const { publicKey, privateKey } = generateKeyPairSync("ed25519")
const pem = publicKey.export({ type: "spki", format: "pem" }).toString()
const now = 1_763_884_800_000
const signed = (body: Uint8Array) =>
  `${Buffer.from(body).toString("base64url")}.${sign(null, body, privateKey).toString("base64url")}`
const claim = { kind: "stream", conference: "c", epoch: 3, edge: "edge-1", expiresAt: now + 1 }

describe("verifyStreamToken()", () => {
  it("answers the claim that was signed, until it has run out", () => {
    const token = signed(Buffer.from(JSON.stringify(claim)))
    expect(verifyStreamToken(token, pem, now)).toEqual({ conference: "c", epoch: 3, edge: "edge-1" })
    expect(verifyStreamToken(token, pem, now + 2)).toBe("it has run out")
  })

  it("refuses any text in words", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\w-]{0,40}\.[\w-]{0,90}$/)), (token) => {
        expect(typeof verifyStreamToken(token, pem, now)).toBe("string")
      })
    )
  })

  it("refuses nonsense in words even when it is signed", () => {
    const nonsense = fc.oneof(
      fc.uint8Array().map((bytes) => Uint8Array.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .record({ kind: fc.jsonValue(), conference: fc.jsonValue(), epoch: fc.string(), expiresAt: fc.jsonValue() })
        .map((said) => Buffer.from(JSON.stringify(said)))
    )
    fc.assert(
      fc.property(nonsense, (body) => {
        expect(typeof verifyStreamToken(signed(body), pem, now)).toBe("string")
      })
    )
  })

  it("refuses a token of which any one bit was changed", () => {
    const token = signed(Buffer.from(JSON.stringify(claim)))
    const [body, signature] = token.split(".").map((part) => Buffer.from(part, "base64url")) as [Buffer, Buffer]
    fc.assert(
      fc.property(fc.nat({ max: 8 * (body.length + signature.length) - 1 }), (bit) => {
        const parts = [Uint8Array.from(body), Uint8Array.from(signature)]
        const isBody = bit >> 3 < body.length
        const at = isBody ? bit >> 3 : (bit >> 3) - body.length
        parts[isBody ? 0 : 1]![at]! ^= 1 << (bit & 7)
        const forged = parts.map((part) => Buffer.from(part).toString("base64url")).join(".")
        expect(verifyStreamToken(forged, pem, now)).toMatch(/signature|making/)
      })
    )
  })
})
