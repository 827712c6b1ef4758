/**
 * One-time codes for clients: six digits, hashed, in memory, good for ten minutes and five tries. How often one is sent is bounded. The
 * code goes out by the bank's own way and never to the page.
 */
import { randomInt, timingSafeEqual } from "node:crypto"
import { Clock, Effect } from "effect"
import { CodeOutbox, LinkRefused } from "../../actors/client-links.ts"
import { hashOf } from "./sessions.ts"

/** A text message may take minutes. */
const codeMsMax = 10 * 60_000
/** Of a million: one chance in 200,000 for each code sent. */
const triesMax = 5
/** Somebody who asks again too soon would only get two codes mixed up. */
const againMs = 60_000
/** Codes for one meeting in a day: each costs the bank a message. */
const sentMax = 10
const dayMs = 24 * 3_600_000
const meetingsMax = 10_000

interface Sent {
  hash: Uint8Array
  triesLeft: number
  endsAt: number
  sentAt: number
  count: number
  readonly since: number
}

export interface OneTimeCodes {
  /** When the next may be asked for, milliseconds since 1970. */
  readonly send: (
    meeting: string,
    to: { readonly client: string; readonly contacts: readonly string[] }
  ) => Effect.Effect<{ readonly endsAt: number; readonly againAt: number }, LinkRefused>
  readonly check: (meeting: string, code: string) => Effect.Effect<void, LinkRefused>
}

export const makeOneTimeCodes = Effect.map(CodeOutbox, (outbox): OneTimeCodes => {
  const sent = new Map<string, Sent>()
  const refuse = (reason: (typeof LinkRefused.Type)["reason"], why: string, retryAfterMs?: number) =>
    new LinkRefused({ reason, why, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })

  return {
    send: Effect.fnUntraced(function* (meeting, to) {
      const now = yield* Clock.currentTimeMillis
      const before = sent.get(meeting)
      const today = before !== undefined && now - before.since < dayMs ? before : undefined
      const waitMs =
        today === undefined ? 0 : today.count >= sentMax ? today.since + dayMs - now : today.sentAt + againMs - now
      if (waitMs > 0) {
        return yield* refuse(
          "codeTooSoon",
          "Cannot send another code yet: the last one may still be on its way",
          waitMs
        )
      }
      const code = String(randomInt(1_000_000)).padStart(6, "0")
      const endsAt = now + codeMsMax
      yield* outbox.send({ ...to, code, endsAt })
      if (sent.size >= meetingsMax) sent.delete(sent.keys().next().value!)
      const count = (today?.count ?? 0) + 1
      const since = today?.since ?? now
      sent.set(meeting, { hash: hashOf(`${meeting} ${code}`), triesLeft: triesMax, endsAt, sentAt: now, count, since })
      return { endsAt, againAt: now + againMs }
    }),
    check: Effect.fnUntraced(function* (meeting, code) {
      const now = yield* Clock.currentTimeMillis
      const found = sent.get(meeting)
      if (found === undefined || found.endsAt < now || found.triesLeft === 0) {
        return yield* refuse("codeOver", "Cannot accept the code: none is waiting, or it ran out. Ask for a new one")
      }
      found.triesLeft -= 1
      if (!timingSafeEqual(found.hash, hashOf(`${meeting} ${code.replaceAll(/\s/g, "")}`))) {
        return yield* refuse("codeWrong", "Cannot accept the code: it is wrong. Look at the message again")
      }
      found.triesLeft = 0
    })
  }
})
