/** What a journal is put through: its PostgreSQL restarted or crashed under load, its disk full, its writer killed. Each ends with a check that nothing acknowledged was lost and nothing doubled. */
import assert from "node:assert/strict"
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { createInterface } from "node:readline"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { Effect, Fiber, Logger } from "effect"
import { embeddedEventStore, postgresEventStore } from "../../infra/journal/event-store.ts"
import type { TestPostgres } from "../postgres.ts"
import { freshFolder } from "./core.ts"
import { checkAll, emptyLedger, followAll, load } from "./load.ts"

const script = fileURLToPath(new URL("./load-process.ts", import.meta.url))
const runtimeFlags =
  process.versions.deno === undefined ? [] : ["run", "-A", "--no-prompt", "--node-modules-dir=manual"]

export interface FaultOutcome {
  readonly events: number
  readonly faults: number
  /** Appends that were refused for a while and asked for again. */
  readonly refusals: number
}

/** Restarts the server every so often while writers and a follower go on: stopped and crashed in turns. */
export async function surviveRestarts(
  server: TestPostgres,
  options: { readonly restarts: number; readonly everyMs: number; readonly streams: number },
  said: (restart: number) => void = () => {}
): Promise<FaultOutcome> {
  const folder = freshFolder()
  const url = await server.freshDatabase()
  const ledger = emptyLedger()
  let isOver = false
  const steps = Effect.gen(function* () {
    const following = yield* Effect.forkChild(followAll(ledger))
    const writing = yield* Effect.forkChild(
      load({ streams: options.streams, restMs: 15, ballastBytes: 0 }, ledger, () => isOver)
    )
    for (let restart = 1; restart <= options.restarts; restart++) {
      yield* Effect.sleep(options.everyMs)
      yield* Effect.promise(() => server.restart(restart % 2 === 0 ? "crash" : "stop"))
      said(restart)
    }
    // It must still take commits, not only have survived.
    const before = new Map(ledger.acknowledged)
    while ([...ledger.acknowledged].some(([stream, version]) => version <= before.get(stream)!)) yield* Effect.sleep(20)
    isOver = true
    yield* Fiber.join(writing)
    const events = yield* checkAll(ledger.acknowledged)
    while ([...ledger.acknowledged].some(([stream, version]) => (ledger.followed.get(stream) ?? 0) < version)) {
      assert.ok(following.pollUnsafe() === undefined, "the follower goes on")
      yield* Effect.sleep(20)
    }
    yield* Fiber.interrupt(following)
    return events
  })
  const events = await Effect.runPromise(
    steps.pipe(Effect.provide(postgresEventStore({ url, folder })), Effect.provide(Logger.layer([])))
  )
  rmSync(folder, { recursive: true, force: true })
  return { events, faults: options.restarts, refusals: ledger.away }
}

/** A writing process, and what it has said was acknowledged. */
function startWriter(args: readonly string[], command: readonly string[] = []) {
  const [program, ...rest] = [...command, process.execPath, ...runtimeFlags, script, ...args]
  const child = spawn(program!, rest, { stdio: ["ignore", "pipe", "inherit"] })
  const acknowledged = new Map<string, number>()
  const state = { acknowledged, lines: 0, refusals: 0, lastRefusal: "", child }
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line.startsWith("away ")) {
      state.refusals += 1
      state.lastRefusal = line.slice(5)
      return
    }
    state.lines += 1
    const words = line.split(" ")
    for (let index = 0; index < words.length; index += 2) acknowledged.set(words[index]!, Number(words[index + 1]))
  })
  return state
}
type Writer = ReturnType<typeof startWriter>

async function until(writer: Writer, isReached: () => boolean): Promise<void> {
  while (!isReached()) {
    assert.equal(writer.child.exitCode, null, "the writer goes on")
    assert.equal(writer.child.signalCode, null, "the writer goes on")
    await sleep(5)
  }
}

async function kill(child: ChildProcess): Promise<void> {
  const closed = once(child, "close")
  child.kill("SIGKILL")
  await closed
}

const layerOf = (folder: string, url: string | null) =>
  url === null ? embeddedEventStore({ folder }) : postgresEventStore({ url, folder })
const check = (folder: string, url: string | null, acknowledged: ReadonlyMap<string, number>) =>
  Effect.runPromise(checkAll(acknowledged).pipe(Effect.provide(layerOf(folder, url)), Effect.provide(Logger.layer([]))))

