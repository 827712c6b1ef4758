/**
 * Kills erasures with SIGKILL at random moments and holds what is left to the rules: either nothing was asked for, or the
 * next start finishes it; an erasure that was reported is whole; and nobody else loses a byte, key or name by it.
 *
 *     node test/long/erasure-kills.ts [rounds] [seed]
 */
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { Effect, Stream } from "effect"
import { Operations } from "../../actors/operations.ts"
import { Directory } from "../../actors/ports.ts"
import { Subjects } from "../../actors/subjects.ts"
import { freshFolder } from "../server/core.ts"
import { addClient, eventsOf, withStores } from "../server/subject-rig.ts"

/** An erasure takes about this long here, in milliseconds; kills fall evenly over it. */
const erasureMs = 40
const script = fileURLToPath(new URL("../server/erasing-process.ts", import.meta.url))

async function killedErasure(folder: string, subject: string, afterMs: number): Promise<"erased" | "killed"> {
  const child = spawn(process.execPath, [script, folder, subject], { stdio: ["ignore", "pipe", "inherit"] })
  const exited = once(child, "exit")
  let said = ""
  const begun = new Promise<void>((resolve) => {
    child.stdout.on("data", (text) => {
      said += String(text)
      resolve()
    })
  })
  await Promise.race([begun, exited])
  await Promise.race([sleep(afterMs), exited])
  child.kill("SIGKILL")
  await exited
  return said.includes("erased") ? "erased" : "killed"
}

const state = Effect.gen(function* () {
  const streams = yield* Effect.all([eventsOf("conference-a"), eventsOf("conference-b")])
  const directory = yield* Directory
  const known = yield* Effect.all([directory.find("client", "client-anna"), directory.find("client", "client-boris")])
  const steps = yield* Stream.runCollect((yield* Operations).read())
  return { streams, known, steps: steps.map(({ type }) => type) }
})

const [rounds = "40", seed = "1"] = process.argv.slice(2)
let random = Number(seed) >>> 0
const nextRandom = () => {
  random = (Math.imul(random, 1664525) + 1013904223) >>> 0
  return random / 2 ** 32
}

const lastSteps: Record<string, number> = {}
for (let round = 0; round < Number(rounds); round++) {
  const folder = freshFolder()
  const [anna, boris] = await withStores(
    folder,
    Effect.all([addClient("client-anna", "conference-a"), addClient("client-boris", "conference-b")])
  )
  const outcome = await killedErasure(folder, anna, nextRandom() * erasureMs)
  const left = await withStores(folder, state)
  const lastStep = left.steps.at(-1) ?? "nothing"
  lastSteps[lastStep] = (lastSteps[lastStep] ?? 0) + 1
  assert.equal(left.streams[1], 2, "the other client stays readable")
  assert.equal(left.known[1], boris, "the other client stays known")
  assert.ok(outcome === "killed" || lastStep === "SubjectErased", "what was reported is done")

  const owed = await withStores(
    folder,
    Effect.flatMap(Subjects, ({ settle }) => settle)
  )
  const after = await withStores(folder, state)
  const asked = left.steps.length > 0
  assert.equal(owed, asked && lastStep !== "SubjectErased" ? 1 : 0, "what was asked for is owed until it is done")
  assert.deepEqual(after.streams, [asked ? "SubjectErased" : 2, 2])
  assert.deepEqual(after.known, [asked ? null : anna, boris])
  const masterKeys = readFileSync(join(folder, "keys", "master.key"), "utf8")
    .trim()
    .split("\n")
  assert.ok(!asked || masterKeys.length === 1, "no earlier master key is left")
  rmSync(folder, { recursive: true, force: true })
}
process.stdout.write(`${rounds} erasures killed (seed ${seed}); last step on record: ${JSON.stringify(lastSteps)}\n`)
