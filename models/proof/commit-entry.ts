/**
 * What a leaf of the log says of one commit: its place in clear, and one digest over command id and sealed bytes. It is
 * computed without any key and stays what it is when a key is destroyed, so an erasure leaves every proof intact.
 *
 * Bytes: version (1), form of the stream's name (1), name, first version, event count, time of commit (unsigned
 * LEB128 each), digest (32). The digest is SHA-256 over the length of the command id (LEB128), it, and the sealed bytes.
 * Every number and name has one form only; another one is refused.
 */
import { hashBytes, type Sha256 } from "./merkle-tree.ts"

const entryVersion = 1
/** Forms of a stream's name: as it is, behind its length; or a known word and the 16 bytes of a UUID. */
const textForm = 0
const uuidForms = ["", "conference-", "illustration-"] as const
const uuidBytes = 16
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
/** Bytes of a name as it is: 200 characters of at most four bytes. */
const nameBytesMax = 800

export interface CommitPlace {
  readonly stream: string
  readonly firstVersion: number
  readonly eventCount: number
  /** Milliseconds since 1970. */
  readonly committedAt: number
}

export interface CommitToProve extends CommitPlace {
  readonly commandId: string
  readonly sealed: Uint8Array
}

export interface CommitEntry extends CommitPlace {
  readonly digest: Uint8Array
}

export function digestOf(commandId: string, sealed: Uint8Array, sha256: Sha256): Uint8Array {
  const id = new TextEncoder().encode(commandId)
  const head: number[] = []
  pushCount(head, id.length)
  const bytes = new Uint8Array(head.length + id.length + sealed.length)
  bytes.set(head)
  bytes.set(id, head.length)
  bytes.set(sealed, head.length + id.length)
  return sha256(bytes)
}

export function entryOf(commit: CommitToProve, sha256: Sha256): Uint8Array {
  return encodeEntry({ ...commit, digest: digestOf(commit.commandId, commit.sealed, sha256) })
}

export function encodeEntry({ stream, firstVersion, eventCount, committedAt, digest }: CommitEntry): Uint8Array {
  const bytes: number[] = [entryVersion]
  const form = uuidForms.findIndex(
    (word) => word !== "" && stream.startsWith(word) && uuidPattern.test(stream.slice(word.length))
  )
  if (form > 0) {
    const hex = stream.slice(uuidForms[form]!.length).replaceAll("-", "")
    bytes.push(form)
    for (let at = 0; at < hex.length; at += 2) bytes.push(Number.parseInt(hex.slice(at, at + 2), 16))
  } else {
    const name = new TextEncoder().encode(stream)
    bytes.push(textForm)
    pushCount(bytes, name.length)
    bytes.push(...name)
  }
  for (const count of [firstVersion, eventCount, committedAt]) pushCount(bytes, count)
  bytes.push(...digest)
  return Uint8Array.from(bytes)
}

/** The entry that these bytes are the one encoding of. */
export function decodeEntry(bytes: Uint8Array): CommitEntry {
  const refused = (why: string) =>
    new Error(`Cannot read what is proven: ${why}. Check it with the version of the program that wrote it`)
  if (bytes[0] !== entryVersion) throw refused(`its version is ${bytes[0]}, this program knows ${entryVersion}`)
  let at = 2
  const readCount = () => {
    let count = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++]
      if (byte === undefined || factor > 2 ** 49) throw refused("a number in it is cut or too large")
      count += (byte & 127) * factor
      if (byte < 128) return count
    }
  }
  const form = bytes[1]!
  const word = uuidForms[form]
  let stream: string
  if (form === textForm) {
    const length = readCount()
    if (length > nameBytesMax) throw refused("its name is too long")
    stream = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(at, at + length))
    at += length
  } else if (word !== undefined) {
    const hex = Array.from(bytes.subarray(at, at + uuidBytes), (byte) => byte.toString(16).padStart(2, "0")).join("")
    stream = word + hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
    at += uuidBytes
  } else throw refused(`the form ${form} of its name is unknown`)
  const [firstVersion, eventCount, committedAt] = [readCount(), readCount(), readCount()]
  const entry = { stream, firstVersion, eventCount, committedAt, digest: bytes.slice(at) }
  const again = encodeEntry(entry)
  const canonical = again.length === bytes.length && again.every((byte, index) => byte === bytes[index])
  if (entry.digest.length !== hashBytes || !canonical) throw refused("it is not in its canonical form")
  return entry
}

function pushCount(bytes: number[], count: number): void {
  if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`Cannot encode ${count}: it is no safe count`)
  let rest = count
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  bytes.push(rest)
}
