/** The KurrentDB store keeps the contract, on a server in this process that speaks the client's own gRPC definitions. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { afterAll, describe, expect, it } from "vitest"
import { CommitStore } from "../../actors/commit-store.ts"
import { beginning, EventStore } from "../../actors/event-store.ts"
import { kurrentJournal } from "../../infra/doctor/kurrent.ts"
import { commandIdOf, commandKeyOf } from "../../infra/journal/command-key.ts"
import { kurrentCommitStore } from "../../infra/journal/commit-store-kurrentdb.ts"
import { kurrentEventStore } from "../../infra/journal/event-store.ts"
import type { Recorded } from "../kurrentdb/log.ts"
import { startKurrent, type TestKurrent } from "../kurrentdb/server.ts"
import { describeAppending } from "./event-store-appending.ts"
import { describeReading } from "./event-store-reading.ts"
import { describeTampering } from "./event-store-tampering.ts"
import { commitOf, type Row, recordsOf, type Storage, ticks } from "./journal-storage.ts"

const root = mkdtempSync(join(tmpdir(), "mimika-journal-"))
const servers: TestKurrent[] = []
let folderCount = 0

afterAll(async () => {
  for (const server of servers) await server.stop()
  rmSync(root, { recursive: true })
})

async function freshServer(options?: Parameters<typeof startKurrent>[0]) {
  const server = await startKurrent(options)
  servers.push(server)
  const folder = join(root, String(folderCount++))
  const { url } = server
  return { ...server, folder, layer: kurrentEventStore({ url, folder }) }
}

const prefix = "mimika/"
const names = ["a", "b"]

async function freshStorage(options?: Parameters<typeof startKurrent>[0]): Promise<Storage> {
  const { url, folder, log, layer } = await freshServer(options)
  const { all, move, remove } = log.behindItsBack
  const commits = () => all.filter(({ stream }) => stream.startsWith(prefix))
  const at = (position: number) => commits().find(({ prepare }) => prepare === position)!
  const rowOf = (event: Recorded): Row => {
    const metadata = JSON.parse(Buffer.from(event.metadata).toString())
    return {
      position: event.prepare,
      stream_id: names.indexOf(event.stream.slice(prefix.length)),
      first_version: metadata.firstVersion,
      event_count: metadata.eventCount,
      committed_at: metadata.committedAt,
      command_id: commandKeyOf(metadata.commandId),
      sealed: event.data
    }
  }
  return {
    layer,
    secondLayer: kurrentEventStore({ url, folder }),
    withOtherKeys: kurrentEventStore({ url, folder: join(folder, "other") }),
    rows: async () => commits().map(rowOf),
    overwrite: async (position, column, value) => {
      const event = at(position)
      if (column === "stream_id") return move(event, prefix + names[value as number])
      if (column === "sealed") {
        event.data = value as Uint8Array
        return
      }
      const metadata = JSON.parse(Buffer.from(event.metadata).toString())
      if (column === "first_version") metadata.firstVersion = value
      if (column === "event_count") metadata.eventCount = value
      if (column === "committed_at") metadata.committedAt = value
      if (column === "command_id") metadata.commandId = commandIdOf(value as Uint8Array)
      event.metadata = Buffer.from(JSON.stringify(metadata))
    },
    remove: async (position) => remove(at(position))
  }
}

describeAppending("KurrentDB store", freshStorage)
describeReading("KurrentDB store", freshStorage)
describeTampering("KurrentDB store", freshStorage)

describe("KurrentDB store: its server", () => {
  const appendThree = Effect.gen(function* () {
    const store = yield* EventStore
    for (const version of [0, 1, 2]) yield* store.append(commitOf("a", version, ticks(1)))
  })

  it("an append whose answer was lost is found again and not written twice", async () => {
    const { layer, log, loseNextAnswer } = await freshServer()
    await Effect.runPromise(
      Effect.gen(function* () {
        const store = yield* EventStore
        yield* store.append(commitOf("a", 0, ticks(1)))
        loseNextAnswer()
        expect(yield* store.append(commitOf("a", 1, ticks(2)))).toBe(3)
        expect((yield* recordsOf(store.read("a"))).map(({ lastVersion }) => lastVersion)).toEqual([1, 3])
      }).pipe(Effect.provide(layer))
    )
    expect(log.behindItsBack.all.filter(({ stream }) => stream === "mimika/a").length).toBe(2)
  })

  it("keeps the fence with the older call that appends to one stream at a time", async () => {
    const { layer, calls } = await freshServer({ batches: false })
    await Effect.runPromise(
      Effect.gen(function* () {
        yield* appendThree
        const store = yield* EventStore
        const late = yield* Effect.flip(store.append(commitOf("a", 1, ticks(1))))
        expect(late).toMatchObject({ _tag: "StaleStream", actualVersion: 3 })
      }).pipe(Effect.provide(layer))
    )
    expect(new Set(calls)).toEqual(new Set(["append", "read"]))
  })

  it("goes on after a restart of the server", async () => {
    const server = await freshServer()
    await Effect.runPromise(
      Effect.gen(function* () {
        const store = yield* EventStore
        yield* appendThree
        yield* Effect.promise(server.stop)
        yield* Effect.promise(server.start)
        expect(yield* store.append(commitOf("a", 3, ticks(1)))).toBe(4)
        expect((yield* store.readAll(beginning, 10)).records.length).toBe(4)
      }).pipe(Effect.provide(server.layer))
    )
  })

  it("is told by the doctor from one that is away, empty, or reached over a network without TLS", async () => {
    const { url, layer, stop } = await freshServer()
    expect(await kurrentJournal(url)).toMatchObject({ level: "bad", en: expect.stringContaining("no journal here") })
    await Effect.runPromise(Effect.provide(appendThree, layer))
    expect(await kurrentJournal(url)).toMatchObject({ level: "good" })
    const far = url.replace("127.0.0.1", "0.0.0.0")
    expect(await kurrentJournal(far)).toMatchObject({ level: "bad", en: expect.stringContaining("not encrypted") })
    await stop()
    expect(await kurrentJournal(url)).toMatchObject({ level: "bad", en: expect.stringContaining("does not answer") })
  })

  it("says of a server that is away that it does not answer, and where it was looked for", async () => {
    const { url, stop } = await freshServer()
    await stop()
    const error = await Effect.runPromise(Effect.flip(Effect.scoped(Layer.build(kurrentCommitStore({ url })))))
    expect(error.message).toMatch(
      /^Cannot open the journal in KurrentDB at "127\.0\.0\.1:\d+": the server does not answer/
    )
  })

  it("says of credentials that the server refuses that they are refused, without printing them", async () => {
    const { url } = await freshServer({ password: "right" })
    const wrong = url.replace("right", "swordfish")
    const error = await Effect.runPromise(Effect.flip(Effect.scoped(Layer.build(kurrentCommitStore({ url: wrong })))))
    expect(error.message).toContain("the server refuses these credentials")
    expect(error.message).not.toContain("swordfish")
  })

  it("says of a stream that was deleted for ever that somebody has deleted it", async () => {
    const { layer, log } = await freshServer()
    await Effect.runPromise(
      Effect.gen(function* () {
        const store = yield* EventStore
        yield* appendThree
        log.delete("mimika/a", "any", true)
        const error = yield* Effect.flip(recordsOf(store.read("a")))
        expect(error.message).toContain("somebody has deleted a stream")
        expect((yield* Effect.flip(store.append(commitOf("a", 3, ticks(1))))).message).toContain("somebody has deleted")
      }).pipe(Effect.provide(layer))
    )
  })

  it("reads beside other applications' streams, and makes nothing when it only reads", async () => {
    const { url, layer, log } = await freshServer()
    const readOnly = kurrentCommitStore({ url, readOnly: true })
    const error = await Effect.runPromise(Effect.flip(Effect.scoped(Layer.build(readOnly))))
    expect(error.message).toContain("there is no journal here")
    expect(log.behindItsBack.all.length).toBe(0)
    const foreign = () =>
      log.append("$stats", "any", [
        {
          id: crypto.randomUUID(),
          type: "s",
          contentType: "application/json",
          metadata: Buffer.alloc(0),
          data: Buffer.from("{}")
        }
      ])
    await Effect.runPromise(
      Effect.gen(function* () {
        foreign()
        yield* appendThree
        foreign()
        const commits = yield* CommitStore
        const first = yield* commits.readAll("", 2)
        const rest = yield* commits.readAll(first.at(-1)!.cursor, 2)
        expect([...first, ...rest].map(({ firstVersion }) => firstVersion)).toEqual([1, 2, 3])
      }).pipe(Effect.provide(layer))
    )
  })

  it("finds any version of a long stream, from a start that has never read it", async () => {
    const { layer } = await freshServer()
    const counts = Array.from({ length: 400 }, (_, index) => (index % 7) + 1)
    let version = 0
    const commits = counts.map((count) => {
      version += count
      return commitOf("a", version - count, ticks(count))
    })
    await Effect.runPromise(
      Effect.provide(
        Effect.flatMap(EventStore, (store) => store.appendAll(commits)),
        layer
      )
    )
    await Effect.runPromise(
      Effect.gen(function* () {
        const store = yield* CommitStore
        for (let asked = 1; asked <= version; asked += 97) {
          const [found] = yield* store.readStream("a", asked, 1)
          expect(asked).toBeGreaterThanOrEqual(found!.firstVersion)
          expect(asked).toBeLessThan(found!.firstVersion + found!.eventCount)
        }
      }).pipe(Effect.provide(layer))
    )
  })
})
