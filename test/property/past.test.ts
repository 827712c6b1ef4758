/** Going back: the state after the nth event is the one that folding the first n leads to, whichever way it is asked for. */
import { Effect, Stream } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { createActor } from "xstate"
import type { StoredEvent } from "../../actors/event-store.ts"
import { pastState } from "../../actors/past.ts"
import { storyOf } from "../../bench/conference-story.ts"
import { conferenceMachine } from "../../machines/conference.ts"
import { foldAudit } from "../../projections/audit-report.ts"
import { masked } from "../../projections/past.ts"

const story = [...storyOf("c", "anna", 1, 12)].flat() as unknown as readonly StoredEvent[]

/** A journal's reading side with the story in commits of some events each. */
function readerOf(commitEvents: number) {
  const commits: { firstVersion: number; events: readonly StoredEvent[] }[] = []
  for (let at = 0; at < story.length; at += commitEvents) {
    commits.push({ firstVersion: at + 1, events: story.slice(at, at + commitEvents) })
  }
  return { read: (stream: string) => Stream.fromIterable(stream.startsWith("conference-") ? commits : []) } as never
}

const look = (point: Parameters<typeof pastState>[3], commitEvents = 7) =>
  Effect.runPromise(pastState(readerOf(commitEvents), "c", "conference", point))

describe("a past state", () => {
  it("is what the first events alone lead to, however they were committed", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: story.length }),
        fc.integer({ min: 1, max: 40 }),
        async (version, size) => {
          const actor = createActor(conferenceMachine).start()
          for (const event of story.slice(0, version)) actor.send(event as never)
          const past = await look({ version }, size)
          expect(past.state).toBe(String(actor.getSnapshot().value))
          expect(past.context).toEqual(actor.getSnapshot().context)
          expect(past.version).toBe(version)
          expect(past.versionCount).toBe(story.length)
          expect(past.event?.type).toBe(story[version - 1]?.type)
          expect(past.around.map((one) => one.version)).toContain(version)
        }
      ),
      { numRuns: 60 }
    )
  })

  it("at a moment is that after the last event not later", async () => {
    const { at } = story[9]!
    const past = await look({ at })
    expect(story[past.version - 1]!.at).toBeLessThanOrEqual(at)
    expect(story[past.version]!.at).toBeGreaterThan(at)
    expect((await look({ at: story[0]!.at - 1 })).version).toBe(0)
    expect((await look({ end: true })).version).toBe(story.length)
  })

  it("that never was is refused, with what there is", async () => {
    await expect(look({ version: story.length + 1 })).rejects.toThrow(`it has events 1 to ${story.length}`)
    const nothing = { read: () => Stream.empty } as never
    await expect(Effect.runPromise(pastState(nothing, "x", "conference", { end: true }))).rejects.toThrow(
      "no such conference"
    )
  })
})

it("takes personal data out wherever it stands, and nothing else", () => {
  const event = {
    type: "PromptGiven",
    at: 5,
    prompt: "депозит для Анны 10 %",
    brief: { products: [{ name: "депозит Анны", yieldPercent: 10 }] },
    subject: "0123abcd-0123-0123-0123-0123456789ab"
  }
  const text = JSON.stringify(masked(event))
  expect(text).not.toMatch(/Анн|0123abcd-/)
  expect(masked(event)).toMatchObject({
    type: "PromptGiven",
    at: 5,
    brief: { products: [{ yieldPercent: 10 }] },
    subject: "0123…"
  })
})

it("counts for auditors what happened in the stretch of time and nothing beside it", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1, max: 100 }), (from, length) => {
      const fold = foldAudit(from, from + length)
      for (let at = 0; at < 200; at++) {
        fold.take({ type: "ConsentGiven", at, consent: `c${at}`, purposes: ["trends"] })
        fold.take({ type: "ConsentWithdrawn", at, consent: `c${at}` })
        fold.take({ type: "SignInRefused", at, actor: "unknown", account: "a", why: "wrongCode", count: 2 })
      }
      const { consents, signIns, failedSignIns } = fold.report()
      expect(consents).toEqual({ trends: { given: length, withdrawn: length } })
      expect(signIns.failed).toBe(2 * length)
      expect(failedSignIns).toEqual([{ account: "a", why: "wrongCode", count: 2 * length }])
    })
  )
})
