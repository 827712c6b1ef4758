/** What the host promises, for a small machine with work and a timer: on any history, and when the store fails. */
import { Effect, Layer, Logger, Scope } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { assign, setup } from "xstate"
import { Committer, commitEveryMs, journalSilenceMsMax } from "../../actors/committer.ts"
import type { StoredEvent } from "../../actors/event-store.ts"
import { type Behaviour, hostActor } from "../../actors/host.ts"
import { MemoryStore } from "../server/memory-store.ts"

interface Lamp {
  readonly wishes: number
  readonly lit: number
  readonly askedAt: number
}
type LampEvent = StoredEvent &
  (
    | { readonly type: "LightWanted" }
    | { readonly type: "LampLit"; readonly wish: number }
    | { readonly type: "WishForgotten"; readonly wish: number }
    | { readonly type: "OwnerTaken" }
  )

/** A lamp that takes a while to light: each wish is work, and a wish that takes too long is forgotten. */
const lampMachine = setup({
  types: { context: {} as Lamp, events: {} as LampEvent },
  guards: {
    isPresent: ({ context, event }) =>
      (event.type === "LampLit" || event.type === "WishForgotten") && event.wish === context.wishes
  }
}).createMachine({
  id: "lamp",
  initial: "dark",
  context: { wishes: 0, lit: 0, askedAt: 0 },
  on: {
    OwnerTaken: { actions: assign({}) },
    LightWanted: {
      target: ".lighting",
      actions: assign(({ context, event }) => ({ wishes: context.wishes + 1, askedAt: event.at }))
    }
  },
  states: {
    dark: {},
    lighting: {
      tags: "work:light",
      on: {
        LampLit: { target: "lit", guard: "isPresent", actions: assign(({ context }) => ({ lit: context.lit + 1 })) },
        WishForgotten: { target: "dark", guard: "isPresent" }
      }
    },
    lit: {}
  }
})
// biome-ignore lint/suspicious/noExplicitAny: the snapshot's type is of no interest here.
type LampSnapshot = any

const forgottenAfterMs = 5_000

/** A host over a store of ours, with Effect's test clock, and a log of what the work did. */
async function withLamp<A>(
  store: MemoryStore,
  lightMs: number,
  use: (lamp: {
    open: () => Effect.Effect<Awaited<ReturnType<typeof hosted>>, unknown>
    works: string[]
    committer: (typeof Committer)["Service"]
  }) => Effect.Effect<A, unknown>
): Promise<A> {
  const works: string[] = []
  const behaviour: Behaviour<LampSnapshot, LampEvent> = {
    machine: lampMachine,
    work: {
      "work:light": (_snapshot, wish) =>
        Effect.suspend(() => {
          works.push(`began ${wish}`)
          return Effect.as(Effect.sleep(lightMs), [{ type: "LampLit", at: 0, wish } as LampEvent])
        })
    },
    workId: ({ context }) => context.wishes,
    timers: (snapshot) =>
      snapshot.hasTag("work:light")
        ? [
            {
              name: "forget",
              id: snapshot.context.wishes,
              dueAt: snapshot.context.askedAt + forgottenAfterMs,
              elapsed: (at) => ({ type: "WishForgotten", at, wish: snapshot.context.wishes })
            }
          ]
        : []
  }
  const program = Effect.gen(function* () {
    const scope = yield* Effect.scope
    const committer = yield* Committer
    const open = () =>
      hostActor<LampSnapshot, LampEvent>({
        behaviour,
        stream: "lamp-1",
        keyScope: { kind: "operations" },
        owner: "test"
      }).pipe(Scope.provide(scope))
    return yield* use({ open: open as never, works, committer })
  })
  const layers = Committer.layer.pipe(
    Layer.provideMerge(store.layer),
    Layer.provideMerge(TestClock.layer()),
    Layer.provideMerge(Logger.layer([]))
  )
  return Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(layers)) as Effect.Effect<A>)
}
declare function hosted(): Promise<import("../../actors/host.ts").Hosted<LampSnapshot, LampEvent>>

const wanted = (at: number): LampEvent => ({ type: "LightWanted", at })
const typesOf = (store: MemoryStore) => store.eventsOf("lamp-1").map(({ type }) => type)

