/**
 * The port to the outside: text and binary messages on named socket paths, and HTTP beside them, over TLS on one address.
 * Plain callbacks, because every frame crosses it. It knows no token, no frame and no conference, and it never queues
 * without a bound.
 */

import { Schema } from "effect"
import type { sockets } from "./doors.ts"

/** One connection. Every method may be called at any time, inside a handler too; after the close they do nothing. */
export interface GatewaySocket<Attachment> {
  /**
   * Sends a text message in order, soon. False: it was dropped, because the socket is closed or because what waits for
   * this reader would pass `bufferedBytesMax`; the socket is then closed as *slowReader*.
   */
  send(text: string): boolean
  /** Closes after what was sent before. `closed` follows, never inside this call. The reason is cut at 123 bytes. */
  close(code: number, reason: string): void
  /** Bytes sent and not yet taken by the operating system. */
  readonly bufferedBytes: number
  /** The peer's address as text, without port. */
  readonly remoteAddress: string
  /** The header `X-Client-Access-Token` of the handshake; null: none. */
  readonly clientAccessToken: string | null
  /** What `open` answered. */
  readonly attachment: Attachment
  /** The peer has shown who it is. Until then it is a stranger: one of few, and cut after ten seconds. */
  admit(): void
}

/** What a path does with its sockets. A handler that throws is a broken invariant and takes the process down. */
export interface SocketHandlers<Attachment> {
  open(socket: GatewaySocket<Attachment>): Attachment
  text(socket: GatewaySocket<Attachment>, message: string): void
  /** The bytes are valid during this call only: the transport reuses them. */
  binary(socket: GatewaySocket<Attachment>, message: Uint8Array): void
  /** Exactly once for each `open`. After a close from here the code is ours, otherwise the peer's; 1006: cut. */
  closed(socket: GatewaySocket<Attachment>, code: number, reason: string): void
}

export interface SocketPath<Attachment> {
  /** Bytes of one message, text or binary. A longer one closes the socket with 1009; far beyond it the socket is cut. */
  readonly messageBytesMax: number
  /** A socket that sends no message for this long is closed as *idle*, noticed within a quarter of it, in milliseconds. */
  readonly idleMsMax: number
  /** What may wait for a reader that does not read. */
  readonly bufferedBytesMax: number
  /** Sockets admitted on this path; while there are so many, another is refused with HTTP 503. */
  readonly socketsMax: number
  /** Sockets that were not admitted yet. One more takes the place of the oldest, so nobody can keep others out by waiting. */
  readonly strangersMax: number
  /** Messages and pings of one socket; who says more for two seconds is closed as *flood*. */
  readonly messagesPerSecondMax: number
  readonly handlers: SocketHandlers<Attachment>
}

/** RFC 6455; earlier drafts are answered 426. */
export const webSocketVersion = "13"

/** Others, such as TRACE, are answered 405 before any handler sees them. */
export const servedMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
/** `address`: the peer's, as text without port. */
export type HttpHandler = (request: Request, address: string) => Response | Promise<Response>

/** The sockets of one address: all that the table of doors names for it, and no other. */
export type SocketPaths<Address extends keyof typeof sockets> = {
  // biome-ignore lint/suspicious/noExplicitAny: each path has an attachment of its own, which only its handlers see.
  readonly [Path in keyof (typeof sockets)[Address]]: SocketPath<any>
}

export interface ListenOptions {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  /** PEM files; uWebSockets.js reads them itself, so their names are handed on and not their content. */
  readonly tls: {
    readonly certificateFile: string
    readonly keyFile: string
    /** Sockets are for those alone who show a certificate of this authority (PEM); plain HTTP is not asked for one. */
    readonly clientAuthorityFile?: string | undefined
  }
  /** By exact path, such as `/frames`. */
  // biome-ignore lint/suspicious/noExplicitAny: each path has an attachment of its own, which only its handlers see.
  readonly sockets: Readonly<Record<string, SocketPath<any>>>
  /** Sockets are for pages of this server alone: one whose `Origin` is another's is answered 403. Programs send none. */
  readonly ownPagesOnly?: boolean
  /** Everything that is not a socket path; without it that is 404. A request body beyond `requestBytesMax` is 413. */
  readonly http?: HttpHandler
  /** By the peer's address; a connection that is not admitted is cut before it says anything. Without it all are. */
  readonly admits?: (address: string) => boolean
  /** Told of each connection that was cut before it said anything. */
  readonly turnedAway?: (why: string, address: string) => void
}

/**
 * Whether two programs could read a request differently: a length, an encoding or a host that is said twice or is none. What one takes
 * for a body the next one takes for a request. Answered 400 at the most, and the connection is cut.
 */
export function isAmbiguous(headers: Headers, hosts: number): boolean {
  const length = headers.get("content-length")
  const encoding = headers.get("transfer-encoding")
  if (length !== null && (encoding !== null || !/^\d+$/.test(length))) return true
  return hosts !== 1 || (encoding !== null && encoding.toLowerCase() !== "chunked")
}

/** Whether a handshake comes from a page of the server it is made to, or from a program. */
export const isOwnPage = (origin: string | undefined, host: string | undefined): boolean =>
  origin === undefined || origin === "" || origin === `https://${host}`

export interface Listening {
  readonly port: number
  /** Closes every socket as *stopping*, then the address. */
  close(): Promise<void>
}

export interface Gateway {
  readonly name: "uWebSockets.js" | "ws"
  /** Rejects with `ListenRefused`. */
  listen(options: ListenOptions): Promise<Listening>
}

/** Where a platform says who it is, as on its own interface. */
export const clientAccessHeader = "x-client-access-token"

/** TLS 1.2 with ciphers that authenticate what they encrypt; of TLS 1.3 all do. OpenSSL's names. */
export const aeadCiphers = [
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256"
].join(":")

/** A request body in memory. The API's largest is a passkey's answer of some 10 kB; 4,096 connections of it are 256 MiB. */
export const requestBytesMax = 64 * 1024

/** The address cannot be had, or the certificate cannot be used. */
export class ListenRefused extends Schema.TaggedError<ListenRefused>()("ListenRefused", {
  address: Schema.String,
  why: Schema.String
}) {
  override get message() {
    return `Cannot listen on "${this.address}": ${this.why}. Choose another port or stop what holds it`
  }
}
