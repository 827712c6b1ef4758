/** The log beside the embedded journal keeps the contract; its clock and its files are its own. */
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Effect, Exit, Layer, Scope } from "effect"
import { TestClock } from "effect/testing"
import { afterAll, describe, expect, it } from "vitest"
import { runSequencer } from "../../actors/sequencer.ts"
import { fileLogIdentity } from "../../infra/audit/log-key.ts"
import { sqliteProofLog } from "../../infra/audit/proof-log-sqlite.ts"
import { embeddedEventStore } from "../../infra/journal/event-store.ts"
import { describeSequencer, type Forgery, holds, type ProvenStorage, run, write } from "./proof-log.ts"

const root = mkdtempSync(join(tmpdir(), "mimika-proof-log-"))
let folderCount = 0
afterAll(() => rmSync(root, { recursive: true }))

const forgeries: Readonly<Record<Forgery, readonly [file: string, sql: string]>> = {
  cut: ["journal.sqlite", "DELETE FROM commits WHERE position = (SELECT max(position) FROM commits)"],
  changed: ["journal.sqlite", "UPDATE commits SET committed_at = committed_at + 1"],
  "changed tiles": ["proof.sqlite", "UPDATE tiles SET hashes = zeroblob(length(hashes))"],
  "another checkpoint": ["proof.sqlite", "UPDATE checkpoints SET note = replace(note, '3', '4')"],
  "no checkpoint": ["proof.sqlite", "DELETE FROM checkpoints"],
  "an emptied log": ["proof.sqlite", "DELETE FROM leaves; DELETE FROM tiles; UPDATE log SET size = 0"]
}

async function freshStorage(): Promise<ProvenStorage> {
  const folder = join(root, String(folderCount++))
  return {
    folder,
    layer: sqliteProofLog(folder).pipe(
      Layer.provideMerge(fileLogIdentity(join(folder, "keys"))),
      Layer.provideMerge(embeddedEventStore({ folder }))
    ),
    async forge(forgery) {
      const [file, sql] = forgeries[forgery]
      const database = new DatabaseSync(join(folder, file))
      database.exec(sql)
      database.close()
    }
  }
}

describeSequencer("the embedded journal", freshStorage)

describe("the sequencer's clock", () => {
  it("signs within two seconds of a commit, and once more when it is stopped", async () => {
    const storage = await freshStorage()
    const steps = Effect.gen(function* () {
      const scope = yield* Scope.make()
      yield* Scope.provide(runSequencer, scope)
      yield* TestClock.adjust(5_000)
      for (let from = 0; from < 9; from += 3) {
        yield* write(3, "a", from)
        yield* TestClock.adjust(2_000)
        expect(yield* holds).toEqual({ covered: from + 3, written: from + 3 })
      }
      yield* write(1, "b")
      yield* Scope.close(scope, Exit.void)
      expect(yield* holds).toEqual({ covered: 10, written: 10 })
    })
    await run(storage, Effect.provide(steps, TestClock.layer()))
  })
})

describe("the log's key", () => {
  it("is made for its owner alone, and refused when others may read it", async () => {
    const storage = await freshStorage()
    await run(storage, write(1))
    const file = join(storage.folder, "keys", "log-key.pem")
    expect(statSync(file).mode & 0o777).toBe(0o600)
    chmodSync(file, 0o644)
    await expect(run(storage, write(1))).rejects.toThrow("others may read it (mode 644)")
  })

  it("another file at the log's place is refused and left alone", async () => {
    const storage = await freshStorage()
    await run(storage, write(1))
    rmSync(join(storage.folder, "proof.sqlite"))
    writeFileSync(
      join(storage.folder, "proof.sqlite"),
      "something else entirely, longer than a header of SQLite would be at 100 bytes: ......................"
    )
    await expect(run(storage, write(1))).rejects.toThrow("Cannot open the proof log")
  })
})