describe("the host", () => {
  it("drops the outcome of work that a newer wish replaced, and begins the newer one", async () => {
    const store = new MemoryStore()
    await withLamp(store, 1_000, ({ open, works }) =>
      Effect.gen(function* () {
        const lamp = yield* open()
        lamp.tell([wanted(0)])
        yield* TestClock.adjust(600)
        lamp.tell([wanted(600)])
        yield* TestClock.adjust(600)
        expect(lamp.snapshot().value).toBe("lighting")
        yield* TestClock.adjust(600)
        expect(lamp.snapshot().value).toBe("lit")
        expect(works).toEqual(["began 1", "began 2"])
        yield* TestClock.adjust(commitEveryMs)
      })
    )
    expect(typesOf(store)).toEqual(["OwnerTaken", "LightWanted", "LightWanted", "LampLit"])
  })

  it("takes its timers as events, and forgets those of a state that was left", async () => {
    const store = new MemoryStore()
    await withLamp(store, forgottenAfterMs * 2, ({ open }) =>
      Effect.gen(function* () {
        const lamp = yield* open()
        lamp.tell([wanted(0)])
        yield* TestClock.adjust(forgottenAfterMs - 1)
        lamp.tell([wanted(forgottenAfterMs - 1)])
        yield* TestClock.adjust(forgottenAfterMs - 1)
        expect(lamp.snapshot().value).toBe("lighting")
        yield* TestClock.adjust(1_000)
        expect(lamp.snapshot().value).toBe("dark")
      })
    )
    expect(typesOf(store).filter((type) => type === "WishForgotten")).toHaveLength(1)
  })

  it("repeats no work that is done when the journal is replayed, and begins what was still due", async () => {
    const store = new MemoryStore()
    await withLamp(store, 100, ({ open, works }) =>
      Effect.gen(function* () {
        const lamp = yield* open()
        lamp.tell([wanted(0)])
        yield* TestClock.adjust(1_000)
        yield* lamp.close
        const again = yield* open()
        expect(again.snapshot().value).toBe("lit")
        expect(works).toEqual(["began 1"])
        again.tell([wanted(1_000)])
        yield* again.close
        const third = yield* open()
        yield* TestClock.adjust(1_000)
        expect(third.snapshot().value).toBe("lit")
        expect(works).toEqual(["began 1", "began 2", "began 2"])
      })
    )
  })

  it("refuses what the machine does not take, and appends nothing of it", async () => {
    const store = new MemoryStore()
    await withLamp(store, 100, ({ open }) =>
      Effect.gen(function* () {
        const lamp = yield* open()
        expect(lamp.tell([{ type: "LampLit", at: 0, wish: 7 }])).toMatchObject({
          _tag: "EventRefused",
          event: "LampLit"
        })
        yield* TestClock.adjust(1_000)
      })
    )
    expect(typesOf(store)).toEqual(["OwnerTaken"])
  })

  it("stops when another owner appended first, and goes on from the journal when it is opened again", async () => {
    const store = new MemoryStore()
    await withLamp(store, 60_000, ({ open }) =>
      Effect.gen(function* () {
        const first = yield* open()
        yield* TestClock.adjust(1_000)
        const second = yield* open()
        yield* TestClock.adjust(1_000)
        first.tell([wanted(0)])
        yield* TestClock.adjust(1_000)
        expect(yield* first.stopped).toMatchObject({ _tag: "ActorStopped" })
        expect(first.tell([wanted(0)])).toMatchObject({ _tag: "ActorStopped" })
        expect(second.tell([wanted(0)])).toBeNull()
        yield* TestClock.adjust(1_000)
        expect(second.durableVersion()).toBe(3)
      })
    )
    expect(typesOf(store)).toEqual(["OwnerTaken", "OwnerTaken", "LightWanted"])
  })

  it("keeps every event exactly once and in order, however often the store fails before or after it took them", async () => {
    const steps = fc.array(fc.constantFrom("tell" as const, "before" as const, "after" as const, "wait" as const), {
      maxLength: 40
    })
    await fc.assert(
      fc.asyncProperty(steps, async (commands) => {
        const store = new MemoryStore()
        let told = 0
        await withLamp(store, 3_600_000, ({ open, committer }) =>
          Effect.gen(function* () {
            const lamp = yield* open()
            for (const command of commands) {
              if (command === "tell") {
                told += 1
                expect(lamp.tell([wanted(told)])).toBeNull()
              } else if (command === "wait") yield* TestClock.adjust(300)
              else store.failures.push(command)
            }
            yield* TestClock.adjust(60_000)
            expect(committer.isRecording()).toBe(true)
            expect(lamp.durableVersion()).toBe(lamp.version())
          })
        )
        const times = store.eventsOf("lamp-1").flatMap((event) => (event.type === "LightWanted" ? [event.at] : []))
        expect(times).toEqual(Array.from({ length: told }, (_, index) => index + 1))
      }),
      { numRuns: 60 }
    )
  })

  it("says that nothing is being recorded once the store was silent too long, and that it is again afterwards", async () => {
    const store = new MemoryStore()
    await withLamp(store, 3_600_000, ({ open, committer }) =>
      Effect.gen(function* () {
        const lamp = yield* open()
        store.failures = Array.from({ length: 12 }, () => "before" as const)
        lamp.tell([wanted(0)])
        yield* TestClock.adjust(journalSilenceMsMax + 500)
        expect(committer.isRecording()).toBe(false)
        yield* TestClock.adjust(20_000)
        expect(committer.isRecording()).toBe(true)
        expect(lamp.durableVersion()).toBe(lamp.version())
      })
    )
  })
})
