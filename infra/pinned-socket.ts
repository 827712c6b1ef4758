/**
 * WebSockets for the SDK on Node and Deno that trust one certificate and no other: that of a server which signed its own.
 * In browsers the user or the operating system trusts it instead.
 */

import { WebSocket as NodeWebSocket } from "ws"
import type { CreateSocket, Socket } from "../sdk/link.ts"

interface DenoRuntime {
  createHttpClient(options: { caCerts: string[] }): object
}

/** The host name is checked as always: the certificate must name the one in the address. */
export function pinnedSocket(certificatePem: string): CreateSocket {
  const deno = (globalThis as { Deno?: DenoRuntime }).Deno
  if (deno === undefined) return (url) => new NodeWebSocket(url, { ca: certificatePem, perMessageDeflate: false })
  const client = deno.createHttpClient({ caCerts: [certificatePem] })
  const DenoWebSocket = WebSocket as unknown as new (url: string, options: { client: object }) => Socket
  return (url) => new DenoWebSocket(url, { client })
}
