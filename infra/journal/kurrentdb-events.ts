/**
 * How a sealed commit lies in KurrentDB: one event in the stream of its name, its bytes as data and the rest as metadata.
 * A commit too large for an append of a server's default settings leaves its bytes in a stream of parts, named by their digest.
 */
import { createHash } from "node:crypto"
import type { EventData, RecordedEvent } from "@kurrent/kurrentdb-client"
import type { SealedCommit, StoredCommit } from "../../actors/commit-store.ts"
import { type Kurrent, KurrentError, type Place } from "./kurrentdb.ts"

/** Streams of commits; only these are in the journal's global order. */
export const commitPrefix = "mimika/"
const partsPrefix = "mimika-parts/"
/** Names of all streams, one event each. */
export const namesStream = "mimika-streams"
/** One event: the id of the store and its layout. */
export const storeStream = "mimika-store"
/** Bytes of one append: half of a server's default bound of 1 MiB, so that names and metadata have room. */
export const appendBytesMax = 512 * 1024

interface CommitMetadata {
  readonly firstVersion: number
  readonly eventCount: number
  readonly committedAt: number
  readonly commandId: string
  /** Where the sealed bytes are, when they are not the event's own data. */
  readonly parts?: string
}

/**
 * The same for the same commit at every try, and another for any other: the server then knows a repeated append. The
 * sealed bytes take part, so that two processes with one command never take the other's append for their own.
 */
export function eventIdOf(storeId: string, stream: string, commandId: string, bytes: Uint8Array = new Uint8Array(0)) {
  const hash = createHash("sha256")
    .update(JSON.stringify([storeId, stream, commandId]))
    .update(bytes)
    .digest()
  // Version 8 of RFC 9562: a UUID of one's own making.
  hash[6] = (hash[6]! & 0x0f) | 0x80
  hash[8] = (hash[8]! & 0x3f) | 0x80
  const hex = hash.toString("hex")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}

export const jsonEventOf = (id: string, type: string, data: Record<string, unknown>) =>
  ({ id, type, contentType: "application/json", data }) as EventData

/** Bytes that its event adds to an append. */
export const bytesOf = ({ sealed }: SealedCommit) => (sealed.length > appendBytesMax ? 0 : sealed.length) + 1024

/** The event of a commit; a large one's bytes are durable in parts before it is answered. */
export async function eventOf(kurrent: Kurrent, storeId: string, commit: SealedCommit): Promise<EventData> {
  const { stream, firstVersion, eventCount, committedAt, commandId, sealed } = commit
  const large = sealed.length > appendBytesMax
  const metadata: CommitMetadata = {
    firstVersion,
    eventCount,
    committedAt,
    commandId,
    ...(large ? { parts: await writeParts(kurrent, storeId, sealed) } : {})
  }
  return {
    id: eventIdOf(storeId, stream, commandId, sealed),
    type: "mimika-commit",
    contentType: "application/octet-stream",
    data: large ? new Uint8Array(0) : sealed,
    metadata
  } as unknown as EventData
}

async function writeParts(kurrent: Kurrent, storeId: string, sealed: Uint8Array): Promise<string> {
  const name = createHash("sha256").update(sealed).digest("hex")
  const stream = partsPrefix + name
  for (let from = 0, number = 0; from < sealed.length; from += appendBytesMax, number++) {
    const part = sealed.subarray(from, from + appendBytesMax)
    const event = { id: eventIdOf(storeId, stream, String(number)), type: "mimika-part", data: part }
    const expected = number === 0 ? "no_stream" : BigInt(number - 1)
    await kurrent.append(stream, [{ ...event, contentType: "application/octet-stream" } as EventData], expected)
  }
  return name
}

/** Parts that are gone give no bytes, which open as little as changed ones. */
async function readParts(kurrent: Kurrent, name: string): Promise<Uint8Array> {
  const parts = await kurrent.read(partsPrefix + name, 0n, 1_000_000)
  return Buffer.concat(parts.map(({ data }) => data as Uint8Array))
}

export async function commitOf(kurrent: Kurrent, event: RecordedEvent): Promise<StoredCommit> {
  const { firstVersion, eventCount, committedAt, commandId, parts } = metadataOf(event)
  const { commit, prepare } = event.position!
  return {
    cursor: `${commit}:${prepare}`,
    stream: event.streamId.slice(commitPrefix.length),
    firstVersion,
    eventCount,
    committedAt,
    commandId,
    sealed: parts === undefined ? (event.data as Uint8Array) : await readParts(kurrent, parts)
  }
}

export function metadataOf({ metadata, streamId, revision }: RecordedEvent): CommitMetadata {
  const found = metadata as Partial<CommitMetadata> | undefined
  const isCommit =
    Number.isSafeInteger(found?.firstVersion) &&
    Number.isSafeInteger(found?.eventCount) &&
    Number.isSafeInteger(found?.committedAt) &&
    typeof found?.commandId === "string"
  if (isCommit) return found as CommitMetadata
  throw new KurrentError("other", `event ${revision} of the stream "${streamId}" is no commit of this product`)
}

/** The version that a stream is at after this event. */
export function lastVersionOf(event: RecordedEvent): number {
  const { firstVersion, eventCount } = metadataOf(event)
  return firstVersion + eventCount - 1
}

export function placeOf(cursor: string): Place | undefined {
  if (cursor === "") return undefined
  const [, commit, prepare] = /^(\d{1,19}):(\d{1,19})$/.exec(cursor) ?? []
  if (commit === undefined || prepare === undefined) {
    throw new KurrentError("not a checkpoint", `"${cursor}" is no checkpoint of this store`)
  }
  return { commit: BigInt(commit), prepare: BigInt(prepare) }
}
