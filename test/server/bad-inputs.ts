/** Everything bad that was thought of, tried on a real server, and what each got: for `docs/security/bad-inputs.md` and the test that holds it to the truth. */
import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { request } from "node:https"
import process from "node:process"
import { connect } from "node:tls"
import { fileURLToPath } from "node:url"
import { encodedDemoChunks } from "../../infra/clips/encoded-clip.ts"
import { type Codec, defaultBounds, type EncodedCodec } from "../../machines/wire.ts"
import { parsePrompt } from "../../models/illustration/prompt.ts"
import { tryBadCertificates, tryBadHttp, tryBadSockets } from "./bad-inputs-transport.ts"
import { clipPictures, type TestServer } from "./core.ts"
import { answerTo, frameOf, openControl, openRaw, openStream, RawSocket, startMessage } from "./raw-client.ts"
import { browserOf, staffOf } from "./staff.ts"

export interface Tried {
  readonly where: string
  readonly what: string
  readonly got: string
}

const main = fileURLToPath(new URL("../../main.ts", import.meta.url))

/** Numbers that differ from run to run are not what the table is about. */
const steady = (text: string) =>
  text
    .replace(/127\.0\.0\.1:\d+/g, "HOST")
    .replace(/localhost:\d+/g, "HOST")
    .replace(/\s+/g, " ")
    .trim()

