/**
 * The consent texts in force: those shipped, and those that the bank published in `consent-texts.json` of the data folder. The
 * file is read at start; a text that cannot be used stops the start with its place in the file. It never changes a text.
 */
import { createHash } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Result, Schema } from "effect"
import { type ConsentText, shippedConsentTexts } from "../../machines/consent-texts.ts"
import { consentPurposes } from "../../machines/wire.ts"

export const consentTextsFile = (dataFolder: string) => join(dataFolder, "consent-texts.json")

/** A page of print many times over: what is longer nobody reads before agreeing to it. */
const textCharactersMax = 20_000

const OwnText = Schema.Struct({
  purpose: Schema.Literals(consentPurposes),
  version: Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(100)),
  language: Schema.Literals(["ru", "en"]),
  text: Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(textCharactersMax))
})
const OwnTexts = Schema.fromJsonString(Schema.Array(OwnText))

export const textSha256 = (text: string) => createHash("sha256").update(text, "utf8").digest("hex")

/** How a text is named in settings and refusals. */
export const textName = ({ purpose, version, language }: Omit<ConsentText, "text" | "sha256">) =>
  `${purpose} ${version} ${language}`

/** Throws, in words for the operator, when the bank's file cannot be used. */
export function publishedTexts(dataFolder: string): readonly ConsentText[] {
  const file = consentTextsFile(dataFolder)
  if (!existsSync(file)) return shippedConsentTexts
  const decoded = Schema.decodeUnknownResult(OwnTexts)(readFileSync(file, "utf8"))
  const mend = `Mend it, or remove it to use the shipped texts alone`
  if (Result.isFailure(decoded)) {
    throw new Error(`Cannot use the consent texts "${file}": ${String(decoded.failure.message)}. ${mend}`)
  }
  const own = decoded.success.map((text) => ({ ...text, sha256: textSha256(text.text) }))
  const known = new Map<string, string>()
  for (const text of [...shippedConsentTexts, ...own]) {
    const name = textName(text)
    if (known.has(name)) {
      throw new Error(
        `Cannot use the consent texts "${file}": "${name}" is there twice. Give a new wording a new version`
      )
    }
    known.set(name, text.sha256)
  }
  return [...shippedConsentTexts, ...own]
}

/** As settings, so that publishing a text is on record: name to SHA-256. */
export const textSettings = (texts: readonly ConsentText[]): Readonly<Record<string, string>> =>
  Object.fromEntries(texts.map((text) => [`consent text ${textName(text)}`, text.sha256]))
