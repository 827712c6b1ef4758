/**
 * A proof in one file (c2sp.org/tlog-proof): index, inclusion proof and signed checkpoint, checked with public keys and
 * nothing else. The entry itself rides in `extra`, which proves nothing until its hash has led to the signed root.
 */
import { fromBase64, toBase64 } from "./base64.ts"
import { type Checkpoint, cosignedAt, parseCheckpoint } from "./checkpoint.ts"
import { hashBytes, includes, type TreeHasher } from "./merkle-tree.ts"
import { type CheckEd25519, checkNote, type NoteKey, NoteRefused } from "./signed-note.ts"

const firstLine = "c2sp.org/tlog-proof@v1"
/** The path in the largest tree whose leaves a checkpoint can count. */
const hashesMax = 63

export interface TlogProof {
  readonly extra?: Uint8Array | undefined
  /** Leaf number, from 0. */
  readonly index: number
  readonly hashes: readonly Uint8Array[]
  /** The signed note, verbatim. */
  readonly checkpoint: string
}

export function formatProof({ extra, index, hashes, checkpoint }: TlogProof): string {
  const lines = [
    firstLine,
    ...(extra === undefined ? [] : [`extra ${toBase64(extra)}`]),
    `index ${index}`,
    ...hashes.map(toBase64)
  ]
  return `${lines.join("\n")}\n\n${checkpoint}`
}

export function parseProof(text: string): TlogProof {
  const refused = (why: string) =>
    new NoteRefused(`Cannot read the proof: ${why}. Ask for the file again, byte for byte`)
  const split = text.indexOf("\n\n")
  if (split < 0) throw refused("no empty line parts the proof from its checkpoint")
  const [first, ...rest] = text.slice(0, split).split("\n")
  if (first !== firstLine) throw refused(`its first line is not ${firstLine}`)
  let extra: Uint8Array | undefined
  if (rest[0]?.startsWith("extra ")) {
    extra = fromBase64(rest.shift()!.slice("extra ".length))
    if (extra === undefined) throw refused("its extra line is no base64")
  }
  const [, index] = /^index (0|[1-9]\d{0,15})$/.exec(rest.shift() ?? "") ?? []
  if (index === undefined || !Number.isSafeInteger(Number(index))) throw refused("it has no line with its index")
  if (rest.length > hashesMax) throw refused(`it has more than ${hashesMax} hashes`)
  const hashes = rest.map((line) => {
    const hash = fromBase64(line)
    if (hash === undefined || hash.length !== hashBytes) throw refused(`"${line}" is no hash`)
    return hash
  })
  return { extra, index: Number(index), hashes, checkpoint: text.slice(split + 2) }
}

export interface ProofPolicy {
  readonly log: NoteKey
  /** Each must have cosigned. */
  readonly witnesses: readonly NoteKey[]
  readonly check: CheckEd25519
  readonly hasher: TreeHasher
}

export interface CheckedProof {
  readonly checkpoint: Checkpoint
  readonly index: number
  /** By witness name, seconds since 1970. */
  readonly cosignedAt: ReadonlyMap<string, number>
}

/** What a proof of the entry says when it holds; refuses it otherwise, saying at which step. */
export function checkProof(proof: TlogProof, entry: Uint8Array, policy: ProofPolicy): CheckedProof {
  const { log, witnesses, check, hasher } = policy
  const note = checkNote(proof.checkpoint, log, check)
  const checkpoint = parseCheckpoint(note.text)
  const refused = (why: string) =>
    new NoteRefused(`Cannot believe the proof: ${why}. Check where it and the keys came from`)
  if (checkpoint.origin !== log.name)
    throw refused(`it is of the log "${checkpoint.origin}", the key is of "${log.name}"`)
  const cosigned = new Map<string, number>()
  for (const witness of witnesses) {
    const timeSeconds = cosignedAt(note, witness, check)
    if (timeSeconds === undefined) throw refused(`the witness "${witness.name}" has not cosigned its checkpoint`)
    cosigned.set(witness.name, timeSeconds)
  }
  if (!includes(hasher.leaf(entry), proof.index, checkpoint.size, proof.hashes, checkpoint.root, hasher)) {
    throw refused(`the entry is not leaf ${proof.index} of the ${checkpoint.size} that were signed`)
  }
  return { checkpoint, index: proof.index, cosignedAt: cosigned }
}
