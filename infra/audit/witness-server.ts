/**
 * The witness's door over HTTPS: `POST /add-checkpoint`, and `POST /replace-key` for a log whose key was replaced. It answers any client, because
 * the log's signature is all that matters; what is too long or anything else is refused.
 */
import { readFileSync } from "node:fs"
import { createServer, type Server } from "node:https"
import type { AddressInfo } from "node:net"
import process from "node:process"
import { silentMsMax } from "../gateway/gateway-connections.ts"
import type { Witness } from "./witness.ts"

/** Bytes of a request: a note of 64 kB and 63 lines of proof. */
const requestBytesMax = 131_072
/** Sockets open at once; logs ask once a second. */
const connectionsMax = 200
/** How often it is looked who takes too long, in milliseconds. */
const lookEveryMs = 1_000

export interface WitnessServer {
  readonly url: string
  readonly close: () => Promise<void>
}

export async function serveWitness(
  witness: Witness,
  place: { readonly host: string; readonly port: number; readonly certificateFile: string; readonly keyFile: string }
): Promise<WitnessServer> {
  const tls = { cert: readFileSync(place.certificateFile), key: readFileSync(place.keyFile) }
  const judges = new Map([
    ["/add-checkpoint", witness.addCheckpoint],
    ["/replace-key", witness.replaceKey]
  ])
  const limits = { handshakeTimeout: silentMsMax, connectionsCheckingInterval: lookEveryMs }
  const server: Server = createServer({ ...tls, ...limits }, (request, response) => {
    const answer = (status: number, body: string, contentType = "text/plain; charset=utf-8") => {
      response.writeHead(status, { "content-type": contentType, "content-length": Buffer.byteLength(body) })
      response.end(body)
    }
    const judge = judges.get(request.url ?? "")
    if (judge === undefined) return answer(404, "Only /add-checkpoint and /replace-key are here\n")
    if (request.method !== "POST") return answer(405, "Only POST is answered\n")
    const parts: Buffer[] = []
    let bytes = 0
    request.on("data", (part: Buffer) => {
      bytes += part.length
      if (bytes <= requestBytesMax) parts.push(part)
    })
    request.on("end", () => {
      if (bytes > requestBytesMax) return answer(413, `More than ${requestBytesMax} bytes are not read\n`)
      try {
        const judged = judge(Buffer.concat(parts).toString("utf8"))
        answer(judged.status, judged.body, judged.contentType)
      } catch (error) {
        process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
        answer(500, "The witness cannot answer; its operator has been told\n")
      }
    })
  })
  server.maxConnections = connectionsMax
  server.headersTimeout = silentMsMax
  server.requestTimeout = silentMsMax
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(place.port, place.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  const host = place.host.includes(":") ? `[${place.host}]` : place.host
  return {
    url: `https://${host}:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}
