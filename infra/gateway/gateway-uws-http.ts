/**
 * Plain HTTP on uWebSockets.js, as the web's own Request and Response. Bodies in are bounded, bodies out are streamed as
 * fast as the reader takes them. It routes nothing: the handler does.
 */

import type { HttpRequest, HttpResponse } from "@btc-vision/uwebsockets.js"
import { isAmbiguous, type ListenOptions, requestBytesMax, servedMethods } from "../../actors/gateway.ts"
import { pour } from "./answer-body.ts"
import { readableAddress } from "./gateway-connections.ts"

/** "socket": the path is one of sockets, so a request without an upgrade is told to ask for one. */
export function answerHttp(
  response: HttpResponse,
  request: HttpRequest,
  handler: ListenOptions["http"] | "socket"
): void {
  const described = describe(request)
  // Answered, it would go on to what it takes for the next request: cut, nothing more of it is read.
  if (described === "ambiguous") response.close()
  else if (handler === "socket") refuse(response, "426 Upgrade Required", "This path speaks WebSocket only")
  else if (handler === undefined) refuse(response, "404 Not Found", "Nothing is served at this path")
  else if (described === undefined)
    refuse(response, "400 Bad Request", "The request names no valid method, host, length or header")
  else if (!servedMethods.has(described.method)) refuse(response, "405 Method Not Allowed", "This method is not served")
  else {
    const call = new Call(response)
    call.readBody((body) => void call.answer(handler, described, body))
  }
}

function refuse(response: HttpResponse, status: string, text: string): void {
  response.writeStatus(status).writeHeader("content-type", "text/plain; charset=utf-8").end(text, true)
}

interface Described {
  readonly url: string
  readonly method: string
  readonly headers: Headers
}

/** Copies what the request says: it lives on the stack of this turn only. */
function describe(request: HttpRequest): Described | "ambiguous" | undefined {
  const headers = new Headers()
  let wellFormed = true
  let hosts = 0
  request.forEach((name, value) => {
    if (name === "host") hosts += 1
    // What the web's own headers refuse, such as bytes that are no text, is no request; thrown here it would end the process.
    try {
      headers.append(name, value)
    } catch {
      wellFormed = false
    }
  })
  if (!wellFormed) return undefined
  if (isAmbiguous(headers, hosts)) return "ambiguous"
  // The package types it as never undefined; without a question mark it is.
  const query = request.getQuery() ?? ""
  const url = `https://${headers.get("host") ?? ""}${request.getUrl()}${query === "" ? "" : `?${query}`}`
  // A method is a token of letters: anything else is a request that begins in the middle of another.
  if (!/^[A-Za-z]+$/.test(request.getCaseSensitiveMethod())) return undefined
  return URL.canParse(url) ? { url, method: request.getCaseSensitiveMethod(), headers } : undefined
}

class Call {
  readonly #response: HttpResponse
  readonly #gone = new AbortController()
  readonly #address: string

  constructor(response: HttpResponse) {
    this.#response = response
    this.#address = readableAddress(Buffer.from(response.getRemoteAddressAsText()).toString())
    response.onAborted(() => this.#gone.abort())
  }

  readBody(done: (body: Uint8Array<ArrayBuffer>) => void): void {
    const chunks: Uint8Array[] = []
    let bytes = 0
    let refused = false
    this.#response.onData((chunk, isLast) => {
      if (refused) return
      bytes += chunk.byteLength
      if (bytes > requestBytesMax) {
        refused = true
        refuse(this.#response, "413 Content Too Large", `A request body may have ${requestBytesMax} bytes`)
        return
      }
      chunks.push(new Uint8Array(chunk.slice(0)))
      if (isLast) done(joined(chunks, bytes))
    })
  }

  async answer(handler: NonNullable<ListenOptions["http"]>, described: Described, body: Uint8Array<ArrayBuffer>) {
    const { method, headers } = described
    const bodyless = method === "GET" || method === "HEAD"
    let answer: Response
    try {
      answer = await handler(
        new Request(described.url, { method, headers, signal: this.#gone.signal, ...(bodyless ? {} : { body }) }),
        this.#address
      )
    } catch {
      answer = new Response("The server failed to answer", { status: 500 })
    }
    if (this.#gone.signal.aborted) return void answer.body?.cancel()
    this.#response.cork(() => {
      this.#response.writeStatus(`${answer.status} ${answer.statusText}`.trimEnd())
      for (const [name, value] of answer.headers) {
        if (name !== "content-length" && name !== "transfer-encoding") this.#response.writeHeader(name, value)
      }
    })
    if (answer.body === null || method === "HEAD") {
      await answer.body?.cancel()
      const length = Number(answer.headers.get("content-length") ?? 0)
      this.#response.cork(() => this.#response.endWithoutBody(length))
      return
    }
    await this.#stream(answer.body)
  }

  async #stream(body: ReadableStream<Uint8Array>): Promise<void> {
    const response = this.#response
    const whole = await pour(body, {
      gone: this.#gone.signal,
      write(slice) {
        let taken = true
        response.cork(() => {
          taken = response.write(slice)
        })
        return taken
      },
      writable: (then) =>
        response.onWritable(() => {
          then()
          return true
        })
    })
    if (this.#gone.signal.aborted) return
    // Cutting the connection is the only way left to tell the reader that this is not all.
    if (whole) response.cork(() => response.end())
    else response.close()
  }
}

function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytes)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}
