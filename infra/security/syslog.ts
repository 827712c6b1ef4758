/**
 * Syslog listeners: RFC 5424 messages in datagrams (RFC 5426), or one after the other over TLS (RFC 5425), where the listener
 * proves who it is and is shown this server's own certificate when it asks.
 */
import { createSocket } from "node:dgram"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { hostname } from "node:os"
import process from "node:process"
import { setTimeout as sleep } from "node:timers/promises"
import { connect, type TLSSocket } from "node:tls"
import type { SecurityEvent, Severity } from "./security-events.ts"

/** RFC 5424: messages about security. */
const facility = 10
/** RFC 5426 and RFC 5425 ask listeners to take this much; longer messages are cut by some. */
const messageBytesMax = 2_048
/** RFC 5424, section 6.2.1. */
const severityNumbers: Readonly<Record<Severity, number>> = { error: 3, warning: 4, notice: 5, informational: 6 }
/** A listener of the bank's own network answers within milliseconds; after this it counts as away. */
const answerMsMax = 3_000
/** No listener confirms: what was written counts as told when the connection has outlived it by so much. A listener that died answers with a reset sooner. */
const settleMs = 200
const keepAliveMs = 10_000

export interface SyslogPlace {
  readonly host: string
  readonly port: number
  /** Over UDP without it. */
  readonly tls?: SyslogTls | undefined
}

export interface SyslogTls {
  /** PEM; the system's authorities without it. */
  readonly authorityFile?: string | undefined
  /** This server's own, shown to a listener that asks. */
  readonly certificateFile?: string | undefined
  readonly keyFile?: string | undefined
}

/** Somebody who is told events in their order; fails when they could not be told. */
export interface Listener {
  /** Done at once, before anything is read for it, when it can be told. */
  readonly ready: () => Promise<void>
  readonly tell: (events: readonly SecurityEvent[]) => Promise<void>
  readonly close: () => void
}

/** One message of RFC 5424 with the event as JSON. */
export function syslogMessageOf(event: SecurityEvent, host: string, processId: number): Buffer {
  const priority = facility * 8 + severityNumbers[event.severity]
  const head = `<${priority}>1 ${new Date(event.at).toISOString()} ${host} mimika ${processId} ${event.type} - `
  return Buffer.from(`${head}${JSON.stringify(event)}`).subarray(0, messageBytesMax)
}

const messageOf = (event: SecurityEvent) => syslogMessageOf(event, hostname(), process.pid)

export const syslogListener = (place: SyslogPlace): Listener =>
  place.tls === undefined ? overUdp(place) : overTls(place, place.tls)

/** Whether anybody listens is not known. */
function overUdp({ host, port }: SyslogPlace): Listener {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4")
  // A listener that is away answers nothing that helps: TLS and the file are for what must not be lost.
  socket.on("error", () => {})
  const send = (event: SecurityEvent) =>
    new Promise<void>((resolve) => socket.send(messageOf(event), port, host, () => resolve()))
  return {
    ready: () => Promise.resolve(),
    tell: async (events) => void (await Promise.all(events.map(send))),
    close: () => socket.close()
  }
}

/** RFC 5425, section 4.3: the length before each message. */
export function framed(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${message.length} `), message])
}

interface Link {
  readonly socket: TLSSocket
  /** Done when the listener has proved who it is. */
  readonly secured: Promise<unknown>
}

/** One connection, made when there is something to tell and kept. */
function overTls({ host, port }: SyslogPlace, { authorityFile, certificateFile, keyFile }: SyslogTls): Listener {
  let open: Link | null = null
  const pem = (file: string | undefined) => (file === undefined ? undefined : readFileSync(file))

  /** Refuses who is not of the authority or not of the name. */
  function dialled(): Link {
    const own = { cert: pem(certificateFile), key: pem(keyFile) }
    const socket = connect({ host, port, ca: pem(authorityFile), ...own, minVersion: "TLSv1.2" })
    // Whoever waits hears of it; between two messages it is seen as a closed socket.
    socket.on("error", () => {})
    socket.setKeepAlive(true, keepAliveMs)
    // It has nothing to say; unread bytes would hide its end.
    socket.resume()
    const link = { socket, secured: within(socket, once(socket, "secureConnect")) }
    socket.once("close", () => {
      if (open === link) open = null
    })
    return link
  }

  async function linked(): Promise<Link> {
    open ??= dialled()
    const link = open
    await link.secured
    return link
  }

  return {
    ready: async () => void (await linked()),
    tell: async (events) => {
      const link = await linked()
      const bytes = Buffer.concat(events.map((event) => framed(messageOf(event))))
      const written = new Promise<void>((resolve, reject) =>
        link.socket.write(bytes, (error) => (error ? reject(error) : resolve()))
      )
      await within(link.socket, written)
      await sleep(settleMs)
      if (open !== link) throw new Error(goneAway)
    },
    close: () => open?.socket.destroy()
  }
}

const goneAway = "the listener closed the connection"

/** Cuts the connection when the work fails, ends with it, or takes too long, so that the next attempt begins anew. */
async function within<A>(socket: TLSSocket, work: Promise<A>): Promise<A> {
  const { promise: failed, reject } = Promise.withResolvers<never>()
  const closed = () => reject(new Error(goneAway))
  const tooLong = setTimeout(() => reject(new Error(`no answer within ${answerMsMax} ms`)), answerMsMax)
  socket.once("error", reject).once("close", closed)
  try {
    return await Promise.race([work, failed])
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    clearTimeout(tooLong)
    socket.off("error", reject).off("close", closed)
  }
}
