/**
 * Checkpoints (c2sp.org/tlog-checkpoint): which log, how many leaves, which root. And cosignatures of witnesses on them
 * (c2sp.org/tlog-cosignature, the Ed25519 kind). Text only; signing and knowing the time are the caller's.
 */
import { fromBase64, toBase64 } from "./base64.ts"
import { hashBytes } from "./merkle-tree.ts"
import { type CheckEd25519, cosignatureType, type Note, type NoteKey, NoteRefused, signatureOf } from "./signed-note.ts"

export interface TreeHead {
  /** Count of leaves. */
  readonly size: number
  readonly root: Uint8Array
}

export interface Checkpoint extends TreeHead {
  /** Names the log. */
  readonly origin: string
  /** Lines that the specification lets a log add and nobody audits; ours has none. */
  readonly extensions: readonly string[]
}

/** Bytes of a cosignature: time, then signature. */
const timeBytes = 8
const signatureBytes = 64

export function formatCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  const lines = [origin, String(size), toBase64(root), ...extensions]
  if (lines.some((line) => line === "" || line.includes("\n"))) {
    throw new NoteRefused("Cannot write a checkpoint with an empty or broken line. Check its origin")
  }
  return `${lines.join("\n")}\n`
}

export function parseCheckpoint(text: string): Checkpoint {
  const refused = (why: string) =>
    new NoteRefused(`Cannot read the checkpoint: ${why}. Ask for it again, byte for byte`)
  if (!text.endsWith("\n")) throw refused("it does not end with a line feed")
  const [origin, size, root, ...extensions] = text.slice(0, -1).split("\n")
  if (origin === undefined || origin === "") throw refused("it names no log")
  if (size === undefined || !/^(0|[1-9]\d{0,15})$/.test(size) || !Number.isSafeInteger(Number(size))) {
    throw refused("its second line is no tree size")
  }
  const hash = fromBase64(root ?? "")
  if (hash === undefined || hash.length !== hashBytes) throw refused("its third line is no root hash")
  if (extensions.includes("")) throw refused("it has an empty line")
  return { origin, size: Number(size), root: hash, extensions }
}

/** What a witness signs: at this time (seconds since 1970) this was the largest tree it had seen of the log. */
export function cosignatureMessage(checkpointText: string, timeSeconds: number): Uint8Array {
  return new TextEncoder().encode(`cosignature/v1\ntime ${timeSeconds}\n${checkpointText}`)
}

/** The bytes behind the key's id in a witness's signature line. */
export function encodeCosignature(timeSeconds: number, signature: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(timeBytes + signature.length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(timeSeconds))
  bytes.set(signature, timeBytes)
  return bytes
}

/** When the witness cosigned, in seconds since 1970; nothing when it did not. Refuses a signature of its that is wrong. */
export function cosignedAt(note: Note, witness: NoteKey, check: CheckEd25519): number | undefined {
  const refused = (why: string) => new NoteRefused(`Cannot believe "${witness.name}": ${why}. Ask the witness itself`)
  if (witness.type !== cosignatureType) throw refused("its key is not a witness's")
  const found = signatureOf(note, witness)
  if (found === undefined) return undefined
  const { signature } = found
  if (signature.length !== timeBytes + signatureBytes) throw refused("its cosignature has the wrong length")
  const view = new DataView(signature.buffer, signature.byteOffset, signature.byteLength)
  const timeSeconds = Number(view.getBigUint64(0))
  const message = cosignatureMessage(note.text, timeSeconds)
  if (!Number.isSafeInteger(timeSeconds) || !check(witness.publicKey, message, signature.subarray(timeBytes))) {
    throw refused("its cosignature is wrong")
  }
  return timeSeconds
}
