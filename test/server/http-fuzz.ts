/** Says nonsense to both doors over HTTP, seeded so that it can be repeated, and asks in between whether they still answer. */
import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { connect } from "node:tls"
import type { TestServer } from "./core.ts"
import { seeded } from "./kill-rounds.ts"

type Next = (below: number) => number

/** A bad client waits no longer for an answer, in milliseconds: half of what it says is not a whole request. */
const patienceMs = 150
const together = 8
const addresses = 64

const methods = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "get", "", "ГЕТ", "P\0ST"]
const paths = [
  "/",
  "/api/sign-in",
  "/api/accounts",
  "/api/conferences/x/report",
  "/%00",
  "/..%2f..%2fetc/passwd",
  "/feed",
  "*",
  "//",
  "/c/",
  "/admin/subject",
  "http://elsewhere/"
]
const headers = [
  "host: localhost",
  "content-length: 5",
  "content-length: -1",
  "content-length: 99999999999999999999",
  "transfer-encoding: chunked",
  "transfer-encoding: chunked, chunked",
  "upgrade: websocket",
  "connection: upgrade",
  "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==",
  "sec-websocket-version: 13",
  "cookie: mimika=\x01\x02",
  "content-type: application/json",
  "content-encoding: gzip",
  "expect: 100-continue",
  "x-mimika: 1",
  "x-name: имя",
  ": empty",
  "no colon",
  `x-long: ${"a".repeat(9_000)}`
]
const bodies = [
  "",
  "{",
  "[]",
  "null",
  '{"login":7}',
  `${"[".repeat(3_000)}`,
  "5\r\nhello\r\n0\r\n\r\n",
  "ffffffff\r\n",
  "\x1f\x8b\x08"
]

function request(next: Next): Uint8Array {
  const lines = [`${methods[next(methods.length)]} ${paths[next(paths.length)]} HTTP/1.${next(3)}`]
  for (let line = next(7); line > 0; line -= 1) lines.push(headers[next(headers.length)]!)
  const bytes = Buffer.from(`${lines.join("\r\n")}\r\n\r\n${bodies[next(bodies.length)]}`)
  for (let flips = next(3); flips > 0; flips -= 1) bytes[next(bytes.length)] = next(256)
  return next(5) === 0 ? bytes.subarray(0, next(bytes.length)) : bytes
}

/** Says it, hears at most the beginning of an answer, and hangs up. */
function say(url: URL, ca: string, bytes: Uint8Array, localAddress: string): Promise<void> {
  return new Promise((resolve) => {
    const place = { host: url.hostname, port: Number(url.port), localAddress }
    const socket = connect({ ...place, ca, servername: "localhost" }, () => socket.write(bytes))
    const done = () => {
      clearTimeout(timer)
      socket.destroy()
    }
    const timer = setTimeout(done, patienceMs)
    socket.once("data", done)
    socket.on("error", done)
    socket.on("close", () => resolve())
  })
}

const descriptors = () => readdirSync("/proc/self/fd").length

/** Answers how many requests were said. The server runs in this process, so its descriptors are ours. */
export async function surviveHttpFuzz(server: TestServer, seed: number, rounds: number): Promise<number> {
  const next = seeded(seed)
  const ca = readFileSync(server.core.certificateFile, "utf8")
  if (server.core.console === null) throw new Error("HTTP is fuzzed with the console")
  const doors = [new URL(server.core.console.url), new URL(server.core.url.replace("wss", "https"))]
  const page = new URL("/sign-in", doors[0])
  const isWell = async () => {
    const answer = await answerTo(page, ca)
    assert.match(answer, /^HTTP\/1\.1 200/, `the console still serves its page (seed ${seed})`)
  }
  await isWell()
  const before = descriptors()
  for (let round = 0; round < rounds; round += 1) {
    // Bad clients come from many addresses: what one may ask is bounded, and would keep most of this out.
    const address = `127.0.0.${2 + (round % addresses)}`
    const said = Array.from({ length: together }, () => say(doors[next(doors.length)]!, ca, request(next), address))
    await Promise.all(said)
    await isWell()
  }
  // What is left closes soon; a leak never does.
  for (let look = 0; look < 100 && descriptors() > before + together; look += 1) await isWell()
  assert.ok(descriptors() <= before + together, `${descriptors() - before} descriptors are left over (seed ${seed})`)
  return rounds * together
}

function answerTo(url: URL, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port), ca, servername: "localhost" }, () =>
      socket.write(`GET ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\nconnection: close\r\n\r\n`)
    )
    socket.once("data", (data) => {
      resolve(data.toString())
      socket.destroy()
    })
    socket.on("error", reject)
    socket.on("close", () => reject(new Error("the door closed without an answer")))
  })
}
