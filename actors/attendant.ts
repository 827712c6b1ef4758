/**
 * Does what an actor's state asks for: starts and ends its work, arms and disarms its timers. Work and timers have an
 * identity; what an earlier one still says is dropped here. It never looks at events and never appends.
 */
import { type Clock, type Context, Effect, type Fiber } from "effect"

export interface Timer<Event> {
  readonly name: string
  /** Changes when the timer is a new one: the old one is then forgotten. */
  readonly id: number
  /** Milliseconds since 1970. */
  readonly dueAt: number
  readonly elapsed: (at: number) => Event
}

/** Work by the tag that asks for it; answers the events of its outcome. */
export type Work<Snapshot, Event> = Readonly<
  Record<`work:${string}`, (snapshot: Snapshot, workId: number) => Effect.Effect<readonly Event[]>>
>

export interface Attendant<Snapshot> {
  /** Called after every change; `workId` is the wish that the work now due answers to. */
  readonly attend: (snapshot: Snapshot, workId: number) => void
  readonly stop: () => void
}

interface Running {
  readonly id: number
  /** Null for as long as it takes to start: what is done at once is over before there is a fiber to name. */
  fiber: Fiber.Fiber<void> | null
}

export function createAttendant<Snapshot extends { readonly tags: ReadonlySet<string> }, Event>(options: {
  readonly work: Work<Snapshot, Event>
  readonly timers: (snapshot: Snapshot) => readonly Timer<Event>[]
  readonly tell: (events: readonly Event[]) => void
  readonly clock: Clock.Clock
  readonly services: Context.Context<never>
}): Attendant<Snapshot> {
  const running = new Map<string, Running>()

  const end = (key: string, keep: (id: number) => boolean) => {
    const current = running.get(key)
    if (current === undefined || keep(current.id)) return
    running.delete(key)
    current.fiber?.interruptUnsafe()
  }

  /** Runs it unless it runs already; its outcome counts only while it is still the one that was asked for. */
  const begin = (key: string, id: number, outcome: Effect.Effect<readonly Event[]>) => {
    if (running.has(key)) return
    const entry: Running = { id, fiber: null }
    const settled = Effect.map(outcome, (events) => {
      if (running.get(key) !== entry) return
      running.delete(key)
      options.tell(events)
    })
    running.set(key, entry)
    entry.fiber = Effect.runForkWith(options.services)(settled)
  }

  return {
    attend(snapshot, workId) {
      for (const [tag, perform] of Object.entries(options.work)) {
        const due = snapshot.tags.has(tag)
        end(tag, (id) => due && id === workId)
        if (due)
          begin(
            tag,
            workId,
            Effect.suspend(() => perform(snapshot, workId))
          )
      }
      const timers = options.timers(snapshot)
      for (const key of running.keys()) {
        if (!key.startsWith("timer:")) continue
        end(key, (id) => timers.some((timer) => `timer:${timer.name}` === key && timer.id === id))
      }
      for (const timer of timers) {
        const waitMs = Math.max(0, timer.dueAt - options.clock.currentTimeMillisUnsafe())
        const elapsed = Effect.sync(() => [timer.elapsed(options.clock.currentTimeMillisUnsafe())])
        begin(`timer:${timer.name}`, timer.id, Effect.andThen(Effect.sleep(waitMs), elapsed))
      }
    },
    stop() {
      for (const key of [...running.keys()]) end(key, () => false)
    }
  }
}
