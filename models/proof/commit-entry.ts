/**
 * What a leaf of the log says of one commit: its place in clear, and one digest over command id and sealed bytes. It is
 * computed without any key and stays what it is when a key is destroyed, so an erasure leaves every proof intact.
 *
 * Bytes: version (1), form of the stream's name (1), name, first version, event count, time of commit (unsigned
 * LEB128 each), digest (32). The digest is SHA-256 over the length of the command id (LEB128), it, and the sealed bytes.
 * Every number and name has one form only; another one is refused.
 */
import { hashBytes, type Sha256 } from "./merkle-tree.ts"
import { scratchOf } from "./scratch.ts"

const entryVersion = 1
/** Forms of a stream's name: as it is, behind its length; or a known word and the 16 bytes of a UUID. */
const textForm = 0
const uuidForms = ["", "conference-", "illustration-"] as const
const uuidBytes = 16
const uuidNames = uuidForms.map(
  (word) => new RegExp(`^${word}[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
)
/** Bytes of a name as it is: 200 characters of at most four bytes. */
const nameBytesMax = 800
/** LEB128 of the largest safe integer. */
const countBytesMax = 8
/** All of an entry but a name as it is. */
const entryBytesMax = 2 + uuidBytes + 4 * countBytesMax + hashBytes

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

/** UTF-8 bytes of a character of JavaScript's strings, at most. */
const characterBytesMax = 3
/** Bytes of a commit of frames, many times over; a picture's may be more. */
const digestedBytesUsual = 16_384

const utf8 = new TextEncoder()
const digestScratch = scratchOf(digestedBytesUsual)
const entryScratch = scratchOf(entryBytesMax + nameBytesMax)

export function digestOf(commandId: string, sealed: Uint8Array, sha256: Sha256): Uint8Array {
  const bytes = digestScratch(countBytesMax + characterBytesMax * commandId.length + sealed.length)
  // The length goes right before the id, once it is known.
  const { written } = utf8.encodeInto(commandId, bytes.subarray(countBytesMax))
  const start = countBytesMax - countBytesOf(written)
  putCount(bytes, start, written)
  const sealedAt = countBytesMax + written
  bytes.set(sealed, sealedAt)
  return sha256(bytes.subarray(start, sealedAt + sealed.length))
}

export function entryOf(commit: CommitToProve, sha256: Sha256): Uint8Array {
  const { stream, firstVersion, eventCount, committedAt, commandId, sealed } = commit
  return encodeEntry({ stream, firstVersion, eventCount, committedAt, digest: digestOf(commandId, sealed, sha256) })
}

export function encodeEntry({ stream, firstVersion, eventCount, committedAt, digest }: CommitEntry): Uint8Array {
  const form = uuidNames.findIndex((name, index) => index !== textForm && name.test(stream))
  const name = form > 0 ? undefined : utf8.encode(stream)
  const bytes = entryScratch(entryBytesMax + (name?.length ?? 0))
  bytes[0] = entryVersion
  let at = 2
  if (name === undefined) {
    bytes[1] = form
    at = putUuid(bytes, at, stream, uuidForms[form]!.length)
  } else {
    bytes[1] = textForm
    at = putCount(bytes, at, name.length)
    bytes.set(name, at)
    at += name.length
  }
  at = putCount(bytes, at, firstVersion)
  at = putCount(bytes, at, eventCount)
  at = putCount(bytes, at, committedAt)
  bytes.set(digest, at)
  return bytes.slice(0, at + digest.length)
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
  const isCanonical = () => {
    const again = encodeEntry(entry)
    return again.length === bytes.length && again.every((byte, index) => byte === bytes[index])
  }
  if (entry.digest.length !== hashBytes || !isCanonical()) throw refused("it is not in its canonical form")
  return entry
}

/** How many bytes the number takes. */
function countBytesOf(count: number): number {
  let bytes = 1
  for (let rest = count; rest >= 128; rest = Math.floor(rest / 128)) bytes += 1
  return bytes
}

/** Writes the number and answers where the next thing goes. */
function putCount(bytes: Uint8Array, at: number, count: number): number {
  if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`Cannot encode ${count}: it is no safe count`)
  let place = at
  let rest = count
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[place++] = (rest % 128) + 128
  bytes[place++] = rest
  return place
}

/** Writes the 16 bytes of the UUID that begins at the character. */
function putUuid(bytes: Uint8Array, at: number, text: string, from: number): number {
  let place = at
  for (let index = from; index < text.length; index += 2) {
    if (text[index] === "-") index += 1
    bytes[place++] = digitOf(text.charCodeAt(index)) * 16 + digitOf(text.charCodeAt(index + 1))
  }
  return place
}

/** The value of a lowercase hexadecimal digit, by its character code. */
const digitOf = (code: number) => (code < 97 ? code - 48 : code - 87)
