/** How a log stands, told without a server: witnesses that are believed or not, commits that wait too long, forgeries that a verification names. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Context, Effect, Exit, Layer, Scope } from "effect"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { EventStore } from "../../actors/event-store.ts"
import { ProofLog } from "../../actors/proof-log.ts"
import { forgeCopy } from "../../infra/audit/audit-tamper.ts"
import { readVerifierKey } from "../../infra/audit/log-key.ts"
import { logStatusOf } from "../../infra/audit/log-status.ts"
import { verifyPlace } from "../../infra/audit/place-verification.ts"
import { provenReaders, sealedReaders } from "../../infra/audit/proof-log.ts"
import { proveJournal } from "../../infra/audit/proving.ts"
import { openWitness } from "../../infra/audit/witness.ts"
import { embeddedEventStore } from "../../infra/journal/event-store.ts"
import { formatWitnessRequest } from "../../models/proof/witness-request.ts"
import { commitOf, ticks } from "../contract/journal-storage.ts"
import { MemoryStore } from "../server/memory-store.ts"
import { verified } from "../server/verification.ts"

const root = mkdtempSync(join(tmpdir(), "mimika-log-status-"))
const folder = join(root, "server")
const keyOf = () => readVerifierKey(join(folder, "keys", "log-key.pub"))
const commitCount = 40

beforeAll(async () => {
  const written = Effect.gen(function* () {
    const store = yield* EventStore
    yield* proveJournal({ folder }, [])
    yield* store.appendAll(Array.from({ length: commitCount }, (_, index) => commitOf("s", 2 * index, ticks(2))))
  })
  await Effect.runPromise(written.pipe(Effect.scoped, Effect.provide(embeddedEventStore({ folder }))))
})
afterAll(() => rmSync(root, { recursive: true }))

it("the status says which witness cosigned and when, believes only those whose key it was given, and calls silence late", async () => {
  const reading = Effect.runSync(Scope.make())
  const readers = await Effect.runPromise(Layer.build(provenReaders({ folder })).pipe(Scope.provide(reading)))
  const log = Context.get(readers, ProofLog)
  const { signed } = await Effect.runPromise(log.checkpoints())
  const nowMs = () => 1_790_000_000_000
  const witness = openWitness({ folder: join(root, "witness"), name: "w.example", logs: [keyOf()], nowMs })
  const asked = formatWitnessRequest({ oldSize: 0, hashes: [], checkpoint: signed! })
  const cosigned = `${signed}${witness.addCheckpoint(asked).body}`
  witness.close()
  const seen = { ...log, checkpoints: () => Effect.succeed({ signed, cosigned }) }
  const statusBy = (witnesses: readonly (typeof witness.key)[], of = seen) =>
    Effect.runPromise(Effect.provide(logStatusOf({ log: of, key: keyOf(), witnesses }), sealedReaders({ folder })))
  expect((await statusBy([witness.key])).cosigned?.by).toEqual([{ name: "w.example", at: nowMs() }])
  expect((await statusBy([])).cosigned?.by).toEqual([{ name: "w.example", at: null }])
  const other = readVerifierKey(join(folder, "keys", "log-key.pub"))
  const forged = {
    ...log,
    checkpoints: () => Effect.succeed({ signed: signed!.replace(/\n\d+\n/, "\n3\n"), cosigned })
  }
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 })
  const late = await statusBy([{ ...witness.key, publicKey: other.publicKey }], forged)
  vi.useRealTimers()
  expect(late).toMatchObject({ isOnTime: false, checkpoint: { size: 3, isSigned: false } })
  expect(late.cosigned?.by).toEqual([{ name: "w.example", at: null }])
  expect(late.waiting.count).toBeGreaterThan(0)
  await Effect.runPromise(Scope.close(reading, Exit.void))
})

it("a verification of a forged journal names what was changed; a key that is none ends it as failed; the last one is remembered", async () => {
  const forged = join(root, "forged")
  await forgeCopy(folder, forged, "flip")
  const record = new MemoryStore()
  const here: Parameters<typeof verified>[3] = async ({ place, key }, progress) => {
    const wish = { key: readVerifierKey(key), witnesses: [], kept: [], progress }
    return (await Effect.runPromise(verifyPlace(place, wish))).told
  }
  const first = await verified({ folder: forged }, keyOf(), record, here)
  expect(first.before).toBe(null)
  expect(first.last).toMatchObject({ outcome: "unsound", findingCount: 1, findings: [{ kind: "changed" }] })
  const again = await verified({ folder: forged }, { ...keyOf(), publicKey: new Uint8Array(3) }, record, here)
  expect(again.before).toMatchObject({ outcome: "unsound", findingCount: 1, findings: [] })
  expect(again.last).toMatchObject({ outcome: "failed", covered: 0 })
})
