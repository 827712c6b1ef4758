/** Killed at any moment, a writing process leaves every acknowledged commit behind, each once, and lets go of its lock. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { EventStore } from "../../actors/event-store.ts"
import { embeddedEventStore, postgresEventStore } from "../../infra/journal/event-store.ts"
import { commitOf, type JournalLayer, recordsOf, ticks } from "../contract/journal-storage.ts"
import { startPostgres, type TestPostgres } from "../postgres.ts"

const root = mkdtempSync(join(tmpdir(), "mimika-sigkill-"))
const writer = fileURLToPath(new URL("./journal-writer.ts", import.meta.url))
const runtimeFlags =
  process.versions.deno === undefined ? [] : ["run", "-A", "--no-prompt", "--node-modules-dir=manual"]
/** Lines acknowledged before each kill: at once, in the middle of things, and later. */
const linesBeforeKill = [1, 7, 40]
let server: TestPostgres

beforeAll(async () => {
  server = await startPostgres()
})
afterAll(async () => {
  await server.stop()
  rmSync(root, { recursive: true })
})

/** Runs the writer until it has printed so many lines, kills it, and answers the last versions it printed. */
async function acknowledgedBeforeKill(args: readonly string[], linesMin: number): Promise<readonly number[]> {
  const child = spawn(process.execPath, [...runtimeFlags, writer, ...args], { stdio: ["ignore", "pipe", "inherit"] })
  const closed = once(child, "close")
  let lineCount = 0
  let last = ""
  for await (const line of createInterface({ input: child.stdout })) {
    last = line
    lineCount++
    if (lineCount === linesMin) child.kill("SIGKILL")
  }
  const [, signal] = await closed
  expect(signal).toBe("SIGKILL")
  return last.split(" ").map(Number)
}

async function keepsWhatWasAcknowledged(args: readonly string[], layer: JournalLayer): Promise<void> {
  for (const linesMin of linesBeforeKill) {
    const acknowledged = await acknowledgedBeforeKill(args, linesMin)
    const check = Effect.gen(function* () {
      const store = yield* EventStore
      for (const [index, version] of acknowledged.entries()) {
        const records = yield* recordsOf(store.read(`conference-${index + 1}`))
        const numbers = records.flatMap(({ events }) => events.map(({ number }) => number))
        expect(numbers.length).toBeGreaterThanOrEqual(version)
        expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, number) => number + 1))
      }
    })
    await Effect.runPromise(Effect.provide(check, layer))
  }
}

describe("SIGKILL", () => {
  it("leaves every acknowledged commit in the embedded store, once, and the folder free for the next process", () => {
    const folder = join(root, "embedded")
    return keepsWhatWasAcknowledged(["embedded", folder], embeddedEventStore({ folder }))
  })

  it("is not needed for a second writer: it ends by itself with the folder's name, and the first goes on", async () => {
    const folder = join(root, "locked")
    const second = Effect.promise(async () => {
      const child = spawn(process.execPath, [...runtimeFlags, writer, "embedded", folder], {
        stdio: ["ignore", "inherit", "pipe"]
      })
      let said = ""
      child.stderr.on("data", (bytes) => {
        said += bytes
      })
      const [code] = await once(child, "close")
      return { code, said }
    })
    const steps = Effect.gen(function* () {
      const store = yield* EventStore
      const { code, said } = yield* second
      expect(code).not.toBe(0)
      expect(said).toContain(`Cannot open the journal in "${folder}" for writing: another process is writing to it`)
      expect(yield* store.append(commitOf("a", 0, ticks(1)))).toBe(1)
    })
    await Effect.runPromise(Effect.provide(steps, embeddedEventStore({ folder })))
  })

  it("leaves every acknowledged commit in PostgreSQL, once", async () => {
    const folder = join(root, "postgres")
    const url = await server.freshDatabase()
    await keepsWhatWasAcknowledged(["postgres", folder, url], postgresEventStore({ url, folder }))
  })
})
