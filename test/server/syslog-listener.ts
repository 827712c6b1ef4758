/** A syslog listener over TLS as RFC 5425 has it: reads messages by their length, and asks for a certificate, whatever it is. */
import { once } from "node:events"
import { readFileSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { createServer, type TLSSocket } from "node:tls"
import { tlsCertificate } from "../../infra/gateway/tls.ts"

export interface SyslogListener {
  readonly port: number
  readonly heard: readonly string[]
  /** How many came to the door, whether they went through it or not. */
  readonly callers: () => number
  /** SHA-256 of the certificate that each connection showed. */
  readonly shown: readonly string[]
  readonly stop: () => Promise<void>
}

export async function startSyslogListener(
  folder: string,
  { port = 0, host = "127.0.0.1" }: { readonly port?: number; readonly host?: string } = {}
): Promise<SyslogListener> {
  const { certificateFile, keyFile } = await tlsCertificate(folder)
  const heard: string[] = []
  const shown: string[] = []
  const connections = new Set<TLSSocket>()
  const asks = { requestCert: true, rejectUnauthorized: false }
  const server = createServer(
    { cert: readFileSync(certificateFile), key: readFileSync(keyFile), ...asks },
    (socket) => {
      connections.add(socket)
      shown.push(socket.getPeerCertificate().fingerprint256)
      let rest = Buffer.alloc(0)
      socket.on("error", () => {})
      socket.on("data", (bytes: Buffer) => {
        rest = Buffer.concat([rest, bytes])
        for (;;) {
          const space = rest.indexOf(0x20)
          const end = space + 1 + Number(rest.subarray(0, Math.max(space, 0)).toString())
          if (space < 1 || rest.length < end) return
          heard.push(rest.subarray(space + 1, end).toString())
          rest = rest.subarray(end)
        }
      })
    }
  )
  let callers = 0
  server.on("connection", () => {
    callers += 1
  })
  server.on("tlsClientError", () => {})
  server.listen(port, host)
  await once(server, "listening")
  return {
    port: (server.address() as AddressInfo).port,
    heard,
    callers: () => callers,
    shown,
    stop: async () => {
      for (const socket of connections) socket.destroy()
      server.close()
      await once(server, "close")
    }
  }
}
