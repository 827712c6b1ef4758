/**
 * The statement that a log's key was replaced: a signed note (c2sp.org/signed-note) that names both keys and the tree of that moment, and bears the
 * signature of both. Whoever trusts one of them can follow to the other. It refuses a statement that either key did not sign, and two for one key.
 */
import { fromBase64, toBase64 } from "./base64.ts"
import { hashBytes, type Sha256 } from "./merkle-tree.ts"
import {
  type CheckEd25519,
  checkNote,
  formatNote,
  formatVerifierKey,
  type NoteKey,
  NoteRefused,
  parseNote,
  parseVerifierKey
} from "./signed-note.ts"

const firstLine = "mimika log key replaced"
/** Replacements of one log that are followed: one a month for eight years. */
const replacementsMax = 100

export interface KeyReplacement {
  readonly from: NoteKey
  readonly to: NoteKey
  /** Leaves and root of the tree when it was said. */
  readonly size: number
  readonly root: Uint8Array
  /** Milliseconds since 1970. */
  readonly at: number
}

type Sign = (message: Uint8Array) => Uint8Array

export function formatReplacement(replacement: KeyReplacement, signFrom: Sign, signTo: Sign): string {
  const { from, to, size, root, at } = replacement
  const lines = [firstLine, formatVerifierKey(from), formatVerifierKey(to), size, toBase64(root), at]
  const text = `${lines.join("\n")}\n`
  const message = new TextEncoder().encode(text)
  const signatures = [
    { ...from, signature: signFrom(message) },
    { ...to, signature: signTo(message) }
  ]
  return formatNote({ text, signatures })
}

/** What the note says, once it is seen that both keys say it of the same log. */
export function checkReplacement(note: string, check: CheckEd25519, sha256: Sha256): KeyReplacement {
  const refused = (why: string) =>
    new NoteRefused(`Cannot believe that a log's key was replaced: ${why}. Ask whoever runs the log`)
  const [first, from, to, size, root, at, ...rest] = parseNote(note).text.slice(0, -1).split("\n")
  const hash = fromBase64(root ?? "")
  const isShaped =
    first === firstLine && /^\d{1,15}$/.test(size ?? "") && /^\d{1,15}$/.test(at ?? "") && rest.length === 0
  if (!isShaped || from === undefined || to === undefined || hash?.length !== hashBytes) {
    throw refused("the note is not of this form")
  }
  const replacement = {
    from: parseVerifierKey(from, sha256),
    to: parseVerifierKey(to, sha256),
    size: Number(size),
    root: hash,
    at: Number(at)
  }
  if (replacement.from.name !== replacement.to.name) throw refused("it names two logs")
  if (replacement.from.keyId === replacement.to.keyId) throw refused("it names one key twice")
  checkNote(note, replacement.from, check)
  checkNote(note, replacement.to, check)
  return replacement
}

export interface Succession {
  /** All keys of the log, oldest first; the last one signs now. */
  readonly keys: readonly NoteKey[]
  /** How each but the first came. */
  readonly replacements: readonly KeyReplacement[]
}

/** The keys before and after this one, as the notes have them; those of other logs are passed over. */
export function successionOf(
  key: NoteKey,
  notes: readonly string[],
  check: CheckEd25519,
  sha256: Sha256
): Succession & { readonly latest: NoteKey } {
  const all = notes.map((note) => checkReplacement(note, check, sha256))
  const isSame = (one: NoteKey, other: NoteKey) => one.name === other.name && one.keyId === other.keyId
  const only = (found: readonly KeyReplacement[]) => {
    if (found.length > 1) {
      const why = `the key ${found[0]!.from.keyId} of "${key.name}" has two successors or predecessors`
      throw new NoteRefused(`Cannot follow the keys of a log: ${why}. Find out who signed; ask the witness`)
    }
    return found[0]
  }
  const replacements: KeyReplacement[] = []
  for (let count = 0; count <= replacementsMax; count += 1) {
    const latest = replacements.at(-1)?.to ?? key
    const next = only(all.filter(({ from }) => isSame(from, latest)))
    const before = only(all.filter(({ to }) => isSame(to, replacements[0]?.from ?? key)))
    if (next === undefined && before === undefined) {
      return { keys: [replacements[0]?.from ?? key, ...replacements.map(({ to }) => to)], replacements, latest }
    }
    if (next !== undefined) replacements.push(next)
    if (before !== undefined) replacements.unshift(before)
  }
  throw new NoteRefused(
    `Cannot follow the keys of "${key.name}": more than ${replacementsMax} replacements, or they go in a ring. Ask whoever runs the log`
  )
}
