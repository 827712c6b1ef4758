/** What every event store says of rows that somebody changed, moved or removed behind its back. */
import { Effect } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { beginning, EventStore, type UnreadableCommit } from "../../actors/event-store.ts"
import { encodeEvents } from "../../infra/journal/commit-codec.ts"
import {
  commitOf,
  type FreshStorage,
  type JournalLayer,
  type Row,
  recordsOf,
  run,
  type Storage,
  ticks
} from "./journal-storage.ts"

export function describeTampering(name: string, freshStorage: FreshStorage): void {
  /** Two streams of three commits each: a at 1, 3, 5 and b at 1, 3, 5, in turn. */
  const writtenStorage = async (): Promise<Storage> => {
    const storage = await freshStorage()
    await run(
      storage,
      Effect.gen(function* () {
        const store = yield* EventStore
        for (const version of [0, 2, 4]) {
          yield* store.append(commitOf("a", version, ticks(2)))
          yield* store.append(commitOf("b", version, ticks(2)))
        }
      })
    )
    return storage
  }
  const refusalOf = (layer: JournalLayer, stream: string) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const store = yield* EventStore
        return yield* Effect.flip(recordsOf(store.read(stream)))
      }).pipe(Effect.provide(layer))
    ) as Promise<UnreadableCommit>

  describe(`${name}: tampering`, () => {
    it("one flipped bit anywhere in a sealed commit is found, and the commit is named", async () => {
      const storage = await writtenStorage()
      const row = (await storage.rows())[2]!
      await fc.assert(
        fc.asyncProperty(fc.nat(row.sealed.length * 8 - 1), async (bit) => {
          const flipped = Uint8Array.from(row.sealed)
          flipped[bit >>> 3]! ^= 1 << (bit & 7)
          await storage.overwrite(row.position, "sealed", flipped)
          const error = await refusalOf(storage.layer, "a")
          expect(error).toMatchObject({ _tag: "UnreadableCommit", stream: "a", firstVersion: 3 })
          expect(error.message).toMatch(/^Cannot read the commit of "a" at version 3: its? .+/)
        }),
        { numRuns: 20 }
      )
      await storage.overwrite(row.position, "sealed", row.sealed)
      await run(
        storage,
        Effect.flatMap(EventStore, (store) => recordsOf(store.read("a")))
      )
    })

    it("a commit with another time, command, count or payload than it was written with does not open", async () => {
      const storage = await writtenStorage()
      const rows = await storage.rows()
      const [own, other] = [rows[2]!, rows[4]!]
      const changes: readonly (readonly [keyof Row, Uint8Array | number])[] = [
        ["committed_at", own.committed_at + 1],
        ["command_id", Uint8Array.from(own.command_id).reverse()],
        ["event_count", own.event_count + 1],
        ["first_version", own.first_version + 1],
        ["sealed", other.sealed],
        ["sealed", own.sealed.subarray(0, 30)],
        ["sealed", new Uint8Array(0)]
      ]
      for (const [column, value] of changes) {
        await storage.overwrite(own.position, column, value)
        expect(await refusalOf(storage.layer, "a")).toMatchObject({ _tag: "UnreadableCommit", stream: "a" })
        await storage.overwrite(own.position, column, own[column])
      }
    })

    it("a commit moved to another stream does not open, and its absence is found where it was", async () => {
      const storage = await writtenStorage()
      const rows = await storage.rows()
      const [fromA, fromB] = [rows[4]!, rows[5]!]
      await storage.remove(fromB.position)
      await storage.overwrite(fromA.position, "stream_id", fromB.stream_id)
      expect(await refusalOf(storage.layer, "b")).toMatchObject({
        _tag: "UnreadableCommit",
        stream: "b",
        firstVersion: 5
      })
    })

    it("a commit removed from the middle of a stream is found missing", async () => {
      const storage = await writtenStorage()
      await storage.remove((await storage.rows())[2]!.position)
      const error = await refusalOf(storage.layer, "a")
      expect(error.message).toContain(`the commit of "a" at version 3: it is missing`)
    })

    it("a reader of the global order stops at a damaged commit and names it", async () => {
      const storage = await writtenStorage()
      const rows = await storage.rows()
      await storage.overwrite(rows[3]!.position, "sealed", rows[1]!.sealed)
      const error = await Effect.runPromise(
        Effect.flatMap(EventStore, (store) => Effect.flip(store.readAll(beginning, 10))).pipe(
          Effect.provide(storage.layer)
        )
      )
      expect(error).toMatchObject({ _tag: "UnreadableCommit", stream: "b", firstVersion: 3 })
    })

    it("nothing of an event lies in clear in a row", async () => {
      const storage = await freshStorage()
      const event = { type: "RemarkMade", at: 1, text: "gold twice as tall" }
      await run(
        storage,
        Effect.flatMap(EventStore, (store) => store.append(commitOf("a", 0, [event])))
      )
      const [row] = await storage.rows()
      expect(Buffer.from(encodeEvents([event])).includes("gold")).toBe(true)
      for (const word of ["RemarkMade", "text", "gold"]) expect(Buffer.from(row!.sealed).includes(word)).toBe(false)
    })

    it("the keys of another installation open nothing, and the missing key is named", async () => {
      const storage = await writtenStorage()
      const error = await refusalOf(storage.withOtherKeys, "a")
      expect(error.message).toMatch(/its data key [0-9a-f]{16} is not in the key store/)
    })
  })
}
