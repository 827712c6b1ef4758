/** What is bad below the protocol: HTTP that two programs would read differently, paths, hosts, origins, compression, certificates and old tokens. */
import { readFileSync } from "node:fs"
import { connect as connectPlain } from "node:net"
import { connect } from "node:tls"
import { Clock, Effect } from "effect"
import { Tokens } from "../../actors/ports.ts"
import { fileTokens } from "../../infra/keys/tokens.ts"
import { platformCertificates } from "../contract/client-certificates.ts"
import { startServer, type TestServer } from "./core.ts"
import { openControl, openRaw, openStream, RawSocket } from "./raw-client.ts"

type Note = (where: string, what: string, got: string) => void

/** Nothing more comes after this long, in milliseconds: every answer here is given at once, and all are waited for together. */
const silenceMs = 1_500

/** Says bytes over TLS, and more once it was answered; tells the status of every response, and whether the connection was then closed. */
export function rawAnswers(
  url: string,
  certificateFile: string,
  said: string | Buffer,
  next?: Buffer
): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const ca = readFileSync(certificateFile)
    const socket = connect({ host: hostname, port: Number(port), ca, servername: "localhost" }, () => {
      socket.write(said)
      wait()
    })
    let heard = ""
    let isClosed = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const done = () => {
      clearTimeout(timer)
      socket.destroy()
      const responses = heard.match(/HTTP\/1\.1 \d{3}/g)?.map((line) => line.slice(-3)) ?? []
      const location = /^location: (.*)$/im.exec(heard)?.[1]
      const answered = responses.length === 0 ? [] : [responses.join(", then ")]
      const led = location === undefined ? [] : [`to ${location.trim()}`]
      resolve([...answered, ...led, isClosed ? "closed" : "goes on"].join(", "))
    }
    const wait = () => {
      clearTimeout(timer)
      timer = setTimeout(done, silenceMs)
    }
    if (next !== undefined) socket.once("data", () => socket.write(next))
    socket.on("data", (data) => {
      heard += data.toString("latin1")
      wait()
    })
    socket.on("error", () => {})
    socket.on("close", () => {
      isClosed = true
      done()
    })
  })
}

const crlf = (...lines: readonly string[]) => `${lines.join("\r\n")}\r\n\r\n`

/** Asks all at once, and notes the answers in the order in which they were asked for. */
class Together {
  readonly #asked: (readonly [string, string, Promise<string>])[] = []

  ask(where: string, what: string, answer: Promise<string>): void {
    this.#asked.push([where, what, answer])
  }

