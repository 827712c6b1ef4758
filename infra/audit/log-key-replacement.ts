/**
 * Replaces the key that signs a journal's log. The old key signs that the new one follows, that is recorded and proven in the log itself under the old
 * key, and only then does the new key take its place and sign the tree again. Interrupted anywhere, the same call goes on. The old secret key is gone afterwards.
 */
import { existsSync, readFileSync, renameSync } from "node:fs"
import { join } from "node:path"
import { Clock, Effect, Layer, Stream } from "effect"
import { Operations } from "../../actors/operations.ts"
import { LogIdentity, ProofLog } from "../../actors/proof-log.ts"
import { makeSequencer } from "../../actors/sequencer.ts"
import { parseCheckpoint } from "../../models/proof/checkpoint.ts"
import { checkReplacement, formatReplacement, type KeyReplacement } from "../../models/proof/key-replacement.ts"
import { ed25519Type, noteKey, parseNote } from "../../models/proof/signed-note.ts"
import { journalAt } from "../journal/journal.ts"
import { writeWhole } from "./durable-file.ts"
import { checkEd25519, logKeyIn, replacementFileIn, sha256 } from "./log-key.ts"
import { logIdentityAt, type ProvenPlace, proofLogAt } from "./proof-log.ts"

/** Needs the journal for itself: no server may run on it. Answers what was said, and to how many leaves the new key has signed. */
export const replaceLogKey = Effect.fnUntraced(function* (
  place: ProvenPlace,
  act: { readonly actor: string; readonly purpose: string }
) {
  const keysFolder = join(place.folder, "keys")
  const layers = () =>
    Layer.mergeAll(proofLogAt(place), Operations.layer).pipe(
      Layer.provideMerge(logIdentityAt(place)),
      Layer.provideMerge(journalAt(place))
    )
  const replacement = yield* Effect.provide(announce(keysFolder, act), layers())
  yield* Effect.try({
    try: () => {
      const note = replacementFileIn(keysFolder, replacement.from.keyId)
      // Each step may have been done by a call that was interrupted; the last one is the key's.
      if (existsSync(nextNoteIn(keysFolder))) renameSync(nextNoteIn(keysFolder), note)
      if (existsSync(nextKeyIn(keysFolder))) renameSync(nextKeyIn(keysFolder), join(keysFolder, "log-key.pem"))
    },
    catch: (error) =>
      new Error(
        `Cannot put the new key of the log in its place: ${(error as Error).message}. The old one still signs; mend this and run the command again`
      )
  })
  const signed = Effect.gen(function* () {
    const { catchUp } = yield* makeSequencer
    return yield* catchUp
  })
  return { replacement, signedLeaves: yield* Effect.provide(signed, layers()) }
})

const nextKeyIn = (keysFolder: string) => join(keysFolder, "log-key-next.pem")
const nextNoteIn = (keysFolder: string) => join(keysFolder, "log-key-next.note")

/** Under the old key: what follows is said, recorded, and a leaf of the log. */
const announce = Effect.fnUntraced(function* (
  keysFolder: string,
  act: { readonly actor: string; readonly purpose: string }
) {
  const { key: from, sign } = yield* LogIdentity
  const operations = yield* Operations
  const { catchUp } = yield* makeSequencer
  yield* catchUp
  const said = [nextNoteIn(keysFolder), replacementFileIn(keysFolder, from.keyId)].find((file) => existsSync(file))
  let replacement: KeyReplacement
  if (said !== undefined) replacement = checkReplacement(readFileSync(said, "utf8"), checkEd25519, sha256)
  else {
    const { signed } = yield* (yield* ProofLog).checkpoints()
    const { size, root } = parseCheckpoint(parseNote(signed!).text)
    const next = yield* Effect.sync(() => logKeyIn(nextKeyIn(keysFolder)))
    const to = noteKey(from.name, ed25519Type, next.publicKey, sha256)
    replacement = { from, to, size, root, at: yield* Clock.currentTimeMillis }
    const note = formatReplacement(replacement, sign, next.sign)
    yield* Effect.sync(() => writeWhole(keysFolder, "log-key-next.note", note))
  }
  const ids = { log: from.name, from: from.keyId, to: replacement.to.keyId }
  const isRecorded = yield* Stream.runFold(
    operations.read(),
    () => false,
    (found, event) => found || (event.type === "LogKeyReplaced" && event.to === ids.to && event.log === ids.log)
  )
  if (!isRecorded) yield* operations.record({ type: "LogKeyReplaced", ...act, ...ids, leafCount: replacement.size })
  yield* catchUp
  return replacement
})