/** Kills a writing process at random moments, again and again on the same journal. */
export async function surviveWriterKills(
  url: string | null,
  kills: number,
  below: (bound: number) => number,
  said: (kill: number) => void = () => {}
): Promise<FaultOutcome> {
  const folder = freshFolder()
  let events = 0
  for (let number = 1; number <= kills; number++) {
    const writer = startWriter(url === null ? ["embedded", folder, "0"] : ["postgres", folder, "0", url])
    await until(writer, () => writer.lines > 0)
    await sleep(below(120))
    await kill(writer.child)
    events = await check(folder, url, writer.acknowledged)
    said(number)
  }
  rmSync(folder, { recursive: true, force: true })
  return { events, faults: kills, refusals: 0 }
}

/** Room that can be taken away and given back to a process that writes into a folder. */
interface SmallDisk {
  readonly kind: string
  readonly folder: string
  readonly command: readonly string[]
  /** False when a running process cannot be given room: another one must go on. */
  readonly giveRoom: (child: ChildProcess) => boolean
  readonly takeRoom: (child: ChildProcess) => void
  readonly remove: () => void
}

/** Of a commit: a few dozen of them fill the room. */
const ballastBytes = "60000"
const roomBytes = 6 * 1024 * 1024

/** A small file system, where this machine lets us mount one: twice what the journal grows by each time, log and all. */
function smallFileSystem(times: number): SmallDisk | null {
  const folder = freshFolder()
  const sizeBytes = (times + 2) * 4 * roomBytes
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${sizeBytes}`, "tmpfs", folder], { stdio: "ignore" })
  } catch {
    rmSync(folder, { recursive: true, force: true })
    return null
  }
  const filler = join(folder, "filler")
  const data = join(folder, "data")
  mkdirSync(data)
  const takeRoom = () => {
    const left = Number(execFileSync("df", ["-B1", "--output=avail", folder]).toString().trim().split("\n").at(-1))
    try {
      writeFileSync(filler, Buffer.alloc(Math.max(0, left - roomBytes)))
    } catch (error) {
      // The writer was quicker: then the disk is as full as it gets.
      if ((error as { code?: string }).code !== "ENOSPC") throw error
    }
  }
  return {
    kind: "a full file system",
    folder: data,
    command: [],
    takeRoom,
    giveRoom: () => {
      rmSync(filler, { force: true })
      return true
    },
    remove: () => {
      execFileSync("umount", ["-l", folder])
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** A bound on the size of every file the process writes: what every user may set. It is lifted for a running process where `prlimit` is there. */
function boundedFiles(): SmallDisk {
  const folder = freshFolder()
  const limit = (child: ChildProcess, soft: number | "unlimited") =>
    execFileSync("prlimit", ["--pid", String(child.pid), `--fsize=${soft}:`])
  let bound = roomBytes
  return {
    kind: "files bounded in size",
    folder,
    // Without the trap the kernel would end the process instead of failing the write.
    command: ["sh", "-c", `trap '' XFSZ; ulimit -S -f ${roomBytes / 512}; exec "$@"`, "sh"],
    takeRoom: (child) => limit(child, bound),
    giveRoom: (child) => {
      bound += 2 * roomBytes
      try {
        limit(child, "unlimited")
        return true
      } catch {
        return false
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true })
  }
}

/** Fills the disk under a writing process until it is refused, gives room again and sees it go on; so many times. */
export async function surviveFullDisk(
  times: number,
  mayMount: boolean
): Promise<FaultOutcome & { readonly kind: string }> {
  const disk = (mayMount ? smallFileSystem(times) : null) ?? boundedFiles()
  const { kind, folder, command, giveRoom, takeRoom } = disk
  const isMounted = command.length === 0
  if (isMounted) takeRoom(process as never)
  let writer = startWriter(["embedded", folder, ballastBytes], command)
  try {
    let refusals = 0
    for (let time = 1; time <= times; time++) {
      const before = writer.refusals
      await until(writer, () => writer.refusals > before + 3)
      assert.match(writer.lastRefusal, /^Cannot append to the journal .+Nothing of this step was kept/)
      refusals += writer.refusals - before
      const acknowledged = new Map(writer.acknowledged)
      if (!giveRoom(writer.child)) {
        await kill(writer.child)
        await check(folder, null, acknowledged)
        writer = startWriter(["embedded", folder, ballastBytes])
      }
      const goesOn = () =>
        [...acknowledged].every(([stream, version]) => (writer.acknowledged.get(stream) ?? 0) > version)
      await until(writer, goesOn)
      if (time < times) takeRoom(writer.child)
    }
    await kill(writer.child)
    const events = await check(folder, null, writer.acknowledged)
    return { kind, events, faults: times, refusals }
  } finally {
    writer.child.kill("SIGKILL")
    disk.remove()
  }
}