  async note(note: Note): Promise<void> {
    for (const [where, what, answer] of this.#asked) note(where, what, await answer)
  }
}

export async function tryBadHttp({ core }: TestServer, note: Note): Promise<void> {
  const together = new Together()
  const { url } = core.console!
  const { host } = new URL(url)
  const raw = (what: string, said: string) => together.ask("console", what, rawAnswers(url, core.certificateFile, said))
  const smuggled = crlf("GET /smuggled HTTP/1.1", `Host: ${host}`)
  const post = (...headers: readonly string[]) => crlf("POST /api/sign-in HTTP/1.1", `Host: ${host}`, ...headers)
  raw(
    "smuggling: two lengths that differ",
    `${post("Content-Length: 5", `Content-Length: ${5 + smuggled.length}`)}hello${smuggled}`
  )
  raw(
    "smuggling: a length and chunks",
    `${post("Content-Length: 5", "Transfer-Encoding: chunked")}0\r\n\r\n${smuggled}`
  )
  raw(
    "smuggling: chunks, and a length that hides them",
    `${post("Transfer-Encoding: chunked", "Content-Length: 4")}5c\r\n${smuggled}`
  )
  raw("smuggling: a space before the colon", `${post("Transfer-Encoding : chunked")}0\r\n\r\n${smuggled}`)
  raw("smuggling: an encoding nobody knows", `${post("Transfer-Encoding: xchunked")}0\r\n\r\n${smuggled}`)
  raw("smuggling: a length with a sign", `${post("Content-Length: +5")}hello${smuggled}`)
  raw("smuggling: a length in hexadecimal", `${post("Content-Length: 0x5")}hello${smuggled}`)
  raw("smuggling: a header that is folded", `${post("X-A: b", " Content-Length: 5")}${smuggled}`)
  raw("smuggling: a chunk longer than any", `${post("Transfer-Encoding: chunked")}fffffffffffffffff\r\nhello`)
  raw("line ends without a carriage return", `GET / HTTP/1.1\nHost: ${host}\n\n`)
  raw("a header with a zero byte in it", crlf("GET / HTTP/1.1", `Host: ${host}`, "X-A: a\0b"))
  raw("no host", crlf("GET / HTTP/1.1"))
  raw("two hosts", crlf("GET / HTTP/1.1", `Host: ${host}`, "Host: elsewhere.example"))
  raw("another server's host", crlf("GET /sign-in HTTP/1.1", "Host: elsewhere.example"))
  raw("a whole address in place of a path", crlf("GET http://elsewhere.example/ HTTP/1.1", `Host: ${host}`))
  raw("HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
  raw("a tunnel", crlf("CONNECT elsewhere.example:443 HTTP/1.1", `Host: ${host}`))
  raw("an address of 10 kB", crlf(`GET /${"a".repeat(10_000)} HTTP/1.1`, `Host: ${host}`))
  raw("five hundred headers", crlf("GET / HTTP/1.1", `Host: ${host}`, ...Array(500).fill("X-A: b")))
  raw("a cookie of 8 kB", crlf("GET / HTTP/1.1", `Host: ${host}`, `Cookie: __Host-mimika=${"a".repeat(8_000)}`))
  const sized = (type: string, body: string, ...headers: readonly string[]) =>
    `${post(`Origin: https://${host}`, "X-Mimika: 1", type, `Content-Length: ${Buffer.byteLength(body)}`, ...headers)}${body}`
  const json = "Content-Type: application/json"
  raw("a body of 64 KiB and one byte", sized(json, " ".repeat(64 * 1024 + 1)))
  raw("a body that is compressed", sized(json, "\x1f\x8b\x08 and so on", "Content-Encoding: gzip"))
  raw("a body that says it is no JSON", sized("Content-Type: text/plain", '{"login":"a","password":"b"}'))
  raw("a body nested 20,000 deep", sized(json, "[".repeat(20_000)))
  raw("a body that reaches for the prototype", sized(json, '{"__proto__":{"login":"admin"},"password":"x"}'))
  raw("a query in place of a login", sized(json, `{"login":"' OR 1=1 --","password":"x"}`))
  for (const path of [
    "/../../../../etc/passwd",
    "/..%2f..%2f..%2fetc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/assets/..%5c..%5caccess-token",
    "/%252e%252e%252fetc/passwd",
    "/%c0%ae%c0%ae/etc/passwd",
    "/sign-in%00.js",
    "/.git/config",
    "/.env"
  ])
    raw(`the path ${path}`, crlf(`GET ${path} HTTP/1.1`, `Host: ${host}`))
  together.ask("console", "plain HTTP where TLS is spoken", plainAnswer(url))
  await together.note(note)
}

/** Without TLS. */
function plainAnswer(url: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connectPlain({ host: hostname, port: Number(port) })
    let bytes = 0
    socket.on("data", (data) => {
      bytes += data.length
    })
    socket.on("error", () => {})
    socket.on("close", () => resolve(bytes === 0 ? "closed without a byte" : "closed with a TLS alert"))
    socket.end("GET / HTTP/1.1\r\n\r\n")
  })
}

const handshake = (path: string, host: string, ...headers: readonly string[]) =>
  crlf(
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ...headers
  )
/** RFC 6455, 5.2: a text of one letter. */
const frame = (first: number, ...rest: readonly number[]) => Buffer.from([first, ...rest])
const maskedLetter = [0x81, 0, 0, 0, 0, 0x61]

