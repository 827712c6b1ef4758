/** What a client can agree to: the texts are what their hashes say, and a consent counts for one published text alone. */
import { createHash } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, describe, expect, it } from "vitest"
import { consentTextsFile, publishedTexts, textSha256 } from "../../infra/consents/published-texts.ts"
import { publishedText, shippedConsentTexts } from "../../machines/consent-texts.ts"
import { consentPurposes } from "../../machines/wire.ts"

const folder = mkdtempSync(join(tmpdir(), "mimika-consents-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("shipped consent texts", () => {
  it("are one for each purpose and language, and hash to what they say", () => {
    const names = shippedConsentTexts.map(({ purpose, language }) => `${purpose} ${language}`).sort()
    expect(names).toEqual(consentPurposes.flatMap((purpose) => [`${purpose} en`, `${purpose} ru`]).sort())
    for (const { text, sha256 } of shippedConsentTexts) {
      expect(createHash("sha256").update(text, "utf8").digest("hex")).toBe(sha256)
    }
  })
})

describe("publishedText()", () => {
  const purpose = fc.constantFrom(...consentPurposes)
  const text = fc.constantFrom(...shippedConsentTexts)

  it("takes a consent for exactly the purpose of its text, and for no other set of purposes", () => {
    fc.assert(
      fc.property(text, fc.array(purpose, { maxLength: 3 }), ({ sha256, version, purpose: own }, purposes) => {
        const found = publishedText(shippedConsentTexts, { purposes, textVersion: version, textSha256: sha256 })
        expect(found !== null).toBe(purposes.length === 1 && purposes[0] === own)
      })
    )
  })

  it("takes no other hash and no other version", () => {
    fc.assert(
      fc.property(text, fc.string(), fc.string({ minLength: 1 }), ({ sha256, version, purpose: own }, other, more) => {
        const of = (textVersion: string, textSha256: string) =>
          publishedText(shippedConsentTexts, { purposes: [own], textVersion, textSha256 })
        expect(of(`${version}${more}`, sha256)).toBeNull()
        fc.pre(!shippedConsentTexts.some((known) => known.sha256 === other))
        expect(of(version, other)).toBeNull()
      })
    )
  })
})

describe("publishedTexts()", () => {
  const write = (texts: unknown) => writeFileSync(consentTextsFile(folder), JSON.stringify(texts))

  it("publishes a bank's own text beside the shipped ones, by the hash of exactly its bytes", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 50 }), (wording) => {
        write([{ purpose: "trends", version: "bank-7", language: "ru", text: wording }])
        const consent = { purposes: ["trends"], textVersion: "bank-7", textSha256: textSha256(wording) } as const
        expect(publishedText(publishedTexts(folder), consent)?.text).toBe(wording)
        expect(publishedTexts(folder)).toHaveLength(shippedConsentTexts.length + 1)
      }),
      { numRuns: 30 }
    )
  })

  it.each([
    [
      "another wording under a version that is there",
      [{ purpose: "trends", version: "1", language: "ru", text: "x" }],
      /is there twice/
    ],
    [
      "a purpose that nobody can agree to",
      [{ purpose: "selling", version: "2", language: "ru", text: "x" }],
      /purpose/
    ],
    ["an empty text", [{ purpose: "trends", version: "2", language: "ru", text: "" }], /text/]
  ])("refuses %s, naming it", (_what, texts, told) => {
    write(texts)
    expect(() => publishedTexts(folder)).toThrow(told)
  })
})
