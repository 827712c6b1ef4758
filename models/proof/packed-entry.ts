/**
 * A shorter form of an entry for the `extra` line of a proof file, where every three bytes cost four characters. Whoever unpacks it gets the very bytes
 * of the leaf again, so it changes no log and proves nothing by itself. What it cannot shorten goes as it is.
 *
 * Bytes: the UUID of the stream's name (16), whose first six bits are moved to where version 4 has fixed ones and make
 * room for a mark (1) and the form of the name (5); first version, event count (LEB128 each); milliseconds since 2024 (5, big-endian); digest (32).
 * An entry as it is begins with its version, which is below 128; the mark is the highest bit.
 */
import { type CommitEntry, decodeEntry, encodeEntry } from "./commit-entry.ts"
import { hashBytes } from "./merkle-tree.ts"

/** Words before a UUID, by their form. */
const words = ["", "conference-", "illustration-"] as const
const uuidBytes = 16
const mark = 0b10_0000
const epochMs = Date.UTC(2024, 0, 1)
const timeBytes = 5
const timeMax = 2 ** (8 * timeBytes)
/** Of a LEB128 number up to 2 ** 35, above any version. */
const countBytesMax = 5

/** The packed form, or the entry itself where there is none. */
export function packEntry(entry: Uint8Array): Uint8Array {
  const { stream, firstVersion, eventCount, committedAt, digest } = decodeEntry(entry)
  const form = words.findIndex((word) => word !== "" && stream.startsWith(word))
  const hex = form < 0 ? "" : stream.slice(words[form]!.length).replaceAll("-", "")
  const sinceEpoch = committedAt - epochMs
  if (!/^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/.test(hex) || sinceEpoch < 0 || sinceEpoch >= timeMax) return entry
  const uuid = Uint8Array.from({ length: uuidBytes }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16))
  const moved = uuid[0]! >> 2
  uuid[6] = (uuid[6]! & 0x0f) | ((moved >> 2) << 4)
  uuid[8] = (uuid[8]! & 0x3f) | ((moved & 3) << 6)
  uuid[0] = ((mark | form) << 2) | (uuid[0]! & 3)
  const time = Uint8Array.from({ length: timeBytes }, (_, at) => Math.floor(sinceEpoch / 256 ** (timeBytes - 1 - at)))
  return Uint8Array.of(...uuid, ...lebOf(firstVersion), ...lebOf(eventCount), ...time, ...digest)
}

/** The entry that was packed; what no entry packs to is refused. */
export function unpackEntry(packed: Uint8Array): Uint8Array {
  if (packed.length === 0 || packed[0]! < 128) return packed
  const refused = () => new Error("Cannot read what is proven: its packed form is broken. Ask for the proof again")
  const uuid = packed.slice(0, uuidBytes)
  const word = words[(uuid[0]! >> 2) & ~mark]
  if (packed.length < uuidBytes + 2 + timeBytes + hashBytes || word === undefined || word === "") throw refused()
  const moved = ((uuid[6]! >> 4) << 2) | (uuid[8]! >> 6)
  uuid[0] = (moved << 2) | (uuid[0]! & 3)
  uuid[6] = 0x40 | (uuid[6]! & 0x0f)
  uuid[8] = 0x80 | (uuid[8]! & 0x3f)
  let at = uuidBytes
  const readCount = () => {
    for (let count = 0, place = 0; place < countBytesMax; place += 1) {
      const byte = packed[at++] ?? 0
      count += (byte & 127) * 128 ** place
      if (byte < 128) return count
    }
    throw refused()
  }
  const [firstVersion, eventCount] = [readCount(), readCount()]
  const committedAt = packed.subarray(at, at + timeBytes).reduce((ms, byte) => ms * 256 + byte, 0) + epochMs
  const hex = Array.from(uuid, (byte) => byte.toString(16).padStart(2, "0")).join("")
  const stream = word + hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
  const digest = packed.slice(at + timeBytes)
  if (digest.length !== hashBytes) throw refused()
  const entry = encodeEntry({ stream, firstVersion, eventCount, committedAt, digest } satisfies CommitEntry)
  const again = packEntry(entry)
  if (again.length !== packed.length || again.some((byte, place) => byte !== packed[place])) throw refused()
  return entry
}

function lebOf(count: number): number[] {
  return count < 128 ? [count] : [(count % 128) + 128, ...lebOf(Math.floor(count / 128))]
}