export async function tryBadSockets(server: TestServer, note: Note): Promise<void> {
  const { core } = server
  const { started, end } = await openRaw(server, "bad-transport")
  const together = new Together()
  const places = [
    ["control socket", core.url],
    ["stream", String(started.streamUrl)],
    ["console", `${core.console!.url.replace("https", "wss")}/feed`],
    ["console", `${core.console!.url.replace("https", "wss")}/conferences`]
  ] as const
  for (const [where, url] of places) {
    const { host, pathname } = new URL(url)
    const version = "Sec-WebSocket-Version: 13"
    const said = handshake(pathname, host, version, "Origin: https://elsewhere.example")
    const open = where === "console" ? "" : "; a token decides, no cookie is looked at"
    const answer = rawAnswers(url, core.certificateFile, said)
    together.ask(where, `a page of another site opens ${pathname}${open}`, answer)
  }
  const { host, pathname } = new URL(core.url)
  const raw = (what: string, said: string, next?: Buffer) =>
    together.ask("control socket", what, rawAnswers(core.url, core.certificateFile, said, next))
  const open = handshake(pathname, host, "Sec-WebSocket-Version: 13")
  raw("another version of WebSocket", handshake(pathname, host, "Sec-WebSocket-Version: 8"))
  raw("a frame that is not masked", open, frame(0x81, 0x05, 0x68, 0x65, 0x6c, 0x6c, 0x6f))
  raw("a compressed frame that nobody agreed to", open, frame(0xc1, ...maskedLetter))
  raw("a frame of a kind that does not exist", open, frame(0x83, ...maskedLetter))
  await together.note(note)
  const offer = { perMessageDeflate: true }
  const compressing = await openControl(server, offer)
  const { extensions } = compressing.socket
  note("control socket", "compression is asked for", extensions === "" ? "open, without compression" : extensions)
  compressing.socket.terminate()

  const keys = fileTokens(`${server.dataFolder}/keys`)
  const signedAgo = (agoMs: number) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const clock = yield* Clock.Clock
        const currentTimeMillisUnsafe = () => clock.currentTimeMillisUnsafe() - agoMs
        return yield* Effect.provide(Tokens, keys).pipe(
          Effect.provideService(Clock.Clock, { ...clock, currentTimeMillisUnsafe })
        )
      })
    )
  const conference = String(started.conference)
  const dayMs = 24 * 3_600_000
  const now = await signedAgo(0)
  const past = await signedAgo(7 * dayMs)
  const streams = [
    ["a stream token that ran out", past.signStream({ conference, epoch: 1, edge: "edge-1" })],
    ["a stream token for another edge", now.signStream({ conference, epoch: 1, edge: "edge-99" })],
    ["a stream token of an earlier stream", now.signStream({ conference, epoch: 0, edge: "edge-1" })],
    ["a resume token in place of a stream token", now.signResume({ conference })]
  ] as const
  for (const [what, streamToken] of streams) {
    const { code, reason } = await (await openStream(server, { ...started, streamToken })).close()
    note("stream", what, `closed ${code}: ${reason}`)
  }
  const resumes = [
    ["a resume token that ran out", past.signResume({ conference })],
    ["a stream token in place of a resume token", String(started.streamToken)]
  ] as const
  for (const [what, resumeToken] of resumes) {
    const control = await openControl(server)
    control.say({ type: "resume", resumeToken, sentThrough: 0 })
    const { reason, message } = await control.hear(({ type }) => type === "refused")
    note("control socket", what, `refused, ${reason}: ${message}`)
  }
  await end(0)
}

/** On a server of its own that asks the platform for a certificate. */
export async function tryBadCertificates(folder: string, note: Note): Promise<void> {
  const platform = await platformCertificates(folder, "platform")
  const stranger = await platformCertificates(folder, "stranger")
  const server = await startServer({ platformAuthorityFile: platform.authorityFile })
  const { core } = server
  const knock = async (what: string, shown: { readonly cert?: string; readonly key?: string }) => {
    const socket = new RawSocket(core.url, core.certificateFile, shown)
    const greeted = socket.hear(({ type }) => type === "greeting").then(() => "greeted")
    const refused = new Promise<string>((resolve) => {
      socket.socket.on("unexpected-response", (_, { statusCode }) => resolve(`${statusCode}`))
      socket.socket.on("error", () => resolve("closed in the handshake"))
    })
    note("platform's door", what, await Promise.race([greeted.catch(() => refused), refused]))
    socket.socket.terminate()
  }
  await knock("the platform's certificate", { cert: platform.certificate, key: platform.key })
  await knock("no certificate", {})
  await knock("a certificate of another authority", { cert: stranger.certificate, key: stranger.key })
  await knock("a certificate that ran out", { cert: platform.expired, key: platform.key })
  await server.stop()
}
