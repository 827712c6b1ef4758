/** What rests on each consent text: consents count once, stop counting when they are taken back, and a long count keeps nobody waiting. */
import { Effect, Fiber, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { expect, it } from "vitest"
import { CommitStore } from "../../actors/commit-store.ts"
import { ConsentCounts } from "../../actors/consent-counts.ts"
import { EventStore } from "../../actors/event-store.ts"
import { Identity } from "../../actors/ports.ts"
import type { ConsentEvidence } from "../../machines/consent-evidence.ts"
import { shippedConsentTexts } from "../../machines/consent-texts.ts"
import { countTexts } from "../../projections/consent-counts.ts"
import { consentTo } from "../server/core.ts"

const given = (consent: string, purpose: "trends" | "expressionAnalysis", at: number, subject = "anna") => {
  const { textVersion, textSha256, purposes } = consentTo(purpose, consent)
  const event = { at, conference: `c-${consent}`, subject, consent, textVersion, textSha256, purposes, givenAt: at }
  return { type: "ConsentEvidenced", ...event } as const
}
const takenBack = (consent: string, at: number): ConsentEvidence => {
  return { type: "WithdrawalEvidenced", at, conference: `c-${consent}`, subject: "anna", consent }
}
const trends = ({ sha256 }: { readonly sha256: string }) => sha256 === consentTo("trends", "").textSha256

it("a consent stands until it is taken back, in the conference or for good after it, and a later one stands again", () => {
  const fold = countTexts(shippedConsentTexts)
  const evidence = [given("1", "trends", 10), given("2", "trends", 20), given("3", "trends", 40), takenBack("1", 15)]
  fold.take("anna", evidence, [{ type: "PurposeWithdrawn", at: 30, purpose: "trends" }])
  fold.take("boris", [given("4", "trends", 10, "boris"), given("5", "trends", 11, "boris")], [])
  expect(fold.counts().find(trends)).toMatchObject({ givenCount: 5, standingCount: 3, clientCount: 2 })
})

it("a text that only proofs name is shown as one that is published no more", () => {
  const fold = countTexts([])
  fold.take("anna", [given("1", "trends", 10)], [])
  expect(fold.counts()).toMatchObject([{ purpose: "trends", language: null, text: null, standingCount: 1 }])
})

it("who asks while it is being counted hears so within a second, and the numbers once they are there", async () => {
  const stand = <S>(service: S) => service as never
  const proof = { stream: "consents-1", events: [given("1", "trends", 10)] }
  const slow = Stream.fromEffect(Effect.as(Effect.sleep(60_000), proof))
  const world = Layer.mergeAll(
    Layer.succeed(EventStore)(stand({ read: () => slow })),
    Layer.succeed(CommitStore)(
      stand({ listStreams: (after: string) => Effect.succeed(after === "consents-" ? [proof] : []) })
    ),
    Layer.succeed(Identity)(stand({ consentTexts: shippedConsentTexts }))
  )
  const steps = Effect.gen(function* () {
    const { texts } = yield* ConsentCounts
    const asked = yield* Effect.forkChild(texts)
    yield* TestClock.adjust(1_000)
    const early = yield* Fiber.join(asked)
    expect(early).toMatchObject({ countedAt: null, counting: { doneCount: 0 } })
    expect(early.texts.map(({ sha256 }) => sha256)).toEqual(shippedConsentTexts.map(({ sha256 }) => sha256))
    const again = yield* Effect.forkChild(texts)
    yield* TestClock.adjust(60_000)
    expect((yield* Fiber.join(again)).counting).not.toBeNull()
    const counted = yield* texts
    expect(counted.counting).toBeNull()
    expect(counted.texts.find(trends)).toMatchObject({ givenCount: 1 })
    // Nothing is counted again while the numbers hold, ten times as long as they took.
    yield* TestClock.adjust(300_000)
    expect((yield* texts).countedAt).toBe(counted.countedAt)
    yield* TestClock.adjust(400_000)
    const later = yield* Effect.forkChild(texts)
    yield* TestClock.adjust(1_000)
    expect((yield* Fiber.join(later)).counting).not.toBeNull()
  })
  const layers = ConsentCounts.layer.pipe(Layer.provide(world), Layer.provideMerge(TestClock.layer()))
  await Effect.runPromise(steps.pipe(Effect.provide(layers), Effect.scoped) as Effect.Effect<void>)
})