export async function tryBadInputs(server: TestServer): Promise<readonly Tried[]> {
  const { core } = server
  const tried: Tried[] = []
  const note = (where: string, what: string, got: string) => void tried.push({ where, what, got: steady(got) })
  const closing = async (socket: RawSocket) => {
    const { code, reason } = await socket.close()
    return `closed ${code}: ${reason}`
  }
  const picture = (await clipPictures(1))[0]!
  let calls = 0
  const nextCall = () => `bad-${++calls}`

  const control = async (what: string, say: (socket: RawSocket) => void, answered = false) => {
    const socket = await openControl(server)
    say(socket)
    if (!answered) return note("control socket", what, await closing(socket))
    const { reason, message } = await socket.hear(({ type }) => type === "refused")
    note("control socket", what, `refused, ${reason}: ${message}`)
    socket.socket.close()
  }
  await control("a wrong access token", (socket) =>
    socket.say(startMessage(server, nextCall(), { accessToken: "guess" }))
  )
  await control(
    "a codec nobody decodes",
    (socket) => socket.say(startMessage(server, nextCall(), { codec: "av1" })),
    true
  )
  await control("a manager's face", (socket) => socket.say(startMessage(server, nextCall(), { role: "manager" })), true)
  await control(
    "a forged resume token",
    (socket) => socket.say({ type: "resume", resumeToken: "a.b", sentThrough: 0 }),
    true
  )
  await control("`end` before `start`", (socket) => socket.say({ type: "end", sentThrough: 0 }))
  await control("text that is no JSON", (socket) => socket.say("{"))
  await control("JSON nested 5,000 deep", (socket) => socket.say(`${"[".repeat(5_000)}${"]".repeat(5_000)}`))
  await control("an unknown message", (socket) => socket.say({ type: "drop table" }))
  await control("a picture", (socket) => socket.say(picture))
  await control("a name in place of a pseudonym's field: a list", (socket) =>
    socket.say(startMessage(server, nextCall(), { client: [] }))
  )
  await control(
    "a consent to a text nobody published",
    (socket) => {
      const consent = {
        id: "c",
        textVersion: "99",
        textSha256: "0".repeat(64),
        purposes: ["expressionAnalysis"],
        givenAt: 1
      }
      socket.say(startMessage(server, nextCall(), { consent }))
    },
    true
  )

  const frames = async (what: string, message: Uint8Array | string) => {
    const { stream, end } = await openRaw(server, nextCall())
    stream.say(message)
    note("stream", what, await closing(stream))
    await end(0)
  }
  const pictures = async (what: string, bytes: Uint8Array, codec: Codec = "jpeg", named: Codec = codec) => {
    const { stream, end } = await openRaw(server, nextCall(), { codec: named })
    stream.say(frameOf(1, bytes, codec))
    const { outcome, reason, detail } = await stream.hear(answerTo(1))
    note("stream", what, `answered ${outcome}, ${reason}${detail === undefined ? "" : `, ${detail}`}`)
    await end(1)
  }
  const bomb = Buffer.from(picture)
  const header = bomb.indexOf(Buffer.of(0xff, 0xc0))
  bomb.writeUInt16BE(30_000, header + 5)
  bomb.writeUInt16BE(30_000, header + 7)
  await pictures("a JPEG that claims 30,000 × 30,000 pixels", bomb)
  await pictures("half a JPEG", picture.subarray(0, picture.length >> 1))
  await pictures("a GIF", Buffer.from("GIF89a and so on"))
  await pictures("nothing", new Uint8Array(0))
  const chunkOf = async (codec: EncodedCodec, index: number) => (await encodedDemoChunks(codec))[index]!.bytes
  const wide = Uint8Array.from(await chunkOf("vp8", 0))
  wide.set([0xff, 0x3f, 0xff, 0x3f], 6)
  await pictures("a frame of VP8 that claims 16,383 × 16,383 pixels", wide, "vp8")
  await pictures("H.264 named VP8", await chunkOf("h264", 0), "vp8")
  await pictures("video that does not begin with a key frame", await chunkOf("h264", 1), "h264")
  await pictures("the first hundred bytes of a key frame", (await chunkOf("vp8", 0)).subarray(0, 100), "vp8")
  await pictures("video that the conference did not name", await chunkOf("h264", 0), "h264", "jpeg")
  await frames("a frame of another version", frameOf(1, picture).fill(2, 0, 1))
  await frames("an unknown codec", frameOf(1, picture).fill(99, 1, 2))
  await frames("less than a header", Buffer.from("short"))
  await frames("a plane that is not width × height", frameOf(1, new Uint8Array(99), "gray8", 10, 10))
  await frames("a sequence number no camera can have reached", frameOf(4_000_000_000, picture))
  await frames("a second `open`", JSON.stringify({ type: "open", streamToken: "x" }))
  const { started, end } = await openRaw(server, nextCall())
  const second = await openStream(server, started)
  note("stream", "a second stream of one conference", await closing(second))
  const forged = await openStream(server, {
    streamUrl: started.streamUrl,
    streamToken: `${String(started.streamToken).split(".")[0]}.${"A".repeat(86)}`
  })
  note("stream", "a forged stream token", await closing(forged))
  const early = new RawSocket(started.streamUrl, core.certificateFile)
  await early.hear(({ type }) => type === "greeting")
  early.say(frameOf(1, picture))
  note("stream", "frames before `open`", await closing(early))
  await end(0)
  await tryBadSockets(server, note)
  await tryBadCertificates(server.dataFolder, note)

  if (core.console === null) throw new Error("bad inputs are tried with the console")
  const { url } = core.console
  const { admin } = await staffOf(server)
  const stranger = browserOf(url, core.certificateFile)
  const page = async (
    what: string,
    answer: Promise<{ readonly status: number; readonly json: unknown; readonly text: string }>
  ) => {
    const { status, json, text } = await answer
    note("console", what, `${status} ${(json as { error?: string } | undefined)?.error ?? text.slice(0, 120)}`)
  }
  const english = { "accept-language": "en" }
  await page("somebody who is not signed in", stranger.send("GET", "/api/accounts", undefined, english))
  await page("a wrong password", stranger.send("POST", "/api/sign-in", { login: "admin", password: "guess" }, english))
  await page(
    "a login that does not exist",
    stranger.send("POST", "/api/sign-in", { login: "nobody", password: "guess" }, english)
  )
  await page(
    "an enrolment link that was used",
    stranger.send("POST", "/api/enrolment", { secret: "A".repeat(43) }, english)
  )
  await page(
    "another site's page",
    admin.send("POST", "/api/accounts", {}, { ...english, origin: "https://elsewhere.example" })
  )
  await page("a form without our header", admin.send("POST", "/api/accounts", {}, { ...english, "x-mimika": "" }))
  await page("an administrator asking for a client's report", admin.send("GET", "/api/conferences", undefined, english))
  await page("fields of the wrong kind", admin.send("POST", "/api/accounts", { login: 7 }, english))
  await page("a path that leads out of the folder", stranger.send("GET", "/..%2f..%2fetc/passwd", undefined, english))
  await page("a method that is not known", stranger.send("TRACE", "/", undefined, english))
  await tryBadHttp(server, note)
  note("console", "a header of 100 kB", await statusOf(url, core.certificateFile, { "x-large": "a".repeat(100_000) }))
  note("console", "no HTTP at all", await rawAnswer(url, core.certificateFile, "\0\x01\x02 hello\r\n\r\n"))

  note("limits", "one frame", `${defaultBounds.frameBytesMax} bytes at most; a longer one closes the stream with 1009`)
  return tried
}

