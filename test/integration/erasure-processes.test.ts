/** Erasure over several processes on one PostgreSQL: fenced everywhere first, destroyed then, and seen everywhere after. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { rmSync } from "node:fs"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { Effect, Layer, Logger, Stream } from "effect"
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest"
import { Fence } from "../../actors/erasure-ports.ts"
import { Operations } from "../../actors/operations.ts"
import { Directory } from "../../actors/ports.ts"
import { Subjects } from "../../actors/subjects.ts"
import { postgresEventStore } from "../../infra/journal/event-store.ts"
import { sqliteDirectory } from "../../infra/keys/directory-sqlite.ts"
import { sharedFence } from "../../infra/subjects/shared-fence.ts"
import { noConferences, subjectsIn } from "../../infra/subjects/subject-stores.ts"
import { startPostgres, type TestPostgres } from "../postgres.ts"
import { freshFolder } from "../server/core.ts"
import { eventsOf } from "../server/subject-rig.ts"

const script = fileURLToPath(new URL("../server/conferring-process.ts", import.meta.url))
const runtimeFlags =
  process.versions.deno === undefined ? [] : ["run", "-A", "--no-prompt", "--node-modules-dir=manual"]
let server: TestPostgres
let url: string
let folder: string
const children: ChildProcess[] = []
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.stop())
beforeEach(async () => {
  url = await server.freshDatabase()
  folder = freshFolder()
})
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const exited = once(child, "exit")
    child.kill("SIGKILL")
    await exited
  }
  rmSync(folder, { recursive: true, force: true })
})

/** Another process with a conference of the subject, once it appends. */
async function confer(subject: string, stream: string) {
  const child = spawn(process.execPath, [...runtimeFlags, script, url, folder, subject, stream], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  children.push(child)
  const said: string[] = []
  const waiting = new Set<() => void>()
  createInterface({ input: child.stdout }).on("line", (line) => {
    said.push(line)
    for (const look of waiting) look()
  })
  const until = (line: string) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!said.some((one) => one.startsWith(line))) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  await until("appended 5")
  return { child, said, until }
}

type Services = Subjects | Operations | Directory | Fence
const here = <A, E>(steps: Effect.Effect<A, E, Services>, silentMs?: number): Promise<A> => {
  const options = { url, hosts: true, ...(silentMs === undefined ? {} : { silentMs }) }
  const stores = subjectsIn(folder).pipe(
    Layer.provideMerge(Layer.provide(sharedFence(options), noConferences)),
    Layer.provideMerge(sqliteDirectory(folder)),
    Layer.provideMerge(Layer.fresh(postgresEventStore({ url, folder })))
  )
  return Effect.runPromise(
    steps.pipe(Effect.scoped, Effect.provide(stores), Effect.provide(Logger.layer([]))) as Effect.Effect<A, E>
  )
}
const why = { actor: "os:officer", purpose: "letter 17" }
const pseudonymOf = (client: string) =>
  Effect.flatMap(Directory, (directory) => directory.pseudonymOf("client", client))
const erase = (subject: string) => Effect.flatMap(Subjects, (subjects) => subjects.erase({ subject, ...why }))

it("raises the fence in every other process, and counts what ended there, before the key is destroyed", async () => {
  const anna = await here(pseudonymOf("anna"))
  const one = await confer(anna, "conference-one")
  const two = await confer(anna, "conference-two")
  const steps = Effect.gen(function* () {
    const proof = yield* erase(anna)
    expect(proof.events.find(({ type }) => type === "SubjectFenced")).toMatchObject({ endedConferences: 2 })
    const streams = JSON.parse(proof.certificate).streams.map(({ stream }: { stream: string }) => stream)
    expect(streams).toEqual(["conference-one", "conference-two"])
    for (const stream of ["conference-one", "conference-two"]) expect(yield* eventsOf(stream)).toBe("SubjectErased")
  })
  await here(steps as never)
  for (const { said, until } of [one, two]) {
    await until("refused")
    await until("lowered")
    // Nothing was appended once the fence was up but what was under way.
    const after = said.slice(said.indexOf("fenced") + 1).filter((line) => line.startsWith("appended"))
    expect(after.length).toBeLessThanOrEqual(1)
    expect(said).toContain("refused SubjectErased")
  }
})

it("does not wait for good for a process that was killed, and the erasure is whole", async () => {
  const anna = await here(pseudonymOf("anna"))
  const { child } = await confer(anna, "conference-one")
  const exited = once(child, "exit")
  child.kill("SIGKILL")
  await exited
  const proof = await here(erase(anna), 300)
  expect(proof.events.at(-1)?.type).toBe("SubjectErased")
})

it("fences a process that starts while somebody is being erased, and leaves everybody else alone", async () => {
  const [anna, boris] = await here(Effect.all([pseudonymOf("anna"), pseudonymOf("boris")]))
  await here(Effect.flatMap(Fence, (fence) => fence.raise(anna)))
  const late = await confer(boris, "conference-boris")
  expect(late.said).not.toContain("fenced")
  const raised: string[] = []
  const own = Layer.succeed(Fence)({
    raise: (subject) => Effect.sync(() => raised.push(subject)),
    lower: () => Effect.void
  })
  const started = sharedFence({ url, hosts: true }).pipe(
    Layer.provide(own),
    Layer.provideMerge(Layer.fresh(postgresEventStore({ url, folder })))
  )
  await Effect.runPromise(Effect.scoped(Layer.build(started)))
  expect(raised).toEqual([anna])
  // The erasure goes on from there, as it would after a restart.
  const proof = await here(erase(anna))
  expect(proof.events.at(-1)?.type).toBe("SubjectErased")
  const recorded = await here(Effect.flatMap(Operations, (operations) => Stream.runCollect(operations.read())))
  expect(recorded.filter(({ type }) => type === "SubjectErasureFailed")).toEqual([])
})
