/**
 * Plain HTTP on Node's server, as the web's own Request and Response. Bodies in are bounded, bodies out are streamed as
 * fast as the reader takes them. It routes nothing: the handler does.
 */

import type { IncomingMessage, ServerResponse } from "node:http"
import { isAmbiguous, type ListenOptions, requestBytesMax, servedMethods } from "../../actors/gateway.ts"
import { pour } from "./answer-body.ts"
import { readableAddress } from "./gateway-connections.ts"

/** "socket": the path is one of sockets, so a request without an upgrade is told to ask for one. */
export async function answerHttp(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  handler: ListenOptions["http"] | "socket"
): Promise<void> {
  if (handler === "socket") return refuse(outgoing, 426, "This path speaks WebSocket only")
  if (handler === undefined) return refuse(outgoing, 404, "Nothing is served at this path")
  const url = `https://${incoming.headers.host ?? ""}${incoming.url ?? "/"}`
  const headers = headersOf(incoming)
  const hosts = incoming.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === "host").length
  if (!URL.canParse(url) || isAmbiguous(headers, hosts)) {
    return refuse(outgoing, 400, "The request names no valid host or length")
  }
  const gone = new AbortController()
  outgoing.on("close", () => gone.abort())
  let body: Uint8Array<ArrayBuffer> | undefined
  try {
    body = await readBody(incoming)
  } catch {
    return
  }
  if (body === undefined) return refuse(outgoing, 413, `A request body may have ${requestBytesMax} bytes`)
  const answer = await answerOf(handler, incoming, { url, headers }, body, gone.signal)
  if (gone.signal.aborted) return void answer.body?.cancel()
  outgoing.writeHead(answer.status, [...answer.headers].flat())
  if (answer.body === null || incoming.method === "HEAD") {
    outgoing.end()
    await answer.body?.cancel()
    return
  }
  const whole = await pour(answer.body, {
    gone: gone.signal,
    write: (slice) => outgoing.write(slice),
    writable: (then) => outgoing.once("drain", then)
  })
  // Cutting the connection is the only way left to tell the reader that this is not all.
  if (whole) outgoing.end()
  else outgoing.destroy()
}

function refuse(outgoing: ServerResponse, status: number, text: string): void {
  outgoing.writeHead(status, { "content-type": "text/plain; charset=utf-8", connection: "close" }).end(text)
}

/** None when it is longer than it may be. */
async function readBody(incoming: IncomingMessage): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > requestBytesMax) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.append(rawHeaders[at]!, rawHeaders[at + 1]!)
  return headers
}

async function answerOf(
  handler: NonNullable<ListenOptions["http"]>,
  incoming: IncomingMessage,
  { url, headers }: { readonly url: string; readonly headers: Headers },
  body: Uint8Array<ArrayBuffer>,
  signal: AbortSignal
): Promise<Response> {
  const method = incoming.method ?? "GET"
  if (!servedMethods.has(method)) return new Response("This method is not served", { status: 405 })
  try {
    const bodyless = method === "GET" || method === "HEAD"
    const asked = new Request(url, { method, headers, signal, ...(bodyless ? {} : { body }) })
    return await handler(asked, readableAddress(incoming.socket.remoteAddress ?? ""))
  } catch {
    return new Response("The server failed to answer", { status: 500 })
  }
}
