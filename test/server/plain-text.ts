/** Looks for words in every byte of every file of a folder, as UTF-8 and as UTF-16, whatever their case. It knows no formats. */
import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"

const encodings = ["utf8", "utf16le", "utf16be"] as const

function bytesOf(word: string, encoding: (typeof encodings)[number]): Buffer {
  if (encoding !== "utf16be") return Buffer.from(word, encoding)
  return Buffer.from(word, "utf16le").swap16()
}

/** The forms of a word that code may bring about: as it is, lower, upper, and escaped as in JSON or an address. */
function formsOf(word: string): readonly string[] {
  const cased = [word, word.toLowerCase(), word.toUpperCase()]
  const escaped = [...word].map((letter) => `\\u${letter.codePointAt(0)!.toString(16).padStart(4, "0")}`).join("")
  return [...new Set([...cased, escaped, encodeURIComponent(word), Buffer.from(word).toString("base64").slice(0, -4)])]
}

/** Where a word stands, as "file: word (encoding)"; none when the folder holds none. */
export function findPlain(folder: string, words: readonly string[]): readonly string[] {
  const needles = words.flatMap((word) =>
    encodings.flatMap((encoding) =>
      formsOf(word).map((form) => ({ said: `${word} (${encoding})`, bytes: bytesOf(form, encoding) }))
    )
  )
  const found: string[] = []
  for (const name of readdirSync(folder, { recursive: true }) as string[]) {
    const file = join(folder, name)
    if (!statSync(file).isFile()) continue
    const content = readFileSync(file)
    for (const { said, bytes } of needles) if (content.includes(bytes)) found.push(`${name}: ${said}`)
  }
  return found
}
