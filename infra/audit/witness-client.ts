/**
 * Hands each new checkpoint to witnesses over HTTPS and keeps it with their cosignatures. Serving never waits for it. A
 * witness that is away is tried again; one that refuses our tree is an alarm, because it remembers another past.
 */
import { readFileSync } from "node:fs"
import { request } from "node:https"
import { Effect } from "effect"
import { LogIdentity, ProofLog } from "../../actors/proof-log.ts"
import { withTiles } from "../../actors/tile-reads.ts"
import { cosignedAt, parseCheckpoint } from "../../models/proof/checkpoint.ts"
import { consistencyProof } from "../../models/proof/merkle-tree.ts"
import {
  formatNote,
  type NoteKey,
  NoteRefused,
  type NoteSignature,
  parseNote,
  parseSignature
} from "../../models/proof/signed-note.ts"
import { formatWitnessRequest } from "../../models/proof/witness-request.ts"
import { checkEd25519 } from "./log-key.ts"

/** Between two looks for a new checkpoint, in milliseconds. */
export const witnessEveryMs = 1_000
/** A witness answers within milliseconds; after this it counts as away. */
const answerMsMax = 5_000
/** Characters of an answer: a few signature lines. */
const answerCharactersMax = 65_536

export interface WitnessPlace {
  /** Of its submission prefix; must begin with https:// . */
  readonly url: string
  readonly key: NoteKey
  /** A PEM certificate to trust instead of the system's. */
  readonly certificateFile?: string | undefined
}

interface Answer {
  readonly status: number
  readonly body: string
}

/** `action` is the last part of the address; by default a checkpoint is added. */
export type Post = (place: WitnessPlace, body: string, action?: "replace-key") => Promise<Answer>

/** The witness remembers another past of this log, or says what cannot be checked. */
class WitnessRefused extends Error {}

export const postOverHttps: Post = ({ url, certificateFile }, body, action) => {
  const address = new URL(action ?? "add-checkpoint", url.endsWith("/") ? url : `${url}/`)
  if (address.protocol !== "https:") {
    return Promise.reject(new Error(`Cannot ask the witness at "${url}": only https:// is spoken. Correct its address`))
  }
  const ca = certificateFile === undefined ? {} : { ca: readFileSync(certificateFile) }
  return new Promise((resolve, reject) => {
    const asked = request(address, { method: "POST", timeout: answerMsMax, ...ca }, (response) => {
      let text = ""
      response.setEncoding("utf8")
      response.on("data", (part: string) => {
        text += part
        if (text.length > answerCharactersMax) asked.destroy(new Error("its answer is too long"))
      })
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }))
      response.on("error", reject)
    })
    asked.on("timeout", () => asked.destroy(new Error(`no answer within ${answerMsMax} ms`)))
    asked.on("error", reject)
    asked.end(body)
  })
}

