/** Clients that hold a connection without ever finishing anything, each in its own way, and how many of them a server still holds. */
import { readFileSync } from "node:fs"
import { connect as connectPlain, type Socket } from "node:net"
import { connect } from "node:tls"
import { frameHead, upgradeRequest } from "./gateway-client.ts"

/** Between two drops of a connection that drips, in milliseconds: often enough to look alive. */
const dropEveryMs = 500

/** The beginning of a TLS handshake: a record of 512 bytes that never come. */
const halfClientHello = Buffer.from("1603010200010001fc0303", "hex")
const head = (method: string, path: string, more = "") => `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${more}`
/** RFC 6455, 5.2, masked with zeroes: one byte of a message that goes on, the first and those that follow; a whole text below 126 bytes; and an empty ping. */
const firstFragment = Buffer.from([0x02, 0x81, 0, 0, 0, 0, 1])
const nextFragment = Buffer.from([0x00, 0x81, 0, 0, 0, 0, 1])
const textFrame = (text: string) =>
  Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)])
const ping = Buffer.from([0x89, 0x80, 0, 0, 0, 0])

interface Slow {
  readonly name: string
  /** Plain TCP: TLS is what it never finishes. */
  readonly plain?: boolean
  /** Never reads a byte. */
  readonly deaf?: boolean
  readonly says?: string | Buffer
  /** Said over and over. */
  readonly drips?: string | Buffer
  /** Said once the server has answered `says`. */
  readonly next?: Buffer
}

/** What a server has, for those who would hold on to it. */
export interface SlowPlace {
  /** A path of sockets. */
  readonly socket: string
  /** One on which nobody who only says this shows who it is. */
  readonly stranger: string
  readonly talk: string
  /** An answer of many megabytes, where there is one. */
  readonly large?: string
}

export const slowClients = ({ socket, stranger, talk, large }: SlowPlace): readonly Slow[] => [
  { name: "says nothing", plain: true },
  { name: "never ends its ClientHello", plain: true, says: halfClientHello },
  { name: "drips its ClientHello", plain: true, says: halfClientHello, drips: Buffer.of(1) },
  { name: "says nothing after TLS" },
  { name: "drips a header", says: head("GET", "/", "X-Slow: "), drips: "a" },
  { name: "drips the headers of a handshake", says: upgradeRequest(socket).slice(0, -2), drips: "X-A: a\r\n" },
  { name: "promises a body", says: head("POST", "/", "Content-Length: 10000\r\n\r\n") },
  { name: "drips a body", says: head("POST", "/", "Content-Length: 10000\r\n\r\n"), drips: "a" },
  {
    name: "drips a body in chunks",
    says: head("POST", "/", "Transfer-Encoding: chunked\r\n\r\n"),
    drips: "1\r\na\r\n"
  },
  { name: "keeps alive and asks nothing more", says: head("GET", "/", "\r\n") },
  ...(large === undefined ? [] : [{ name: "reads no answer", says: head("GET", large, "\r\n"), deaf: true }]),
  { name: "opens a socket and is silent", says: upgradeRequest(socket) },
  { name: "opens a socket and only pings", says: upgradeRequest(socket), drips: ping },
  { name: "talks and never says who it is", says: upgradeRequest(stranger), drips: textFrame(talk) },
  { name: "drips a message", says: upgradeRequest(socket), next: frameHead(2, 4_000), drips: Buffer.of(0) },
  { name: "never ends a message of fragments", says: upgradeRequest(socket), next: firstFragment, drips: nextFragment }
]

export interface Held {
  /** It was answered and has sent what it had to, or it is cut off. */
  readonly isDone: () => boolean
  readonly leave: () => void
}

/** Holds on for as long as it is let. It leaves its half of a connection open when the server closes its own. */
export function hold({ plain, deaf, says, next, drips }: Slow, port: number, ca: string): Held {
  const place = { host: "127.0.0.1", port, allowHalfOpen: true }
  const socket: Socket = plain ? connectPlain(place) : connect({ ...place, ca })
  let dripping: ReturnType<typeof setInterval> | undefined
  let wasHeard = false
  const drip = () => {
    wasHeard = true
    if (next !== undefined) socket.write(next)
    if (drips !== undefined) dripping = setInterval(() => socket.write(drips), dropEveryMs)
  }
  socket.on("error", () => {})
  socket.on("close", () => clearInterval(dripping))
  socket.once(plain ? "connect" : "secureConnect", () => {
    if (says !== undefined) socket.write(says)
    if (deaf) socket.pause()
    else if (next === undefined) drip()
    else socket.once("data", drip)
  })
  if (!deaf) socket.on("data", () => {})
  return {
    isDone: () => socket.destroyed || (wasHeard && socket.writableLength === 0),
    leave() {
      clearInterval(dripping)
      socket.destroy()
    }
  }
}

/** Connections to a port of this machine that a process still owns on the port's side (proc(5), net/tcp: state and inode). */
export function heldConnections(port: number): number {
  const place = port.toString(16).toUpperCase().padStart(4, "0")
  const listening = "0A"
  return ["/proc/net/tcp", "/proc/net/tcp6"]
    .flatMap((file) => readFileSync(file, "utf8").trim().split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, local = "", , state, , , , , , inode]) => local.endsWith(`:${place}`) && state !== listening && inode !== "0"
    ).length
}
