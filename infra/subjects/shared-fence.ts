/**
 * The fence around a subject who is being erased, raised in every process that shares a PostgreSQL journal. A process says
 * a few times a second that it is there, raises its own fence for whoever is fenced, and answers. Whoever erases waits for
 * the answers of all that were heard of lately; one that was not is dead, or asleep: when it wakes, it finds the key gone
 * before its next commit, and what it would append is refused. Polling, not NOTIFY, as followers do.
 */
import { randomUUID } from "node:crypto"
import { Effect, Layer, Schedule } from "effect"
import { Fence, FenceNotRaised } from "../../actors/erasure-ports.ts"
import { StoreUnavailable } from "../../actors/event-store.ts"
import { isKurrentAddress } from "../journal/kurrentdb.ts"
import { addressOf, connect, type Sql, withLayoutLock } from "../journal/postgres.ts"
import { KeyStore } from "../keys/key-store.ts"

/** How soon a process raises a fence that another has raised, in milliseconds: a few of them fit into the second a withdrawal may take. */
const pollMs = 200
/** A process that was not heard of for so long is taken for dead, in milliseconds: many polls, and a long pause of its memory's cleaning. */
const silentMsMax = 5_000
/** How long the answers may take, in milliseconds: ending a conference takes up to five seconds, and a silent process as long. */
const answerMsMax = 15_000
const closeSecondsMax = 1

const tables = `
  CREATE TABLE IF NOT EXISTS mimika.processes (id uuid PRIMARY KEY, seen_at timestamptz NOT NULL);
  CREATE TABLE IF NOT EXISTS mimika.fences (subject text PRIMARY KEY);
  CREATE TABLE IF NOT EXISTS mimika.fence_answers (
    subject text REFERENCES mimika.fences ON DELETE CASCADE, process uuid, ended_count integer NOT NULL,
    PRIMARY KEY (subject, process)
  );`

export interface SharedFenceOptions {
  readonly url: string
  /** Whether conferences run in this process, so that others must wait for its answer. */
  readonly hosts: boolean
  readonly silentMs?: number
}

/** Over this process's own fence. */
export const sharedFence = ({ url, hosts, silentMs = silentMsMax }: SharedFenceOptions) =>
  Layer.effect(
    Fence,
    Effect.gen(function* () {
      const own = yield* Fence
      const keys = yield* KeyStore
      const self = randomUUID()
      /** Raised because another process did, and because this one erases. */
      const heard = new Set<string>()
      const erasing = new Set<string>()
      const ask = <A>(steps: (sql: Sql) => Promise<A>) =>
        Effect.tryPromise({
          try: () => steps(sql),
          catch: (error) =>
            new StoreUnavailable({
              action: `share the fence in PostgreSQL at "${addressOf(url)}"`,
              why: (error as Error).message,
              advice: "Check the database; what is being erased stays fenced in this process"
            })
        })
      const sql = yield* Effect.acquireRelease(
        Effect.sync(() => connect(url)),
        (opened) => Effect.promise(() => opened.end({ timeout: closeSecondsMax }))
      )
      yield* ask((opened) => withLayoutLock(opened, (transaction) => transaction.unsafe(tables)))

      /** Says that we are here first, then looks who is fenced: whoever raises does it the other way round, so one sees the other. */
      const poll = Effect.gen(function* () {
        yield* ask(
          (opened) => opened`
          INSERT INTO mimika.processes (id, seen_at) VALUES (${self}, clock_timestamp())
          ON CONFLICT (id) DO UPDATE SET seen_at = clock_timestamp()`
        )
        const rows = yield* ask((opened) => opened<{ readonly subject: string }[]>`SELECT subject FROM mimika.fences`)
        const fenced = new Set(rows.map(({ subject }) => subject))
        for (const subject of fenced) {
          if (heard.has(subject) || erasing.has(subject)) continue
          const endedCount = yield* own.raise(subject)
          heard.add(subject)
          yield* ask(
            (opened) => opened`
            INSERT INTO mimika.fence_answers (subject, process, ended_count)
            SELECT subject, ${self}, ${endedCount} FROM mimika.fences WHERE subject = ${subject} ON CONFLICT DO NOTHING`
          )
        }
        for (const subject of heard) {
          if (fenced.has(subject)) continue
          heard.delete(subject)
          if (!erasing.has(subject)) yield* own.lower(subject)
        }
        // A key that was destroyed elsewhere is not held here until somebody happens to need another.
        yield* keys.refresh()
      })

      if (hosts) {
        yield* Effect.mapError(poll, (error) =>
          error instanceof StoreUnavailable
            ? error
            : new StoreUnavailable({ action: "raise a fence at start", why: error.message, advice: "Start again" })
        )
        // Released after the polling below has stopped, which would say again that we are here.
        yield* Effect.addFinalizer(() =>
          Effect.ignore(ask((opened) => opened`DELETE FROM mimika.processes WHERE id = ${self}`))
        )
        const quietly = Effect.catch(poll, (error) =>
          Effect.logWarning("The fence shared with other processes cannot be looked at; trying again", {
            why: error.message
          })
        )
        yield* Effect.forkScoped(Effect.repeat(Effect.uninterruptible(quietly), Schedule.spaced(pollMs)))
      }

      const waitingFor = (subject: string) =>
        ask(
          (opened) => opened<{ readonly waiting: number; readonly ended: number }[]>`
          SELECT (SELECT count(*)::integer FROM mimika.processes p
              WHERE p.id <> ${self} AND p.seen_at > clock_timestamp() - ${silentMs} * interval '1 millisecond'
                AND NOT EXISTS (SELECT FROM mimika.fence_answers a WHERE a.subject = ${subject} AND a.process = p.id)) AS waiting,
            (SELECT coalesce(sum(ended_count), 0)::integer FROM mimika.fence_answers
              WHERE subject = ${subject} AND process <> ${self}) AS ended`
        )

      const raise = Effect.fnUntraced(function* (subject: string) {
        erasing.add(subject)
        const endedHere = yield* own.raise(subject)
        yield* ask((opened) => opened`INSERT INTO mimika.fences (subject) VALUES (${subject}) ON CONFLICT DO NOTHING`)
        const answered = Effect.gen(function* () {
          while (true) {
            const [state] = yield* waitingFor(subject)
            if (state!.waiting === 0) return state!.ended
            yield* Effect.sleep(pollMs / 4)
          }
        })
        const endedElsewhere = yield* Effect.timeoutOption(answered, answerMsMax)
        if (endedElsewhere._tag === "Some") return endedHere + endedElsewhere.value
        const why = `another process of this journal did not end the client's conferences within ${answerMsMax / 1000} s`
        return yield* new FenceNotRaised({ why })
      })

      return Fence.of({
        raise: (subject) => Effect.mapError(raise(subject), (error) => new FenceNotRaised({ why: error.message })),
        lower: (subject) =>
          Effect.gen(function* () {
            // What cannot be lowered in the database stays up everywhere, which errs towards the person's wish.
            yield* ask((opened) => opened`DELETE FROM mimika.fences WHERE subject = ${subject}`)
            erasing.delete(subject)
            yield* own.lower(subject)
          }).pipe(
            Effect.catch((error) =>
              Effect.logError("A fence could not be lowered; it stays up", { why: error.message })
            )
          )
      })
    })
  )

/** The fence for a journal: shared where the journal is. */
export const fenceAt = <R>(url: string | undefined, own: Layer.Layer<Fence, never, R>, hosts: boolean) =>
  url === undefined || isKurrentAddress(url) ? own : Layer.provide(sharedFence({ url, hosts }), own)
