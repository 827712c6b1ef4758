/**
 * What rests on each consent text, counted from the proofs of consents, of which there are as many as conferences. Counted aside and with
 * pauses, so that conferences that run are not slowed; whoever asks meanwhile hears how far it is. It keeps numbers, of nobody.
 */
import { Clock, Context, Effect, Fiber, Layer } from "effect"
import type { ConsentEvidence } from "../machines/consent-evidence.ts"
import type { PurposeWithdrawn } from "../machines/withdrawal-events.ts"
import { type ConsentTexts, countTexts, type TextCount } from "../projections/consent-counts.ts"
import { CommitStore, pageCommitsMax } from "./commit-store.ts"
import { consentEvidencePrefix } from "./consent-evidence.ts"
import { EventStore, type ReadFailed } from "./event-store.ts"
import { keptEvents } from "./kept-events.ts"
import { Identity } from "./ports.ts"
import { withdrawalsPrefix } from "./withdrawals.ts"

/** Some six milliseconds of work (a proof takes a fifth of one), and a pause as long. */
const proofsInARow = 32
const pauseMs = 6
/** How long somebody waits for a count before hearing how far it is. */
const waitMs = 1_000
/** A count holds for so many times what it took: counting is a tenth of a processor's time at most. */
const holdsTimes = 10

const make = Effect.gen(function* () {
  const store = yield* EventStore
  const commits = yield* CommitStore
  const { consentTexts } = yield* Identity
  const scope = yield* Effect.scope
  let last: { readonly counts: readonly TextCount[]; readonly at: number; readonly tookMs: number } | null = null
  let counting: { readonly fiber: Fiber.Fiber<void, ReadFailed>; doneCount: number; count: number } | null = null

  /** The names of all streams that begin so. */
  const named = Effect.fnUntraced(function* (prefix: string) {
    const found: string[] = []
    for (let after = prefix; ; ) {
      const page = (yield* commits.listStreams(after, pageCommitsMax)).map(({ stream }) => stream)
      const fitting = page.filter((stream) => stream.startsWith(prefix))
      found.push(...fitting)
      if (fitting.length < pageCommitsMax) return found
      after = fitting.at(-1)!
    }
  })

  const count = Effect.gen(function* () {
    const begunAt = yield* Clock.currentTimeMillis
    const streams = yield* named(consentEvidencePrefix)
    const proofs: ConsentEvidence[] = []
    for (let from = 0; from < streams.length; from += proofsInARow) {
      if (from > 0) yield* Effect.sleep(pauseMs)
      proofs.push(...(yield* keptEvents<ConsentEvidence>(store, streams.slice(from, from + proofsInARow))))
      if (counting !== null) Object.assign(counting, { doneCount: from, count: streams.length })
    }
    const takenBack = new Map<string, readonly PurposeWithdrawn[]>()
    for (const stream of yield* named(withdrawalsPrefix)) {
      takenBack.set(stream.slice(withdrawalsPrefix.length), yield* keptEvents<PurposeWithdrawn>(store, [stream]))
    }
    const fold = countTexts(consentTexts)
    for (const [subject, evidence] of Map.groupBy(proofs, ({ subject }) => subject)) {
      fold.take(subject, evidence, takenBack.get(subject) ?? [])
    }
    const at = yield* Clock.currentTimeMillis
    last = { counts: fold.counts(), at, tookMs: at - begunAt }
  })

  const texts = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const isFresh = last !== null && now - last.at < holdsTimes * last.tookMs
    if (counting === null && !isFresh) {
      const ended = Effect.sync(() => {
        counting = null
      })
      counting = {
        fiber: yield* Effect.forkIn(Effect.ensuring(Effect.yieldNow.pipe(Effect.andThen(count)), ended), scope),
        doneCount: 0,
        count: 0
      }
    }
    if (counting !== null) yield* Effect.timeoutOption(Fiber.join(counting.fiber), waitMs)
    const answer: ConsentTexts = {
      texts: last?.counts ?? countTexts(consentTexts).counts(),
      countedAt: last?.at ?? null,
      counting: counting === null ? null : { doneCount: counting.doneCount, count: counting.count }
    }
    return answer
  })
  return ConsentCounts.of({ texts })
})

export class ConsentCounts extends Context.Service<
  ConsentCounts,
  {
    /** Every published text, with the newest counts there are. */
    readonly texts: Effect.Effect<ConsentTexts, ReadFailed>
  }
>()("actors/ConsentCounts") {
  static readonly layer = Layer.effect(ConsentCounts, make)
}
