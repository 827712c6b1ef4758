/**
 * A quicker step for flat machines: states with no states inside, and actions that only assign. XState's own step is made for hierarchies,
 * regions, histories, children and raised events; such a machine it brings to the same snapshot in ten times the time (`node bench/replay.ts`).
 * Which transition an event takes, guards and all, stays XState's answer; only taking it is done here. What is not flat is refused.
 * Inspectors see events and snapshots, no microsteps.
 */
import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode, AnyTransitionDefinition, EventObject } from "xstate"

type Context = Readonly<Record<string, unknown>>
/** What an action puts into the context: always the same, or what follows from context and event. */
type Assignment = Context | ((from: { readonly context: Context; readonly event: EventObject }) => Context)

/** What a transition does. */
interface Step {
  /** The snapshot of its target but for the context. */
  readonly arrived: AnyMachineSnapshot | undefined
  readonly assignments: readonly Assignment[]
}

/** The same machine; only its `transition` is another. */
export function flat<Machine extends AnyStateMachine>(machine: Machine): Machine {
  const steps = stepsOf(machine)
  const slowly = machine.transition
  const transition: typeof slowly = (snapshot, event, scope) => {
    const [taken] = machine.getTransitionData(snapshot, event)
    // Nothing that the machine itself says: it ignores the event, or XState answers it, as when the actor is stopped.
    if (taken === undefined) return slowly(snapshot, event, scope)
    const { arrived = snapshot, assignments } = steps.get(taken)!
    if (assignments.length === 0 && arrived.value === snapshot.value) return snapshot
    let context: Context = snapshot.context
    for (const assignment of assignments) {
      const assigned = typeof assignment === "function" ? assignment({ context, event }) : assignment
      context = { ...context, ...assigned }
    }
    return { ...arrived, context }
  }
  return Object.assign(machine, { transition })
}

function stepsOf(machine: AnyStateMachine): ReadonlyMap<AnyTransitionDefinition, Step> {
  const refused = (why: string) =>
    new Error(`Cannot step "${machine.id}" as a flat machine: ${why}. Do not call it flat`)
  const states: readonly AnyStateNode[] = Object.values(machine.states)
  const arrivals = new Map(states.map((state) => [state, machine.resolveState({ value: state.key, context: {} })]))
  const steps = new Map<AnyTransitionDefinition, Step>()
  for (const node of [machine.root, ...states]) {
    const { key, type, entry, exit, invoke, after, always = [], output } = node
    const isAlone = node === machine.root ? type === "compound" : type === "atomic" || type === "final"
    if (!isAlone) throw refused(`"${key}" is ${type}`)
    const isQuiet = [entry, exit, invoke, after, always].every(({ length }) => length === 0) && output === undefined
    if (!isQuiet) throw refused(`"${key}" does more than take events`)
    for (const transition of [...node.transitions.values()].flat()) {
      // It would take XState's own events as well.
      if (transition.eventType.endsWith("*")) throw refused(`"${key}" takes events it does not name`)
      const [target] = transition.target ?? []
      const arrived = target === undefined ? undefined : arrivals.get(target)
      if (target !== undefined && arrived === undefined)
        throw refused(`"${transition.eventType}" leads to no state of it`)
      const assignments = transition.actions.map((action) => {
        const assignment = assignmentOf(machine, action)
        if (assignment === undefined) throw refused(`"${transition.eventType}" does more than assign in "${key}"`)
        return assignment
      })
      steps.set(transition, { arrived, assignments })
    }
  }
  return steps
}

/** None when the action is no `assign` of a function or of values. */
function assignmentOf(
  machine: AnyStateMachine,
  action: AnyTransitionDefinition["actions"][number]
): Assignment | undefined {
  const name = typeof action === "object" ? action.type : action
  const made = typeof name === "string" ? machine.implementations.actions[name] : name
  const { assignment } = (made ?? {}) as { readonly assignment?: Assignment }
  const isOfValues =
    typeof assignment === "object" && Object.values(assignment).every((value) => typeof value !== "function")
  return typeof assignment === "function" || isOfValues ? assignment : undefined
}
