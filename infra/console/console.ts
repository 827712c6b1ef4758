/**
 * The console: pages, routes and feeds on a port of its own, apart from the platform's. It binds to this machine's own address
 * unless it is told another. At first start it says how the first administrator enrols.
 */
import { X509Certificate } from "node:crypto"
import { readFileSync } from "node:fs"
import { isIP } from "node:net"
import { networkInterfaces } from "node:os"
import { Effect } from "effect"
import { Access } from "../../actors/access.ts"
import type { Gateway, ListenOptions, SocketPaths } from "../../actors/gateway.ts"
import { Operations } from "../../actors/operations.ts"
import { SigningIn } from "../access/access.ts"
import { consoleDoor } from "./console-door.ts"
import { type Feed, makeFeeds } from "./feeds.ts"
import type { Route } from "./route.ts"
import { accessRoutes } from "./routes-access.ts"
import { accountRoutes } from "./routes-accounts.ts"
import { directoryRoutes } from "./routes-directory.ts"
import { builtConsole, staticPages } from "./static-pages.ts"

export interface ConsoleSettings {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  /** Networks that may come in, as `10.0.0.0/8`; empty: all that reach the address. */
  readonly networks: readonly string[]
  /** Of the built pages; without it `console/dist`. */
  readonly pagesFolder?: string | undefined
}

export interface Console {
  /** Such as `https://localhost:7443`. */
  readonly url: string
  /** Where the first administrator enrols; null when there is one. */
  readonly firstEnrolment: string | null
  /** All that is served, for those who check who may what. */
  readonly routes: readonly Route[]
  /** Paths of its sockets. */
  readonly sockets: readonly string[]
}

/** By what names a browser may ask for the console: those of its certificate, and the addresses it listens on. */
function namesOf(host: string, certificateFile: string): (name: string) => boolean {
  const certificate = new X509Certificate(readFileSync(certificateFile))
  const isEverywhere = host === "0.0.0.0" || host === "::"
  const own = () => Object.values(networkInterfaces()).flatMap((each = []) => each.map(({ address }) => address))
  return (name) => {
    const bare = name.replace(/^\[|\]$/g, "")
    const known = isIP(bare) === 0 ? certificate.checkHost(bare) : certificate.checkIP(bare)
    return known !== undefined || bare === host || (isEverywhere && own().includes(bare))
  }
}

/** Serves until the scope closes. */
export const startConsole = Effect.fnUntraced(function* (
  gateway: Gateway,
  tls: ListenOptions["tls"],
  { host, port, networks, pagesFolder = builtConsole }: ConsoleSettings,
  more: {
    readonly routes: readonly Route[]
    readonly feeds: readonly Feed[]
    readonly sockets: Pick<SocketPaths<"console">, "/conferences">
    /** Where edges listen for a client\'s frames. */
    readonly streamHost: string
  }
) {
  const { firstInvitation } = yield* SigningIn
  const access = yield* Access
  const feeds = yield* makeFeeds(more.feeds, access.personOf)
  const entrance = [...(yield* accessRoutes), ...(yield* directoryRoutes), ...(yield* accountRoutes)]
  const routes = [...entrance, ...more.routes, ...feeds.routes]
  const http = yield* consoleDoor({
    routes,
    pages: staticPages(pagesFolder),
    networks,
    names: namesOf(host, tls.certificateFile),
    streamHost: more.streamHost
  })
  const { refused } = yield* Operations
  const fork = Effect.runForkWith(yield* Effect.context<never>())
  const turnedAway = (why: string, address: string) => void fork(refused("console", why, address))
  const served: SocketPaths<"console"> = { ...more.sockets, "/feed": feeds.path }
  const listening = yield* Effect.acquireRelease(
    Effect.tryPromise({
      try: () => gateway.listen({ host, port, tls, sockets: served, ownPagesOnly: true, http, turnedAway }),
      catch: (error) => error as Error
    }),
    (opened) => Effect.promise(() => opened.close())
  )
  // Passkeys belong to a name, never to an address.
  const name = host === "127.0.0.1" || host === "::1" ? "localhost" : host
  const url = `https://${name.includes(":") ? `[${name}]` : name}:${listening.port}`
  const first = yield* firstInvitation
  const firstEnrolment = first === null ? null : `${url}/enrol#${first.secret}`
  const started: Console = { url, firstEnrolment, routes, sockets: Object.keys(served) }
  return started
})
