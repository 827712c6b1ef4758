/** Exports and erasures through a running server: by its admin door, against conferences that run, and what a whole run leaves on disk. */
import { execFile } from "node:child_process"
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { request } from "node:https"
import { join } from "node:path"
import process from "node:process"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { Effect, Logger, Stream } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { Operations } from "../../actors/operations.ts"
import type { ExportRecord } from "../../actors/subjects.ts"
import { makeBackup } from "../../infra/backup/backup.ts"
import { sha256Of } from "../../infra/backup/file-bundle.ts"
import { openDesk, type SubjectDesk } from "../../infra/subjects/subject-desk.ts"
import { type ConferenceOptions, startConference } from "../../sdk/mimika.ts"
import { clipPictures, freshFolder, sdkOptions } from "../server/core.ts"
import { Observed, sendPaced } from "../server/paced.ts"
import { findPlain } from "../server/plain-text.ts"
import { freePort, type ServerProcess, serveProcess } from "../server/process.ts"
import { withStores } from "../server/subject-rig.ts"

/** Names that the platform might use as ids, which is the worst case. */
const client = "Сидоров Иван Петрович"
const manager = "Королёва Мария"
const call = "договор-40817810"
const secrets = [client, "Сидоров", manager, "Королёва", call, "40817810", "client-other"]

const folder = freshFolder()
let server: ServerProcess
const said: string[] = []
beforeAll(async () => {
  server = await serveProcess(folder, await freePort())
  for (const stream of [server.child.stdout!, server.child.stderr!])
    stream.on("data", (text) => said.push(String(text)))
})
afterAll(async () => {
  if (server.child.exitCode === null && server.child.signalCode === null) await server.kill("SIGKILL")
  rmSync(folder, { recursive: true, force: true })
})

const atDesk = <A, E>(steps: (desk: SubjectDesk) => Effect.Effect<A, E>) =>
  Effect.runPromise(
    Effect.scoped(Effect.flatMap(openDesk({ data: folder }), steps)).pipe(Effect.provide(Logger.layer([])))
  )
const why = { actor: "os:officer", purpose: "letter 17" }
const copy = (of: { client: string } | { subject: string }) =>
  atDesk((desk) => Stream.runCollect(desk.copyOf({ ...of, ...why })))
const erase = (of: { client: string } | { subject: string }) => atDesk((desk) => desk.erase({ ...of, ...why }))

async function begin(who: string, name: string, more: Partial<ConferenceOptions> = {}) {
  const observed = new Observed()
  const options = sdkOptions(server, name, { ...observed.handlers, client: who, manager, ...more })
  const conference = await startConference(options)
  await sendPaced(conference, observed, await clipPictures(3))
  await observed.until(() => observed.durableThrough === 3)
  return conference
}
const subjectIn = (records: readonly ExportRecord[]) => (records[0] as { readonly subject: string }).subject

let subject: string
let replayedId: string
it("hands out everything of one client through the running server", async () => {
  const first = await begin(client, call)
  await first.end()
  const other = await begin("client-other", "call-other")
  await other.end()
  replayedId = other.id
  const records = await copy({ client })
  subject = subjectIn(records)
  expect(records[0]).toMatchObject({ record: "subject", person: { externalId: client } })
  const streams = new Set(records.map((record) => (record.record === "commit" ? record.stream : "")))
  expect(streams).toEqual(new Set(["", `conference-${first.id}`, `illustration-${first.id}`, `consents-${first.id}`]))
  const events = records.flatMap((record) => (record.record === "commit" ? record.events : []))
  expect(events.filter(({ type }) => type === "FrameReceived")).toHaveLength(3)
  expect(events.filter(({ type }) => type === "ReportIssued")).toHaveLength(1)
})

it("a whole run leaves no name and no id of the platform in any file or log line", async () => {
  expect(findPlain(folder, secrets)).toEqual([])
  expect(said.join("\n")).not.toMatch(new RegExp(secrets.join("|"), "i"))
  // The search does find what is there.
  const planted = join(folder, "planted")
  writeFileSync(planted, Buffer.from(`x${client}`, "utf16le"))
  expect(findPlain(folder, [client])).toEqual([`planted: ${client} (utf16le)`])
  rmSync(planted)
})

