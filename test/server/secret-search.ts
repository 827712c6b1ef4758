/**
 * Looks for secrets in bytes, in every form that code may give them: as they are, as base64 and base64url at any place of a longer
 * text, as hex, as in an address, as UTF-16. It knows no formats, and it never says a secret, only its name.
 */
import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"

export interface Secret {
  /** What it is, to be said when it is found. */
  readonly name: string
  readonly bytes: Buffer
  /** Short digits stand in longer numbers by chance: they count where they stand alone. */
  readonly isShort: boolean
  /** Where it is meant to lie: files of the data folder. */
  readonly home: RegExp | null
}

/** Fewer bytes than this occur by chance. */
const bytesMin = 8

export function secretOf(name: string, secret: string | Uint8Array, home: RegExp | null = null): Secret {
  const bytes = Buffer.from(secret as string)
  if (bytes.length === 0) throw new Error(`Cannot look for "${name}": it is empty`)
  return { name, bytes, isShort: bytes.length < bytesMin, home }
}

/** The characters of its base64 that are the same whatever stands around it, at each of the three places it may begin. */
function base64Forms(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replaceAll("=", "")
    const isWhole = (offset + bytes.length) % 3 === 0
    return text.slice(offset === 0 ? 0 : offset + 1, isWhole ? undefined : -1)
  })
}

function formsOf({ bytes }: Secret): readonly Buffer[] {
  const text = bytes.toString("utf8")
  const isText = Buffer.from(text).equals(bytes)
  const hex = bytes.toString("hex")
  const encoded = base64Forms(bytes).flatMap((form) => [form, form.replaceAll("+", "-").replaceAll("/", "_")])
  const written = isText ? [encodeURIComponent(text), JSON.stringify(text).slice(1, -1)] : []
  const forms = [...encoded, hex, hex.toUpperCase(), ...written].map((form) => Buffer.from(form))
  const wide = isText ? [Buffer.from(text, "utf16le"), Buffer.from(text, "utf16le").swap16()] : []
  return [bytes, ...forms, ...wide]
}

const isOfWord = (byte: number | undefined) => byte !== undefined && /[0-9A-Za-z_-]/.test(String.fromCharCode(byte))

function standsIn(haystack: Buffer, form: Buffer, alone: boolean): boolean {
  for (let at = haystack.indexOf(form); at >= 0; at = haystack.indexOf(form, at + 1)) {
    if (!alone || !(isOfWord(haystack[at - 1]) || isOfWord(haystack[at + form.length]))) return true
  }
  return false
}

/** The names of those that stand in the bytes. */
export function secretsIn(haystack: Buffer, secrets: readonly Secret[]): readonly string[] {
  const found = secrets.filter((secret) => formsOf(secret).some((form) => standsIn(haystack, form, secret.isShort)))
  return found.map(({ name }) => name)
}

/** Those that stand in any file of a folder but their own, as "file: name". */
export function secretsInFolder(folder: string, secrets: readonly Secret[]): readonly string[] {
  const found: string[] = []
  for (const file of readdirSync(folder, { recursive: true }) as string[]) {
    const path = join(folder, file)
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) continue
    const strangers = secrets.filter(({ home }) => home === null || !home.test(file))
    for (const name of secretsIn(readFileSync(path), strangers)) found.push(`${file}: ${name}`)
  }
  return found
}

/** A process and all that it started, by what the system says of them. */
export function processesOf(root: number): readonly number[] {
  const parents = new Map<number, number>()
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = readFileSync(`/proc/${entry}/stat`, "utf8")
      parents.set(Number(entry), Number(fields.slice(fields.lastIndexOf(")") + 2).split(" ")[1]))
    } catch {
      // It ended meanwhile.
    }
  }
  const family = [root]
  for (const one of family) for (const [child, parent] of parents) if (parent === one) family.push(child)
  return family
}
