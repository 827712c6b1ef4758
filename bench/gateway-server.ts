/**
 * A gateway alone, for `bench/gateway.ts`: takes frames over TLS, answers each with a text as long as a real answer, and says on request what
 * CPU time and bytes it has had. It looks into no frame.
 *
 *   node bench/gateway-server.ts uws|ws CERTIFICATE KEY
 */
import process from "node:process"
import { createInterface } from "node:readline"
import type { SocketHandlers } from "../actors/gateway.ts"
import { uwsGateway } from "../infra/gateway/gateway-uws.ts"
import { wsGateway } from "../infra/gateway/gateway-ws.ts"

const [name, certificateFile = "", keyFile = ""] = process.argv.slice(2)
/** Of a real answer to a frame. */
const answer = "x".repeat(160)
let bytesReceived = 0
const handlers: SocketHandlers<null> = {
  open(socket) {
    // Who has not said who it is would be cut after ten seconds.
    socket.admit()
    return null
  },
  text: () => {},
  binary(socket, message) {
    bytesReceived += message.length
    socket.send(answer)
  },
  closed: () => {}
}
const gateway = name === "uws" ? await uwsGateway() : wsGateway
const path = {
  messageBytesMax: 2 ** 20,
  idleMsMax: 60_000,
  bufferedBytesMax: 2 ** 20,
  socketsMax: 64,
  strangersMax: 64,
  messagesPerSecondMax: 1e6,
  handlers
}
const tls = { certificateFile, keyFile }
const { port, close } = await gateway.listen({ host: "127.0.0.1", port: 0, tls, sockets: { "/frames": path } })
const say = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`)
say({ port, gateway: gateway.name })
createInterface({ input: process.stdin })
  .on("line", () => say({ bytesReceived, ...process.cpuUsage() }))
  .on("close", () => void close().then(() => process.exit(0)))
