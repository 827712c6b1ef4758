/** `mimika consents`: the texts that clients can agree to, with the hash that a consent names. Reads files only. */
import { publishedTexts } from "../consents/published-texts.ts"
import type { Language } from "../report-table.ts"

export interface ConsentsOptions {
  readonly data: string
  readonly lang: Language
  readonly json: boolean
}

export function consents({ data, lang, json }: ConsentsOptions): void {
  const texts = publishedTexts(data)
  if (json) return void process.stdout.write(`${JSON.stringify(texts, null, 2)}\n`)
  for (const { purpose, version, sha256, text } of texts.filter(({ language }) => language === lang)) {
    process.stdout.write(`${purpose} ${version}\nSHA-256 ${sha256}\n${text}\n\n`)
  }
}
