/**
 * Sends frames over WSS as fast as they are answered, for `bench/gateway.ts`: some connections, two frames under way on each. TLS 1.3 with one
 * cipher, so that both gateways open the same records. Prints the cipher when all is answered.
 *
 *   node bench/gateway-client.ts PORT CERTIFICATE CONNECTIONS FRAME_BYTES FRAMES_EACH
 */
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import process from "node:process"
import type { TLSSocket } from "node:tls"
import { WebSocket } from "ws"

const [port, certificateFile = "", connections, frameBytes, framesEach] = process.argv.slice(2)
const underWayMax = 2
const ca = readFileSync(certificateFile)
const frame = randomBytes(Number(frameBytes))

async function send(): Promise<string> {
  const tls = { ca, minVersion: "TLSv1.3", ciphers: "TLS_AES_256_GCM_SHA384", perMessageDeflate: false } as const
  const socket = new WebSocket(`wss://localhost:${port}/frames`, { ...tls, family: 4 } as WebSocket.ClientOptions)
  await once(socket, "open")
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let sent = 0
  let answered = 0
  const next = () => {
    if (sent === Number(framesEach)) return
    sent += 1
    socket.send(frame)
  }
  socket.on("message", () => {
    answered += 1
    if (answered === Number(framesEach)) resolve()
    else next()
  })
  socket.on("close", () => reject(new Error(`Cannot send: closed after ${answered} of ${framesEach} answers`)))
  for (let i = 0; i < underWayMax; i++) next()
  await promise
  const { _socket: transport } = socket as unknown as { readonly _socket: TLSSocket }
  const cipher = `${transport.getProtocol()} ${transport.getCipher().standardName}`
  socket.removeAllListeners("close")
  socket.terminate()
  return cipher
}

const ciphers = await Promise.all(Array.from({ length: Number(connections) }, send))
process.stdout.write([...new Set(ciphers)].join(", "))
