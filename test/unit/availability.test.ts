/** Seconds of availability: those between two looks at which the server was there, and none of a gap that nobody saw. */
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { expect, it } from "vitest"
import { countAvailability } from "../../infra/metrics/availability.ts"

it("adds the time in which it was there at both looks, and nothing else", async () => {
  let there = false
  let seconds = 0
  const program = Effect.gen(function* () {
    const counting = yield* Effect.forkChild(
      countAvailability(
        () => there,
        (more) => {
          seconds += more
        }
      )
    )
    const pass = (count: number) =>
      Effect.gen(function* () {
        for (let second = 0; second < count; second += 1) yield* TestClock.adjust("1 second")
      })
    yield* pass(5)
    expect(seconds).toBe(0)
    there = true
    yield* pass(10)
    expect(seconds).toBe(9)
    there = false
    yield* pass(10)
    expect(seconds).toBe(9)
    there = true
    yield* pass(3)
    expect(seconds).toBe(11)
    yield* Fiber.interrupt(counting)
  })
  await Effect.runPromise(Effect.provide(program, TestClock.layer()))
})
