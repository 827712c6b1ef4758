/** A TCP proxy in front of PostgreSQL that cuts a connection at a chosen moment, as a failing network would. */
import { connect as connectTo, createServer, type Socket } from "node:net"

export interface CuttingProxy {
  readonly port: number
  /** Cuts the next connection that sends this text to the server, before the server sees it. */
  cutBeforeRequest(text: string): void
  /** Cuts the next connection on which the server answers this text, before the client sees it. */
  cutBeforeReply(text: string): void
  /** Connections cut so far. */
  readonly cutCount: () => number
  close(): Promise<void>
}

export async function startCuttingProxy(serverPort: number): Promise<CuttingProxy> {
  let request: string | undefined
  let reply: string | undefined
  let cutCount = 0
  const open = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connectTo(serverPort, "127.0.0.1")
    const both = [client, upstream]
    const cut = () => {
      for (const socket of both) socket.destroy()
    }
    for (const socket of both) {
      open.add(socket)
      socket.on("error", cut)
      socket.on("close", () => {
        open.delete(socket)
        cut()
      })
    }
    client.on("data", (bytes) => {
      if (request !== undefined && bytes.includes(request)) {
        request = undefined
        cutCount++
        return cut()
      }
      upstream.write(bytes)
    })
    upstream.on("data", (bytes) => {
      if (reply !== undefined && bytes.includes(reply)) {
        reply = undefined
        cutCount++
        return cut()
      }
      client.write(bytes)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    port: (server.address() as { port: number }).port,
    cutBeforeRequest: (text) => {
      request = text
    },
    cutBeforeReply: (text) => {
      reply = text
    },
    cutCount: () => cutCount,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy()
        server.close(() => resolve())
      })
  }
}