/** One offer of the newest checkpoint to every witness; true when it bears at least one cosignature now. */
export const makeOffer = Effect.fnUntraced(function* (witnesses: readonly WitnessPlace[], post: Post) {
  const log = yield* ProofLog
  const { hasher, replacements = [] } = yield* LogIdentity
  /** What each witness is known to have cosigned; it corrects us when we do not know. */
  const oldSizes = new Map<string, number>()
  /** Said once for each time that it goes wrong. */
  const complained = new Set<string>()

  /** A witness that knows an earlier key is told which followed it; true when it took that. */
  const isToldOfKeys = Effect.fnUntraced(function* (place: WitnessPlace) {
    let taken = false
    for (const note of replacements) {
      const told = Effect.tryPromise({ try: () => post(place, note, "replace-key"), catch: (error) => error as Error })
      taken = (yield* told).status === 200 || taken
    }
    return taken
  })

  const cosign = Effect.fnUntraced(function* (place: WitnessPlace, checkpoint: string, size: number) {
    // Twice, because the first answer may be the size that the witness has.
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const oldSize = oldSizes.get(place.key.name) ?? 0
      const hashes = yield* withTiles(log.tile, hasher, (read) => consistencyProof(oldSize, size, read, hasher))
      const body = formatWitnessRequest({ oldSize, hashes, checkpoint })
      const posting = Effect.tryPromise({
        try: () => post(place, body),
        catch: (error) => error as Error
      })
      let answer = yield* posting
      if (answer.status === 403 && (yield* isToldOfKeys(place))) answer = yield* posting
      if (answer.status === 200) {
        const lines = yield* Effect.try({
          try: () => believed(answer.body, place.key, checkpoint),
          catch: (error) => error as Error
        })
        oldSizes.set(place.key.name, size)
        return lines
      }
      const known = /^\d{1,15}\n?$/.test(answer.body) ? Number(answer.body) : undefined
      if (answer.status !== 409 || known === undefined || known === oldSize) {
        return yield* Effect.fail(
          new WitnessRefused(`it answered ${answer.status}: ${answer.body.slice(0, 200).trim()}`)
        )
      }
      if (known > size)
        return yield* Effect.fail(new WitnessRefused(`it has cosigned ${known} commits, this log has ${size}`))
      oldSizes.set(place.key.name, known)
    }
    return yield* Effect.fail(new WitnessRefused("it changes its mind about the size it has"))
  })

  const complain = (place: WitnessPlace, error: Error) =>
    Effect.suspend(() => {
      if (complained.has(place.key.name)) return Effect.void
      complained.add(place.key.name)
      const said =
        error instanceof WitnessRefused
          ? Effect.logError("A witness refuses the log: its past is not the one it knows; run audit verify")
          : Effect.logWarning("A witness cannot be reached; trying again")
      return Effect.annotateLogs(said, { witness: place.key.name, why: error.message })
    })

  return Effect.gen(function* () {
    const { signed, cosigned } = yield* log.checkpoints()
    if (signed === null) return false
    const note = parseNote(signed)
    const { size } = parseCheckpoint(note.text)
    if (cosigned !== null && parseNote(cosigned).text === note.text) {
      const complete = witnesses.every(({ key }) => cosignedAt(parseNote(cosigned), key, checkEd25519) !== undefined)
      if (complete) return true
    }
    const lines: NoteSignature[] = []
    for (const place of witnesses) {
      const own = yield* cosign(place, signed, size).pipe(
        Effect.tap(() => Effect.sync(() => complained.delete(place.key.name))),
        Effect.catch((error) => Effect.as(complain(place, error), [] as readonly NoteSignature[]))
      )
      lines.push(...own)
    }
    if (lines.length === 0) return false
    yield* log.keepCosigned(formatNote({ text: note.text, signatures: [...note.signatures, ...lines] }))
    return true
  })
})

/** Offers every new checkpoint for as long as the scope lives. */
export const runWitnessClient = Effect.fnUntraced(function* (
  witnesses: readonly WitnessPlace[],
  post: Post = postOverHttps
) {
  const offer = yield* makeOffer(witnesses, post)
  const round = Effect.catchTag(offer, "StoreUnavailable", (error) =>
    Effect.annotateLogs(Effect.logError("Checkpoints wait for their witness"), { why: error.message })
  )
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(round, Effect.sleep(witnessEveryMs))))
})

/** The witness's own lines of its answer, checked. */
function believed(answer: string, key: NoteKey, checkpoint: string): readonly NoteSignature[] {
  const signatures = answer.trimEnd().split("\n").map(parseSignature)
  const own = signatures.filter(({ name, keyId }) => name === key.name && keyId === key.keyId).slice(0, 1)
  const { text } = parseNote(checkpoint)
  if (cosignedAt({ text, signatures: own }, key, checkEd25519) === undefined) {
    throw new NoteRefused(`Cannot believe "${key.name}": its answer bears no cosignature of its. Check its key`)
  }
  return own
}
