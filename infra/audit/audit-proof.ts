/**
 * Makes the proof file of the sealed commit that holds an event, and checks such a file with public keys alone. It hands
 * out nothing that it has not checked itself, and says nothing of what the event holds.
 */
import { Effect, Schema } from "effect"
import { CommitStore } from "../../actors/commit-store.ts"
import { ProofLog } from "../../actors/proof-log.ts"
import { withTiles } from "../../actors/tile-reads.ts"
import { parseCheckpoint } from "../../models/proof/checkpoint.ts"
import { type CommitEntry, decodeEntry, entryOf } from "../../models/proof/commit-entry.ts"
import { inclusionProof, type TreeHasher, treeHasher } from "../../models/proof/merkle-tree.ts"
import { packEntry, unpackEntry } from "../../models/proof/packed-entry.ts"
import { type NoteKey, NoteRefused, parseNote, signatureOf } from "../../models/proof/signed-note.ts"
import { type CheckedProof, checkProof, formatProof, parseProof } from "../../models/proof/tlog-proof.ts"
import { checkEd25519, sha256 } from "./log-key.ts"

/** There is no proof to hand out: no such event, none yet, or the log does not fit the journal. */
export class EventNotProven extends Schema.TaggedError<EventNotProven>()("EventNotProven", {
  stream: Schema.String,
  version: Schema.Int,
  fault: Schema.Literals(["unknownEvent", "tooNew", "doesNotFit"]),
  why: Schema.String
}) {
  override get message() {
    return `Cannot prove event ${this.version} of "${this.stream}": ${this.why}`
  }
}

/** The proof file's text. A cosigned checkpoint is taken where it covers the commit already. */
export const proveEvent = Effect.fnUntraced(function* (
  stream: string,
  version: number,
  { log: key, hasher }: { readonly log: NoteKey; readonly hasher: TreeHasher }
) {
  const commits = yield* CommitStore
  const log = yield* ProofLog
  const refused = (fault: EventNotProven["fault"], why: string) => new EventNotProven({ stream, version, fault, why })
  const [commit] = yield* commits.readStream(stream, version, 1)
  const holds =
    commit !== undefined && commit.firstVersion <= version && version < commit.firstVersion + commit.eventCount
  if (!holds)
    return yield* refused("unknownEvent", "the journal has no such event. Check the conference's id and the version")
  const index = yield* log.leafNumberOf(commit.cursor)
  const { signed, cosigned } = yield* log.checkpoints()
  // One that an earlier key signed proves nothing to whoever has this one.
  const covering = [cosigned, signed].find(
    (note) =>
      note !== null &&
      index !== null &&
      parseCheckpoint(parseNote(note).text).size > index &&
      signatureOf(parseNote(note), key) !== undefined
  )
  if (index === null || covering === undefined || covering === null) {
    return yield* refused(
      "tooNew",
      "it is too new to be in a checkpoint. Try again in two seconds, while the server runs"
    )
  }
  const { size } = parseCheckpoint(parseNote(covering).text)
  const hashes = yield* withTiles(log.tile, hasher, (read) => inclusionProof(index, size, read, hasher))
  const entry = entryOf(commit, sha256)
  const proof = { extra: packEntry(entry), index, hashes, checkpoint: covering }
  yield* Effect.try({
    try: () => checkProof(proof, entry, { log: key, witnesses: [], check: checkEd25519, hasher }),
    catch: (error) => refused("doesNotFit", `${(error as Error).message}. Run audit verify to see what was changed`)
  })
  return formatProof(proof)
})

export interface CheckedCommit extends CheckedProof {
  readonly commit: CommitEntry
}

/** What the file proves, or a refusal that says at which step it fails. */
export function checkProofFile(text: string, log: NoteKey, witnesses: readonly NoteKey[]): CheckedCommit {
  const proof = parseProof(text)
  if (proof.extra === undefined) {
    throw new NoteRefused("Cannot check the proof: it does not carry what it proves. Ask for one with its extra line")
  }
  const entry = unpackEntry(proof.extra)
  const commit = decodeEntry(entry)
  const policy = { log, witnesses, check: checkEd25519, hasher: treeHasher(sha256) }
  return { ...checkProof(proof, entry, policy), commit }
}
