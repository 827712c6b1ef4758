/**
 * Signed notes (c2sp.org/signed-note): a text, an empty line and signature lines. Formats, parses, names keys and checks
 * signatures; it holds no private key and trusts no text whose signature was not asked about.
 */
import { fromBase64, toBase64 } from "./base64.ts"
import type { Sha256 } from "./merkle-tree.ts"

/** Bytes that say which kind of signature a key makes. */
export const ed25519Type = 1
export const cosignatureType = 4
const keyBytes = 32
/** Signature lines read of one note; the specification asks for at least 16. */
const signaturesMax = 64
/** Characters of a note: 64 lines of Ed25519 and a checkpoint are a fifth of it. */
const noteCharactersMax = 65_536

export interface NoteSignature {
  readonly name: string
  /** Four bytes, as eight hexadecimal digits. */
  readonly keyId: string
  /** Without the key's id. */
  readonly signature: Uint8Array
}

export interface Note {
  /** Ends with a line feed. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

/** A public key with its name, and the kind of signature it makes. */
export interface NoteKey {
  readonly name: string
  readonly keyId: string
  readonly type: number
  readonly publicKey: Uint8Array
}

/** Whether the Ed25519 signature (RFC 8032) is that key's over the message. */
export type CheckEd25519 = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean

/** Why a note is not to be believed; a sentence for whoever handed it in. */
export class NoteRefused extends Error {
  override readonly name = "NoteRefused"
}

const bytesOf = (text: string) => new TextEncoder().encode(text)

export function noteKey(name: string, type: number, publicKey: Uint8Array, sha256: Sha256): NoteKey {
  requireName(name)
  const named = bytesOf(`${name}\n`)
  const preimage = new Uint8Array(named.length + 1 + publicKey.length)
  preimage.set(named)
  preimage[named.length] = type
  preimage.set(publicKey, named.length + 1)
  return { name, keyId: hexOf(sha256(preimage).subarray(0, 4)), type, publicKey }
}

/** A public key in a line: name, key id and base64 of type and key, with `+` between. */
export function formatVerifierKey({ name, keyId, type, publicKey }: NoteKey): string {
  return `${name}+${keyId}+${toBase64(Uint8Array.of(type, ...publicKey))}`
}

export function parseVerifierKey(line: string, sha256: Sha256): NoteKey {
  const refused = (why: string) =>
    new NoteRefused(`Cannot use the key "${line}": ${why}. Give it as it was published: name+id+base64`)
  const [, name, keyId, encoded] = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(line) ?? []
  if (name === undefined || encoded === undefined) throw refused("it is not of this form")
  const bytes = fromBase64(encoded)
  if (bytes === undefined || bytes.length !== 1 + keyBytes) throw refused("it holds no Ed25519 key")
  if (bytes[0] !== ed25519Type && bytes[0] !== cosignatureType) throw refused(`its type ${bytes[0]} is unknown`)
  const key = noteKey(name, bytes[0], bytes.slice(1), sha256)
  if (key.keyId !== keyId) throw refused("its id does not belong to it")
  return key
}

export function formatSignature({ name, keyId, signature }: NoteSignature): string {
  requireName(name)
  const id = Uint8Array.from({ length: 4 }, (_, index) => Number.parseInt(keyId.slice(2 * index, 2 * index + 2), 16))
  return `— ${name} ${toBase64(Uint8Array.of(...id, ...signature))}\n`
}

export function formatNote({ text, signatures }: Note): string {
  if (!text.endsWith("\n")) throw new NoteRefused("Cannot sign a text that does not end with a line feed. Add one")
  return `${text}\n${signatures.map(formatSignature).join("")}`
}

/** The parts of a note. Nothing of it is checked yet: see `checkNote`. */
export function parseNote(note: string): Note {
  const refused = (why: string) => new NoteRefused(`Cannot read the note: ${why}. Ask for it again, byte for byte`)
  if (note.length > noteCharactersMax) throw refused(`it is longer than ${noteCharactersMax} characters`)
  if (!note.isWellFormed() || hasControl(note)) throw refused("it holds control characters or broken Unicode")
  const split = note.lastIndexOf("\n\n")
  if (split < 0 || !note.endsWith("\n")) throw refused("no empty line parts its text from its signatures")
  const lines = note.slice(split + 2, -1).split("\n")
  if (lines.length > signaturesMax) throw refused(`it has more than ${signaturesMax} signatures`)
  return { text: note.slice(0, split + 1), signatures: lines.map(parseSignature) }
}

export function parseSignature(line: string): NoteSignature {
  const [, name, encoded] = /^— ([^+\s]+) (\S+)$/u.exec(line) ?? []
  const bytes = encoded === undefined ? undefined : fromBase64(encoded)
  if (name === undefined || bytes === undefined || bytes.length < 5) {
    throw new NoteRefused(`Cannot read the signature line "${line}": it is malformed. Ask for the note again`)
  }
  return { name, keyId: hexOf(bytes.subarray(0, 4)), signature: bytes.slice(4) }
}

/** The signature of this key on the note, or nothing; lines of other keys are passed over, as the specification asks. */
export function signatureOf({ signatures }: Note, key: NoteKey): NoteSignature | undefined {
  return signatures.find(({ name, keyId }) => name === key.name && keyId === key.keyId)
}

/** The note when it bears the key's own Ed25519 signature; refuses it otherwise. */
export function checkNote(note: string, key: NoteKey, check: CheckEd25519): Note {
  const parsed = parseNote(note)
  const refused = (why: string) =>
    new NoteRefused(`Cannot believe the note: ${why}. Check where it and the key came from`)
  const found = signatureOf(parsed, key)
  if (key.type !== ed25519Type) throw refused(`the key of "${key.name}" is a witness's, not one that signs notes`)
  if (found === undefined) throw refused(`"${key.name}" with key ${key.keyId} did not sign it`)
  if (found.signature.length !== 64 || !check(key.publicKey, bytesOf(parsed.text), found.signature)) {
    throw refused(`the signature of "${key.name}" is wrong`)
  }
  return parsed
}

function requireName(name: string): void {
  if (name === "" || /[\s+]/u.test(name)) {
    throw new NoteRefused(`Cannot name a key "${name}": a name has neither spaces nor "+". Choose another`)
  }
}

function hasControl(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code < 32 && code !== 10) return true
  }
  return false
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
}
