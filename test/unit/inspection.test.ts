/** What the inspector's feed says has the shapes that `@statelyai/inspect` itself sends, and nothing personal in it. */
import { createInspector, type StatelyInspectionEvent } from "@statelyai/inspect"
import { expect, it, vi } from "vitest"
import { createActor } from "xstate"
import { storyOf } from "../../bench/conference-story.ts"
import { conferenceMachine } from "../../machines/conference.ts"
import { type InspectionMessage, messagesOf } from "../../projections/inspection.ts"

const events = [...storyOf("0123abcd-0123-0123-0123-0123456789ab", "anna", 1, 2)].flat()

const ours = (): readonly InspectionMessage[] => {
  const actor = createActor(conferenceMachine).start()
  for (const event of events) actor.send(event as never)
  const { status, value, context } = actor.getSnapshot()
  const conference = "0123abcd-0123-0123-0123-0123456789ab"
  const seen = { machine: "conference", conference, snapshot: { status, value, context }, events } as const
  return messagesOf({ ...seen, isFirst: true, firstNumber: 0, at: 5 } as Parameters<typeof messagesOf>[0])
}

const theirs = async (): Promise<readonly StatelyInspectionEvent[]> => {
  const sent: StatelyInspectionEvent[] = []
  const inspector = createInspector({ send: (event) => void sent.push(event) })
  const actor = createActor(conferenceMachine, { inspect: inspector.inspect as never }).start()
  for (const event of events) actor.send(event as never)
  // The package hands its events on when the process is idle.
  await vi.waitFor(() => expect(sent.length).toBeGreaterThan(events.length))
  inspector.stop()
  return sent
}

it.each(["@xstate.actor", "@xstate.event", "@xstate.snapshot"] as const)(
  "%s has the package's fields",
  async (type) => {
    const [own, reference] = [ours(), await theirs()].map((all) => all.find((message) => message.type === type))
    expect(reference).toBeDefined()
    expect(Object.keys(own ?? {}).sort()).toEqual(Object.keys(reference ?? {}).sort())
  }
)

it("says each event once, in order, and then the state they led to", () => {
  const messages = ours()
  expect(messages.filter(({ type }) => type === "@xstate.event")).toHaveLength(events.length)
  expect(messages.map(({ id }) => Number(id))).toEqual(messages.map((_, index) => index))
  expect(messages.at(-1)).toMatchObject({ type: "@xstate.snapshot" })
  expect(JSON.stringify(messages)).not.toContain("anna")
})
