/**
 * Where edges of other machines come in: TLS on a port of its own, for those alone who show a certificate of the edges' authority,
 * since whoever is an edge says what a face looked like. After one line that says where clients reach it and what it bears, an edge
 * is an edge: the same messages, a line each.
 */
import { readFileSync } from "node:fs"
import { createServer, type TLSSocket } from "node:tls"
import { Effect, Schema } from "effect"
import { conferencesMax } from "../../actors/edge-room.ts"
import { aeadCiphers, ListenRefused } from "../../actors/gateway.ts"
import type { EdgeBody } from "./edge-body.ts"
import { firstLineOf } from "./first-line.ts"

/** A handshake and one line, across a bank's network. */
const joinMsMax = 5_000
/** Edges of a dozen large machines. */
const linksMax = 512

export const Join = Schema.Struct({
  type: Schema.Literal("join"),
  /** A name or an address, as it stands in a URL. */
  host: Schema.String.check(
    Schema.isPattern(/^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9a-fA-F:]{2,39}\])$/)
  ),
  /** Conferences of JPEG that each of its edges bears; a machine of an earlier version says none. */
  capacity: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: conferencesMax })))
})
const decodeJoin = Schema.decodeUnknownOption(Schema.fromJsonString(Join))

export interface EdgeDoorOptions {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  readonly tls: { readonly certificateFile: string; readonly keyFile: string }
  /** Whose certificates edges show (PEM). */
  readonly authorityFile: string
  readonly joined: (body: EdgeBody) => void
  readonly turnedAway: (why: string, address: string) => void
}

/** Listens until the scope closes; answers the port. Fails with `ListenRefused`. */
export const edgeDoor = ({ host, port, tls, authorityFile, joined, turnedAway }: EdgeDoorOptions) =>
  Effect.acquireRelease(
    Effect.tryPromise({
      try: async () => {
        const server = createServer({
          cert: readFileSync(tls.certificateFile),
          key: readFileSync(tls.keyFile),
          ca: readFileSync(authorityFile),
          requestCert: true,
          rejectUnauthorized: true,
          minVersion: "TLSv1.2",
          ciphers: `TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:${aeadCiphers}`,
          handshakeTimeout: joinMsMax
        })
        server.maxConnections = linksMax
        server.on("tlsClientError", (_, { remoteAddress }) =>
          turnedAway("no certificate of the edges' authority", remoteAddress ?? "")
        )
        server.on("secureConnection", (socket) => void welcome(socket, joined, turnedAway))
        await new Promise<void>((resolve, reject) => {
          server.once("error", reject)
          server.listen(port, host, () => resolve())
        })
        return { server, port: (server.address() as { port: number }).port }
      },
      catch: (error) => new ListenRefused({ address: `${host}:${port}`, why: (error as Error).message })
    }),
    ({ server }) => Effect.sync(() => void server.close())
  )

async function welcome(
  socket: TLSSocket,
  joined: EdgeDoorOptions["joined"],
  turnedAway: EdgeDoorOptions["turnedAway"]
): Promise<void> {
  const address = socket.remoteAddress ?? ""
  const { promise: ended, resolve } = Promise.withResolvers<string>()
  socket.on("error", () => {})
  socket.on("close", () => resolve("its link closed"))
  socket.setNoDelay(true)
  const line = await firstLineOf(socket, joinMsMax)
  const join = decodeJoin(line ?? "")
  if (join._tag === "None") {
    turnedAway("an edge that does not say where it is and what it bears", address)
    socket.destroy()
    return
  }
  const { host, capacity = null } = join.value
  const kill = () => void socket.destroy()
  joined({ output: socket, input: socket, notices: null, host, capacity, processId: null, kill, ended })
}
