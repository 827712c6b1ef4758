/** The quicker step of flat machines against XState's own, on any such machine and any events; and what it refuses to step. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type AnyMachineSnapshot, type AnyStateMachine, assign, createActor, createMachine, raise } from "xstate"
import { flat } from "../../machines/flat-machine.ts"

const states = ["a", "b", "c", "end"]
const events = ["one", "two", "three"]
const implementations = {
  guards: { isEven: ({ context }: { context: { count: number } }) => context.count % 2 === 0 },
  actions: {
    count: assign(({ context }: { context: { count: number } }) => ({ count: context.count + 1 })),
    keep: assign(({ event }) => ({ last: event })),
    mark: assign({ marked: true }),
    leave: assign(() => ({}))
  }
}
const transition = fc.record(
  {
    target: fc.constantFrom(...states),
    guard: fc.constant("isEven"),
    actions: fc.subarray(Object.keys(implementations.actions)),
    reenter: fc.boolean()
  },
  { requiredKeys: [] }
)
const on = fc.dictionary(fc.constantFrom(...events), fc.array(transition, { minLength: 1, maxLength: 2 }))
const atRoot = on.map((all) =>
  Object.fromEntries(
    Object.entries(all).map(([type, transitions]) => [
      type,
      transitions.map(({ target, ...rest }) => (target === undefined ? rest : { ...rest, target: `.${target}` }))
    ])
  )
)
const config = fc.record({ root: atRoot, a: on, b: on, c: on }).map(({ root, a, b, c }) => ({
  id: "any",
  initial: "a",
  context: { count: 0 },
  on: root,
  states: { a: { on: a, tags: ["work"] }, b: { on: b }, c: { on: c, tags: ["work", "timer"] }, end: { type: "final" } }
}))
const history = fc.array(fc.constantFrom(...events, "unknown", "xstate.error.actor.nobody"), { maxLength: 40 })

/** What a snapshot says, the nodes it stands in, and what it can be asked. */
const seen = ({
  value,
  status,
  context,
  tags,
  output,
  error,
  children,
  historyValue,
  ...rest
}: AnyMachineSnapshot) => ({
  ...{ value, status, context, tags, output, error, children, historyValue },
  nodes: (rest as unknown as { _nodes: { id: string }[] })._nodes.map(({ id }) => id).sort(),
  keys: Object.keys(rest).sort()
})

describe("flat()", () => {
  it("comes to the snapshot that XState's own step comes to, ignores the same events, and is stopped in the same way", () => {
    fc.assert(
      fc.property(config, history, (config, types) => {
        const made = () => createMachine(config as never, implementations as never)
        const started = (machine: AnyStateMachine) => {
          const actor = createActor(machine)
          actor.subscribe({ error: () => {} })
          return actor.start()
        }
        const [quick, own] = [started(flat(made())), started(made())]
        for (const type of types) {
          const before = [quick.getSnapshot(), own.getSnapshot()]
          if (own.getSnapshot().status !== "active") break
          for (const actor of [quick, own]) actor.send({ type })
          expect(seen(quick.getSnapshot())).toEqual(seen(own.getSnapshot()))
          expect(quick.getSnapshot() === before[0]).toBe(own.getSnapshot() === before[1])
        }
        for (const actor of [quick, own]) actor.stop()
        expect(seen(quick.getSnapshot())).toEqual(seen(own.getSnapshot()))
        expect(quick.getPersistedSnapshot()).toEqual(own.getPersistedSnapshot())
      }),
      { numRuns: 300 }
    )
  })

  const nothing = () => {}
  it.each([
    ["states inside a state", { initial: "a", states: { a: { initial: "b", states: { b: {} } } } }],
    ["regions", { type: "parallel", states: { a: {}, b: {} } }],
    ["an action at entry", { initial: "a", states: { a: { entry: nothing } } }],
    ["an action at exit", { initial: "a", states: { a: { exit: nothing } } }],
    ["a delay", { initial: "a", states: { a: { after: { 5: "b" } }, b: {} } }],
    ["a transition without an event", { initial: "a", states: { a: { always: "b" }, b: {} } }],
    ["an invoked actor", { initial: "a", states: { a: { invoke: { src: "someone" } } } }],
    ["an effect", { initial: "a", states: { a: { on: { one: { actions: nothing } } } } }],
    ["an action nobody wrote", { initial: "a", states: { a: { on: { one: { actions: "missing" } } } } }],
    ["a raised event", { initial: "a", states: { a: { on: { one: { actions: raise({ type: "two" }) } } } } }],
    [
      "a property that is computed",
      { initial: "a", states: { a: { on: { one: { actions: assign({ n: () => 1 }) } } } } }
    ],
    ["whatever comes", { initial: "a", states: { a: { on: { "*": "a" } } } }],
    ["an output", { initial: "a", output: { n: 1 }, states: { a: { type: "final" } } }]
  ])("refuses %s", (_what, config) => {
    expect(() => flat(createMachine({ id: "any", ...config } as never))).toThrow('Cannot step "any" as a flat machine')
  })
})
