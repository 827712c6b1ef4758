/**
 * WebSockets for the SDK on Node and Deno that trust one certificate and no other: that of a server which signed its own.
 * In browsers the user or the operating system trusts it instead.
 */

import { WebSocket } from "ws"
import type { CreateSocket } from "../../sdk/link.ts"

/**
 * The host name is checked as always: the certificate must name the one in the address. Deno's own WebSocket can be
 * given a certificate too, but writes a frame in two parts and waits up to 40 ms between them (Nagle's algorithm).
 */
export function pinnedSocket(certificatePem: string): CreateSocket {
  return (url) => new WebSocket(url, { ca: certificatePem, perMessageDeflate: false })
}
