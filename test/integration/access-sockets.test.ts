/**
 * Every socket that the running server serves, and every wish of the operator's door, tried with everything that anybody holds: each role's
 * session, each service's token, each token of a conference. It opens with what the one table names for it, and with nothing else.
 */
import { readFileSync } from "node:fs"
import { request } from "node:https"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Role, roles } from "../../actors/access.ts"
import { operatorWishes, sockets } from "../../actors/doors.ts"
import { sessionCookie } from "../../infra/access/access.ts"
import { analyticsTokenFile } from "../../infra/exchange/analytics-socket.ts"
import { adminTokenFile } from "../../infra/gateway/admin-door.ts"
import { startServer, type TestServer } from "../server/core.ts"
import { openControl, RawSocket, startMessage } from "../server/raw-client.ts"
import { type StaffBrowser, staffOf } from "../server/staff.ts"

type Address = keyof typeof sockets

let server: TestServer
let urls: Readonly<Record<Address, string>>
let manager: StaffBrowser
let conference: string
/** Who holds what: the secret by the name that the table has for it, or by the role. */
const held = new Map<string, string>()

const textOf = (file: string) => readFileSync(file, "utf8").trim()
const staffRoles: readonly Role[] = roles.filter((role) => role !== "service")

beforeAll(async () => {
  server = await startServer({ console: true })
  const staff = await staffOf(server)
  for (const role of staffRoles) {
    const person = await staff.person(`walk-${role}`, [role])
    held.set(role, person.cookies().get(sessionCookie)!)
    if (role === "manager") manager = person
  }
  const control = await openControl(server)
  control.say(startMessage(server, "call-1", { manager: "walk-manager" }))
  const started = await control.hear(({ type }) => type === "started")
  conference = started.conference
  held.set("streamToken", started.streamToken)
  held.set("resumeToken", started.resumeToken)
  held.set("platform.stream", server.core.accessToken)
  held.set("exchange.read", textOf(analyticsTokenFile(server.dataFolder)))
  held.set("ticket", await ticket())
  held.set("operator", textOf(adminTokenFile(server.dataFolder)))
  held.set("nobody", "")
  urls = {
    platform: new URL(server.core.url).origin.replace("https", "wss"),
    console: server.core.console!.url.replace("https", "wss"),
    edge: new URL(started.streamUrl).origin
  }
})
afterAll(() => server?.stop())

async function ticket(): Promise<string> {
  const { json } = await manager.post("/api/feeds/live", { conference })
  return (json as { readonly ticket: string }).ticket
}

/** What somebody says who would use the secret there; each on a socket of its own. */
const openings = (path: string, secret: string): readonly unknown[] =>
  ({
    "/conferences": [
      startMessage(server, `call-${Math.random()}`, { accessToken: secret }),
      { type: "resume", resumeToken: secret, sentThrough: 0 }
    ],
    "/analytics": [{ type: "open", token: secret }],
    "/feed": [secret],
    "/frames": [{ type: "open", streamToken: secret }]
  })[path]!

/** Whether any of it is let in: what is heard then, or the close. */
async function opens(address: Address, path: string, secret: string): Promise<boolean> {
  const answers: boolean[] = []
  for (const opening of openings(path, secret)) {
    const socket = new RawSocket(`${urls[address]}${path}`, server.core.certificateFile)
    await new Promise((resolve) => socket.socket.once("open", resolve))
    socket.say(opening)
    const letIn = ({ type }: { readonly type: string }) => /^(started|resumed|opened|live)$/.test(type)
    answers.push(await socket.hear((message) => letIn(message) || message.type === "refused").then(letIn, () => false))
    socket.socket.terminate()
  }
  return answers.includes(true)
}

const places = Object.entries(sockets).flatMap(([address, paths]) =>
  Object.entries(paths).map(([path, takes]) => [address as Address, path, takes as readonly string[]] as const)
)

describe("every socket", () => {
  it("is in the table of doors, and every door of the table is served", () => {
    expect([...server.core.sockets].sort()).toEqual(Object.keys(sockets.platform).sort())
    expect([...server.core.console!.sockets].sort()).toEqual(Object.keys(sockets.console).sort())
  })

  it.each(Object.keys(sockets) as Address[])(
    "of the %s is one of the table's: no other path opens there",
    async (address) => {
      const all = new Set([...places.map(([, path]) => path), "/", "/admin/hello", "/api/me"])
      for (const path of all) {
        const socket = new RawSocket(`${urls[address]}${path}`, server.core.certificateFile)
        const opened = await new Promise((resolve) => {
          socket.socket.once("open", () => resolve(true))
          socket.socket.once("close", () => resolve(false))
        })
        expect([address, path, opened]).toEqual([address, path, path in sockets[address]])
        socket.socket.terminate()
      }
    }
  )

  it.each(places)("of the %s, %s, is closed to whoever holds anything else than %s", async (address, path, takes) => {
    for (const [name, secret] of held) {
      if (takes.includes(name)) continue
      expect([name, await opens(address, path, secret)]).toEqual([name, false])
    }
  })

  // The stream's first: resuming makes its token an earlier epoch's.
  it.each([...places].reverse())("of the %s, %s, opens with each of %s", async (address, path, takes) => {
    for (const name of takes) expect([name, await opens(address, path, held.get(name)!)]).toEqual([name, true])
  })

  it("of the console opens once with a ticket, whoever holds it", async () => {
    const once = await ticket()
    expect(await opens("console", "/feed", once)).toBe(true)
    expect(await opens("console", "/feed", once)).toBe(false)
  })
})

describe("every wish of the operator's door", () => {
  const wishes: readonly string[] = Object.keys(operatorWishes)
  const ask = (path: string, token: string, more: Readonly<Record<string, string>> = {}): Promise<number> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", ...more }
      const ca = textOf(server.core.certificateFile)
      const url = new URL(path, urls.platform.replace("wss", "https"))
      // The door counts by address: each wish comes from one of its own.
      const localAddress = `127.0.0.${2 + wishes.indexOf(path)}`
      const sent = request(url, { method: "POST", ca, headers, localAddress }, (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      })
      sent.on("error", reject)
      sent.end("{}")
    })

  it.each(wishes)("%s is closed to every role and every service, and open to the operator", async (path) => {
    for (const [name, secret] of held) {
      expect([name, (await ask(path, secret)) === 401]).toEqual([name, name !== "operator"])
    }
    expect(await ask(path, held.get("operator")!, { origin: "https://elsewhere.example" })).toBe(405)
  })

  it("is one of the table's: another is none, and the console has none of them", async () => {
    expect(await ask("/admin/another", held.get("operator")!)).toBe(404)
    for (const path of wishes) expect((await manager.post(path, {})).status).toBe(405)
  })
})
