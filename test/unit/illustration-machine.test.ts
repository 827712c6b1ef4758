/** The review loop as given events and decisions; the properties over random histories stand in test/property. */
import { describe, expect, it } from "vitest"
import { createActor } from "xstate"
import { illustrationMachine, variantsMax } from "../../machines/illustration.ts"
import type { IllustrationEvent } from "../../machines/illustration-events.ts"
import { decideIllustration, type IllustrationCommand } from "../../models/illustration/decide.ts"

const at = 1_790_000_000_000

const open = () => {
  const actor = createActor(illustrationMachine)
  actor.start()
  const take = (event: IllustrationEvent) => {
    const can = actor.getSnapshot().can(event)
    actor.send(event)
    return can
  }
  take({ type: "IllustrationOpened", at, conference: "c1" })
  const state = () => String(actor.getSnapshot().value)
  const context = () => actor.getSnapshot().context
  const command = (wish: IllustrationCommand) => {
    const decision = decideIllustration(wish, actor.getSnapshot(), at)
    if (!decision.ok) return decision.message
    for (const event of decision.events) if (!take(event)) return `refused ${event.type}`
    return "taken"
  }
  const drawn = (workId = context().workId, truthful = true) => {
    const { brief, look, seed } = context().wanted!
    return take({
      type: "VariantDrawn",
      at,
      workId,
      variantIndex: context().drawnCount,
      brief,
      look,
      seed,
      engineVersion: "test",
      sha256: "00",
      svg: "<svg/>",
      heightsPx: brief.products.map(() => 1),
      lieFactor: 1,
      truthful
    })
  }
  return { take, state, context, command, drawn }
}
const prompt = (text = "вклад 10 %, золото 12 %"): IllustrationCommand => ({ type: "GivePrompt", prompt: text })

describe("the illustration machine", () => {
  it("goes from prompt to review, by remark to another variant, and shares an earlier one", () => {
    const { state, context, command, drawn } = open()
    expect(state()).toBe("awaitPrompt")
    expect(command(prompt())).toBe("taken")
    expect(state()).toBe("generate")
    drawn()
    expect(state()).toBe("review")
    command({ type: "GiveRemark", remark: "осень" })
    expect(state()).toBe("generate")
    drawn()
    expect(context().variants.map(({ look }) => look.season)).toEqual(["summer", "autumn"])
    expect(command({ type: "ShareIllustration", variantIndex: 0 })).toBe("taken")
    expect(state()).toBe("share")
    expect(context().shared).toBe(0)
    command({ type: "StopSharing" })
    expect(state()).toBe("awaitPrompt")
    expect(context().shared).toBeNull()
  })

  it("ignores the outcome of work that a newer prompt replaced", () => {
    const { state, context, command, drawn } = open()
    command(prompt())
    const first = context().workId
    command(prompt("deposit 5%"))
    expect(drawn(first)).toBe(false)
    expect(state()).toBe("generate")
    expect(drawn()).toBe(true)
    expect(context().variants[0]?.brief.products[0]?.name).toBe("deposit")
  })

  it("refuses a variant that is not truthful", () => {
    const { state, command, drawn } = open()
    command(prompt())
    expect(drawn(undefined, false)).toBe(false)
    expect(state()).toBe("generate")
  })

  it("times out into a state that a retry and a prompt leave", () => {
    const { state, context, command, take, drawn } = open()
    command(prompt())
    expect(take({ type: "GenerationTimedOut", at, workId: context().workId - 1 })).toBe(false)
    expect(take({ type: "GenerationTimedOut", at, workId: context().workId })).toBe(true)
    expect(state()).toBe("timedOut")
    expect(drawn(context().workId)).toBe(false)
    expect(command({ type: "RetryGeneration" })).toBe("taken")
    take({ type: "GenerationFailed", at, workId: context().workId, reason: "no" })
    expect(state()).toBe("failed")
    expect(context().trouble).toBe("no")
    expect(command(prompt())).toBe("taken")
    expect(state()).toBe("generate")
  })

  it("keeps what is shared while a new picture is drawn, and turns off with the conference from any state", () => {
    const { state, context, command, drawn } = open()
    command(prompt())
    drawn()
    command({ type: "ShareIllustration", variantIndex: 0 })
    command(prompt("deposit 5%"))
    expect(state()).toBe("generate")
    expect(context().shared).toBe(0)
    command({ type: "EndConference" })
    expect(state()).toBe("off")
    expect(context().shared).toBeNull()
    expect(command(prompt())).toContain("the conference has ended")
  })

  it("changes nothing but the trouble when a prompt or a remark is refused", () => {
    const { state, context, command, drawn } = open()
    command(prompt("вклад 10 %, золото в слитках"))
    expect(state()).toBe("awaitPrompt")
    expect(context().trouble).toContain("золото в слитках")
    command(prompt())
    drawn()
    const variants = context().variants
    command({ type: "GiveRemark", remark: "сделай золото вдвое выше" })
    expect(state()).toBe("review")
    expect(context().variants).toBe(variants)
    expect(context().trouble).toContain("введёт клиента в заблуждение")
  })

  it("undoes to the variant that a remark was made on, and says so when there is none", () => {
    const { context, command, drawn } = open()
    command(prompt())
    drawn()
    command({ type: "GiveRemark", remark: "winter" })
    drawn()
    expect(command({ type: "GiveRemark", remark: "отмени" })).toBe("taken")
    expect(context().current).toBe(0)
    expect(command({ type: "GiveRemark", remark: "undo" })).toContain("Cannot undo")
  })

  it(`forgets the oldest unshared variant beyond ${variantsMax}, and keeps the shared one`, () => {
    const { context, command, drawn } = open()
    for (let index = 0; index <= variantsMax; index += 1) {
      command(prompt())
      drawn()
      if (index === 0) command({ type: "ShareIllustration", variantIndex: 0 })
    }
    expect(context().variants).toHaveLength(variantsMax)
    expect(
      context()
        .variants.slice(0, 2)
        .map(({ variantIndex }) => variantIndex)
    ).toEqual([0, 2])
    expect(command({ type: "ShareIllustration", variantIndex: 1 })).toContain("no longer kept")
  })

  it("takes a tap only on what is shared, and no tap or refusal disturbs the picture in work", () => {
    const { take, state, context, command, drawn } = open()
    const tap = (productIndex: number) => take({ type: "IllustrationTapped", at, variantIndex: 0, productIndex })
    command(prompt())
    drawn()
    expect(tap(0)).toBe(false)
    command({ type: "ShareIllustration", variantIndex: 0 })
    expect(tap(1)).toBe(true)
    expect(tap(2)).toBe(false)
    command(prompt())
    const { workId } = context()
    expect(tap(0)).toBe(true)
    command(prompt("вклад"))
    expect([state(), context().workId]).toEqual(["generate", workId])
    expect(drawn(workId)).toBe(true)
  })
})