it("erases while the client is in a conference: that ends with its report, and the next one is a stranger's", async () => {
  const reported = Promise.withResolvers<unknown>()
  await begin(client, "call-2", { onReport: reported.resolve, onFailed: reported.reject })
  const proof = await erase({ client })
  expect(proof.subject).toBe(subject)
  expect(await reported.promise).toMatchObject({ counted: 3 })
  expect(proof.events.find(({ type }) => type === "SubjectFenced")).toMatchObject({ endedConferences: 1 })
  expect(JSON.parse(proof.certificate).streams).toHaveLength(6)
  await expect(copy({ subject })).rejects.toThrow("the person was erased")
  await expect(copy({ client })).rejects.toThrow("nothing is kept under the id")

  const again = await begin(client, "call-3")
  await again.end()
  expect(subjectIn(await copy({ client }))).not.toBe(subject)
})

it("the door turns away a wrong token and every browser, and puts the attempt on record", async () => {
  const knock = (headers: Record<string, string>) =>
    new Promise<readonly [number, string]>((resolve, reject) => {
      const url = `${readFileSync(join(folder, "admin-url"), "utf8").trim()}/admin/subject/erase`
      const ca = readFileSync(server.certificateFile)
      const sent = request(url, { method: "POST", ca, headers }, (response) => {
        text(response).then((said) => resolve([response.statusCode!, said]), reject)
      })
      sent.on("error", reject)
      sent.end(JSON.stringify({ client: "client-other", ...why }))
    })
  const token = readFileSync(join(folder, "admin-token"), "utf8").trim()
  expect(await knock({})).toEqual([401, expect.stringContaining("the token is wrong")])
  expect(await knock({ authorization: `Bearer ${server.accessToken}` })).toEqual([
    401,
    expect.stringContaining("token")
  ])
  expect(await knock({ authorization: `Bearer ${token}`, origin: "https://127.0.0.1" })).toEqual([
    405,
    expect.any(String)
  ])
  expect((await copy({ client: "client-other" })).length).toBeGreaterThan(1)
})

it("is backed up while it runs, and the backup is on record before it has its name", async () => {
  const file = join(folder, "journal.backup")
  const written = await atDesk((desk) =>
    makeBackup({
      data: folder,
      holds: "journal",
      file,
      madeAt: 1,
      beforeUse: (sha256) => {
        expect(existsSync(file)).toBe(false)
        return desk.recordBackup({ ...why, holds: "journal", sha256 })
      }
    })
  )
  expect(sha256Of(file)).toBe(written.sha256)
  expect(readdirSync(folder).filter((name) => name.startsWith("journal.backup"))).toEqual(["journal.backup"])
  expect(findPlain(folder, secrets)).toEqual([])
})

it("puts a replay and a platform with a wrong token on record", async () => {
  const stranger = sdkOptions({ ...server, accessToken: "wrong" }, "call-5", { client, manager })
  await expect(startConference(stranger)).rejects.toThrow()
  const main = fileURLToPath(new URL("../../main.ts", import.meta.url))
  const flags = "Deno" in globalThis ? ["run", "-A", "--node-modules-dir=manual", "--no-prompt"] : []
  const words = ["replay", replayedId, "--data", folder, "--reason", "complaint 7", "--json"]
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, main, ...words])
  expect(JSON.parse(stdout)).toMatchObject({ conference: replayedId, agrees: true })
})

it("works on the stores themselves when the server is gone, without a clean stop too", async () => {
  await server.kill("SIGKILL")
  const proof = await erase({ subject })
  expect(proof.subject).toBe(subject)
  const { subject: other } = await erase({ client: "client-other" })
  const types = await withStores(
    folder,
    Effect.flatMap(Operations, (operations) => Stream.runCollect(operations.read()))
  )
  expect(types.filter(({ type }) => type === "AccessRefused")).toMatchObject([
    { door: "admin", why: "wrong token", count: 1 },
    { door: "conferences", why: "wrong access token", count: 1 }
  ])
  const read = { what: `conference-${replayedId}`, purpose: "complaint 7" }
  expect(types.filter(({ type }) => type === "PersonalDataRead")).toMatchObject([read])
  expect(types.filter(({ type }) => type === "BackupWritten")).toMatchObject([{ holds: "journal" }])
  expect(types.at(-1)).toMatchObject({ type: "SubjectErased", subject: other })
})

it("lets a server start again on a journal with erased people, and says nothing of it", async () => {
  said.length = 0
  server = await serveProcess(folder, await freePort())
  server.child.stderr!.on("data", (text) => said.push(String(text)))
  await (await begin(client, "call-4")).end()
  await server.kill("SIGTERM")
  expect(said.join("")).not.toContain("could not be recovered")
})
