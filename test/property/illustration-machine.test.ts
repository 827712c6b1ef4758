/** Random histories of the review loop: replay, nothing shared unasked, nothing from ended work, versions that count events. */
import { Schema } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { createActor, createMachine } from "xstate"
import { illustrationMachine } from "../../machines/illustration.ts"
import { IllustrationEvent } from "../../machines/illustration-events.ts"
import { decideIllustration, type IllustrationCommand } from "../../models/illustration/decide.ts"

const at = 1_790_000_000_000
type Step =
  | { readonly command: IllustrationCommand }
  | { readonly outcome: "drawn" | "lies" | "failed" | "timedOut"; readonly age: number }
  | { readonly owner: true }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .constantFrom("вклад 10 %, золото 12 %", "deposit 5%, fund 7-9%", "вклад", "A 1%, B −2%")
      .map((prompt) => ({ command: { type: "GivePrompt" as const, prompt } }))
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom("осень", "undo", "blah", "сделай золото выше", "another one", "на 5 лет")
      .map((remark) => ({ command: { type: "GiveRemark" as const, remark } }))
  },
  {
    weight: 5,
    arbitrary: fc.record({
      outcome: fc.constantFrom(
        "drawn" as const,
        "drawn" as const,
        "drawn" as const,
        "lies" as const,
        "failed" as const,
        "timedOut" as const
      ),
      age: fc.constantFrom(0, 0, 0, 1, 2)
    })
  },
  {
    weight: 3,
    arbitrary: fc
      .nat({ max: 4 })
      .map((variantIndex) => ({ command: { type: "ShareIllustration" as const, variantIndex } }))
  },
  {
    weight: 1,
    arbitrary: fc.nat({ max: 4 }).map((variantIndex) => ({ command: { type: "ChooseVariant" as const, variantIndex } }))
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom<IllustrationCommand>(
        { type: "StopSharing" },
        { type: "RetryGeneration" },
        { type: "CancelGeneration" },
        { type: "TapIllustration", productIndex: 0 }
      )
      .map((command) => ({ command }))
  },
  { weight: 1, arbitrary: fc.constant({ owner: true as const }) }
)

/** Plays a history as the host does, and answers the events that were taken with the work that was due before each. */
const play = (steps: readonly Step[]) => {
  const actor = createActor(illustrationMachine)
  actor.start()
  const taken: IllustrationEvent[] = []
  const asked: number[] = []
  const tell = (event: IllustrationEvent) => {
    if (!actor.getSnapshot().can(event)) return
    actor.send(event)
    taken.push(event)
    const { context } = actor.getSnapshot()
    if (context.workId !== asked.at(-1)) asked.push(context.workId)
  }
  tell({ type: "IllustrationOpened", at, conference: "c" })
  for (const each of steps) {
    const { context } = actor.getSnapshot()
    if ("owner" in each) tell({ type: "OwnerTaken", at, owner: "p" })
    else if ("command" in each) {
      const decision = decideIllustration(each.command, actor.getSnapshot(), at)
      if (decision.ok) decision.events.forEach(tell)
    } else {
      const workId = asked.at(-1 - each.age) ?? -1
      if (each.outcome === "failed") tell({ type: "GenerationFailed", at, workId, reason: "r" })
      else if (each.outcome === "timedOut") tell({ type: "GenerationTimedOut", at, workId })
      else if (context.wanted !== null) {
        const { brief, look, seed } = context.wanted
        tell({
          type: "VariantDrawn",
          at,
          workId,
          variantIndex: context.drawnCount,
          brief,
          look,
          seed,
          engineVersion: "t",
          sha256: "0",
          svg: "",
          heightsPx: [],
          lieFactor: 1,
          truthful: each.outcome === "drawn"
        })
      }
    }
  }
  return { actor, taken, asked }
}
const histories = fc.array(step, { maxLength: 60 })

describe("the illustration machine over random histories", () => {
  it("answers the same snapshot when the same events are replayed, and counts every event", () => {
    fc.assert(
      fc.property(histories, (steps) => {
        const { actor, taken } = play(steps)
        const replayed = createActor(illustrationMachine)
        replayed.start()
        for (const event of taken) replayed.send(JSON.parse(JSON.stringify(event)) as IllustrationEvent)
        expect(replayed.getSnapshot().value).toEqual(actor.getSnapshot().value)
        expect(replayed.getSnapshot().context).toEqual(actor.getSnapshot().context)
        expect(actor.getSnapshot().context.version).toBe(taken.length)
      }),
      { numRuns: 500 }
    )
  })

  it("comes to the state that XState's own step comes to, over the same events", () => {
    const ownMachine = createMachine(illustrationMachine.config as never, illustrationMachine.implementations as never)
    fc.assert(
      fc.property(histories, (steps) => {
        const { actor, taken } = play(steps)
        const own = createActor(ownMachine).start()
        for (const event of taken) own.send(event)
        expect(own.getPersistedSnapshot()).toEqual(actor.getPersistedSnapshot())
      })
    )
  })

  it("shows the client only what was shared by name, is kept, and was not taken back", () => {
    fc.assert(
      fc.property(histories, (steps) => {
        const { actor, taken } = play(steps)
        const { shared, variants } = actor.getSnapshot().context
        const last = taken.findLast(
          ({ type }) => type === "IllustrationShared" || type === "SharingStopped" || type === "ConferenceEnded"
        )
        expect(shared).toBe(last?.type === "IllustrationShared" ? last.variantIndex : null)
        if (shared !== null) expect(variants.some(({ variantIndex }) => variantIndex === shared)).toBe(true)
      }),
      { numRuns: 500 }
    )
  })

  it("takes an outcome only of the work that was asked for last, and no picture that lies", () => {
    fc.assert(
      fc.property(histories, (steps) => {
        const { taken } = play(steps)
        let asked = 0
        const actor = createActor(illustrationMachine)
        actor.start()
        for (const event of taken) {
          if (event.type === "VariantDrawn" || event.type === "GenerationFailed" || event.type === "GenerationTimedOut")
            expect(event.workId).toBe(asked)
          if (event.type === "VariantDrawn") expect(event.truthful).toBe(true)
          actor.send(event)
          if (event.type === "PromptGiven" || event.type === "RemarkGiven" || event.type === "GenerationRetried")
            asked = actor.getSnapshot().context.version
        }
      }),
      { numRuns: 500 }
    )
  })

  it("records events that their schema takes, as plain JSON", () => {
    const decode = Schema.decodeUnknownSync(IllustrationEvent)
    fc.assert(
      fc.property(histories, (steps) => {
        for (const event of play(steps).taken) expect(decode(JSON.parse(JSON.stringify(event)))).toEqual(event)
      }),
      { numRuns: 100 }
    )
  })
})
