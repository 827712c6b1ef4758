/**
 * What pages are told as it happens: one socket path, `/feed`, for every kind of feed. A page first asks by HTTP, as itself, for a
 * ticket, which opens one socket once within half a minute; so a socket needs no cookie and no other site can open one. A
 * feed is closed when the person may no longer see it. What is said is the feed's.
 */
import { randomBytes } from "node:crypto"
import { Effect, Exit, Schedule } from "effect"
import { may, type Person } from "../../actors/access.ts"
import { routes as doors, type OpenRoute, type StaffRoute } from "../../actors/doors.ts"
import type { GatewaySocket, SocketPath } from "../../actors/gateway.ts"
import { Operations } from "../../actors/operations.ts"
import { abuseOf } from "../security/abuse.ts"
import { openRoute, type Refusal, type Route, route } from "./route.ts"

const ticketMsMax = 30_000
/** Tickets given out and not used: pages being opened. */
const ticketsMax = 1_000
/** A page says `ping` at least every 20 s. */
const idleMsMax = 60_000
/** A reader this far behind does not read: some pictures and a minute of states. */
const bufferedBytesMax = 4 * 1024 * 1024
const messageBytesMax = 4 * 1024
const socketsMax = 1_024
/** Pages being opened: a ticket is said at once, and holds a line of text. */
const strangersMax = 256
const messagesPerSecondMax = 10
/** How long somebody who was signed out, or lost the role, may go on watching, at most. */
const checkEvery = Schedule.spaced(10_000)

export interface FeedLink {
  /** As one JSON message; nothing after the close. */
  readonly send: (message: object) => void
  /** Bytes that wait for this reader: a feed leaves states out rather than queueing them. */
  readonly bufferedBytes: () => number
  /** It is over; the reason is for the page. */
  readonly close: (reason: string) => void
}

export interface FeedWish<Who> {
  readonly person: Who
  readonly request: Request
  readonly body: unknown
}

/** What is done for one reader: called when the socket is open, answers what to do when it closes. */
export type OpenFeed = (link: FeedLink) => () => void

export type Feed =
  | {
      readonly door: Extract<StaffRoute, `POST /api/feeds/${string}`>
      /** Whether this person may see this, and what will then be told. */
      readonly prepare: (wish: FeedWish<Person>) => Effect.Effect<OpenFeed, Refusal>
    }
  | {
      readonly door: Extract<OpenRoute, `POST /client/api/feeds/${string}`>
      readonly audience: "client"
      readonly prepare: (wish: FeedWish<Person | null>) => Effect.Effect<OpenFeed, Refusal>
    }

interface Ticket {
  readonly open: OpenFeed
  readonly stillMay: Effect.Effect<boolean>
  readonly endsAt: number
}

interface Reader {
  opened: boolean
  stillMay: Effect.Effect<boolean>
  done: () => void
}

/** `personOf`: whom the request that a ticket was asked for with stands for now; null: nobody any more. */
export const makeFeeds = Effect.fnUntraced(function* (
  feeds: readonly Feed[],
  personOf: (request: Request) => Effect.Effect<Person | null>
) {
  const operations = yield* Operations
  const fork = Effect.runForkWith(yield* Effect.context<never>())
  const refuse = ({ remoteAddress }: GatewaySocket<Reader>, why: string) =>
    fork(operations.refused("feed", why, remoteAddress))
  const tickets = new Map<string, Ticket>()
  const readers = new Set<GatewaySocket<Reader>>()

  const give = (open: OpenFeed, stillMay: Effect.Effect<boolean>) => {
    const ticket = randomBytes(24).toString("base64url")
    if (tickets.size >= ticketsMax) tickets.delete(tickets.keys().next().value!)
    tickets.set(ticket, { open, stillMay, endsAt: performance.now() + ticketMsMax })
    return { ticket }
  }

  const routes = feeds.map((feed): Route => {
    if ("audience" in feed) {
      return openRoute(feed.door, (asked) =>
        Effect.map(feed.prepare(asked), (open) => give(open, Effect.succeed(true)))
      )
    }
    const stillMay = ({ request, person }: FeedWish<Person>) =>
      Effect.map(
        personOf(request),
        (now) => now !== null && now.session === person.session && may(now, doors[feed.door])
      )
    return route(feed.door, (asked) => Effect.map(feed.prepare(asked), (open) => give(open, stillMay(asked))))
  })

  const begin = (socket: GatewaySocket<Reader>, text: string) => {
    const ticket = text.slice(0, 200)
    const found = tickets.get(ticket)
    tickets.delete(ticket)
    if (found === undefined || found.endsAt < performance.now()) {
      refuse(socket, "a wrong or used ticket")
      return socket.close(4401, "The ticket is wrong or used")
    }
    socket.admit()
    const reader = socket.attachment
    reader.opened = true
    reader.stillMay = found.stillMay
    readers.add(socket)
    reader.done = found.open({
      send: (message) => void socket.send(JSON.stringify(message)),
      bufferedBytes: () => socket.bufferedBytes,
      close: (reason) => socket.close(4000, reason)
    })
  }

  const path: SocketPath<Reader> = {
    messageBytesMax,
    idleMsMax,
    bufferedBytesMax,
    socketsMax,
    strangersMax,
    messagesPerSecondMax,
    handlers: {
      open: () => ({ opened: false, stillMay: Effect.succeed(true), done: () => {} }),
      text(socket, text) {
        if (!socket.attachment.opened) begin(socket, text)
        else if (text === "ping") socket.send('{"type":"pong"}')
        else socket.close(4400, "Say ping, or nothing")
      },
      binary: (socket) => socket.close(4400, "A feed takes no bytes"),
      closed(socket, code) {
        const why = abuseOf(code)
        if (why !== null) refuse(socket, why)
        readers.delete(socket)
        socket.attachment.done()
      }
    }
  }

  const check = Effect.suspend(() =>
    Effect.forEach(
      [...readers],
      (socket) =>
        Effect.map(Effect.exit(socket.attachment.stillMay), (exit) => {
          if (Exit.isSuccess(exit) && !exit.value) socket.close(4401, "Nobody is signed in who may see this any more")
        }),
      { discard: true }
    )
  )
  yield* Effect.forkScoped(Effect.repeat(check, checkEvery))
  return { routes, path }
})