/** What a command line gets: its exit code, and the first line of what it complains of. */
const exitOf = (words: readonly string[]) =>
  new Promise<string>((resolve) => {
    execFile(process.execPath, [main, ...words], (error, _, stderr) =>
      resolve(`exit ${error?.code ?? 0}: ${stderr.split("\n", 1)[0]}`)
    )
  })

/** What people type: a brief, and the command line. No server is asked. */
export async function tryBadWords(): Promise<readonly Tried[]> {
  const tried: Tried[] = []
  const note = (where: string, what: string, got: string) => void tried.push({ where, what, got: steady(got) })
  const commands: (readonly [string, Promise<string>])[] = []
  for (const [what, prompt] of [
    ["no number", "депозит и золото"],
    ["a yield of 100,000 %", "депозит 100000 %"],
    ["nothing", "   "],
    ["two thousand characters and one", "д".repeat(2_001)]
  ] as const) {
    const answer = parsePrompt(prompt)
    note("brief", what, answer.ok ? "drawn" : `refused: ${answer.error.message}`)
  }
  for (const [what, ...words] of [
    ["an unknown command", "serv"],
    ["an option with no number", "serve", "--port", "many"],
    ["a listening address for everybody", "serve", "--host", "0.0.0.0"],
    ["no networks named", "serve", "--host", "10.0.0.5", "--platform-ca", "ca.pem"],
    ["networks that are none", "serve", "--host", "10.0.0.5", "--platform-ca", "ca.pem", "--allow", "10.0.0.0/33"],
    ["no name", "serve", "--host", "0.0.0.0", "--platform-ca", "ca.pem", "--allow", "10.0.0.0/8"],
    ["edges of anybody", "serve", "--edge-port", "7071"],
    ["a console for everybody", "serve", "--console-host", "0.0.0.0"],
    ["a folder without a journal", "audit", "verify", "--data", "/nowhere"],
    ["a database that is not verified", "replay", "x", "--data", "/nowhere", "--journal", "postgres://db.example/x"],
    ["a database's password for everybody to see", "serve", "--journal", "postgres://mimika:secret@db.example/x"],
    ["a proof that is none", "audit", "check", main, "--key", "x"]
  ] as const) {
    const said = `${what}: \`mimika ${words.join(" ").replace(main, "main.ts")}\``
    commands.push([said, exitOf(words)])
  }
  for (const [said, exit] of commands) note("command line", said, await exit)
  return tried
}

function statusOf(url: string, certificateFile: string, headers: Record<string, string>): Promise<string> {
  return new Promise((resolve) => {
    const asked = request(url, { ca: readFileSync(certificateFile), headers }, (response) => {
      response.resume()
      resolve(`${response.statusCode}`)
    })
    asked.on("error", () => resolve("the connection is cut"))
    asked.end()
  })
}

function rawAnswer(url: string, certificateFile: string, said: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), ca: readFileSync(certificateFile) }, () =>
      socket.write(said)
    )
    let heard = ""
    socket.on("data", (data) => {
      heard += data
    })
    socket.on("error", () => {})
    socket.on("close", () => resolve(heard.split("\r\n", 1)[0] || "the connection is cut"))
  })
}

const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("<", "&lt;")
export const badInputsRow = ({ where, what, got }: Tried) => `| ${where} | ${cell(what)} | ${cell(got)} |`

/** What both gateways got, side by side where it differs. */
export function bothOf(uws: readonly Tried[], ws: readonly Tried[]): readonly Tried[] {
  return uws.map((tried, index) => {
    const other = ws[index]!.got
    return other === tried.got ? tried : { ...tried, got: `uWebSockets.js: ${tried.got}; ws: ${other}` }
  })
}

/** The document's text. */
export function badInputsPage(tried: readonly Tried[]): string {
  const rows = tried.map(badInputsRow)
  return [
    "# Bad inputs, and what each gets",
    "",
    "Printed by `node scripts/bad-inputs.ts`, which tries every line on a real server with real accounts; a test tries them again and compares.",
    "`npm start` takes uWebSockets.js where it loads and `ws` elsewhere; where the two answer differently, both stand here.",
    "None of them costs a conference beside it a frame (`test/integration/refusals.test.ts`), and `npm run faults -- fuzz` says much more nonsense at random.",
    "",
    "| where | what was tried | what it got |",
    "|---|---|---|",
    ...rows,
    ""
  ].join("\n")
}
