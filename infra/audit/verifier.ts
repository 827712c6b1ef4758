/**
 * Has the whole journal verified at a person's wish while the server serves: in a process of its own at the lowest priority, one at a
 * time, for so long and no longer. How it ended, and who wished it, goes into the journal of operations. It judges nothing itself.
 */
import { spawn } from "node:child_process"
import { constants, setPriority } from "node:os"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { Cause, Clock, Effect, Exit, Fiber, Stream } from "effect"
import { Operations } from "../../actors/operations.ts"
import type { JournalVerified, VerificationOutcome } from "../../machines/operations-events.ts"
import { formatVerifierKey, type NoteKey } from "../../models/proof/signed-note.ts"
import type { Verification, VerificationResult } from "../../projections/audit-page.ts"
import { edgeEnvironment } from "../edge/edge-environment.ts"
import { openLineLink } from "../edge/line-link.ts"
import { refuse } from "./audit-refused.ts"
import type { ToldVerdict } from "./place-verification.ts"
import type { ProvenPlace } from "./proof-log.ts"
import type { VerifyingWish, VerifyingWord } from "./verifying-process.ts"

/** At the lowest priority a busy day's end must do; a longer journal is the command's. */
const verifyingMsMax = 6 * 60 * 60_000
/** Of the process's heap: a page of commits is 3 MB, and its garbage waits. */
const heapMbMax = 512
/** Findings shown; all are counted. */
const findingsMax = 20

const verifyingCommand = (): readonly string[] => {
  const script = fileURLToPath(new URL("./verifying-process.ts", import.meta.url))
  if (!("Deno" in globalThis)) return [`--max-old-space-size=${heapMbMax}`, script]
  const permissions = ["--allow-read", "--allow-write", "--allow-env", "--allow-net", "--allow-sys", "--no-prompt"]
  return ["run", "--node-modules-dir=manual", `--v8-flags=--max-old-space-size=${heapMbMax}`, ...permissions, script]
}

/** The verifier knows accounts and no names. */
type Ended = Omit<VerificationResult, "name">
interface Standing extends Pick<Verification, "running"> {
  readonly last: Ended | null
}

type Progress = (done: number, total: number) => void

/** Rejects when there is no verdict, and when it was stopped by the signal. */
type Verify = (wish: VerifyingWish, progress: Progress, signal: AbortSignal) => Promise<ToldVerdict>

const verifyApart: Verify = (wish, progress, signal) => {
  const child = spawn(process.execPath, verifyingCommand(), {
    stdio: ["pipe", "pipe", "pipe"],
    env: edgeEnvironment(process.env)
  })
  const stop = () => void child.kill("SIGKILL")
  signal.addEventListener("abort", stop)
  let answer: VerifyingWord | undefined
  let complaint = ""
  const complained = (text: string) => {
    complaint = `${complaint}${text}`.slice(-500)
  }
  child.once("spawn", () => {
    try {
      setPriority(child.pid!, constants.priority.PRIORITY_LOW)
    } catch (error) {
      complained((error as Error).message)
      stop()
    }
  })
  child.stderr.setEncoding("utf8").on("data", complained)
  const message = (word: VerifyingWord) => {
    answer = word
    if ("done" in word) progress(word.done, word.total)
  }
  openLineLink<VerifyingWord, VerifyingWish>(child.stdout, child.stdin, {
    message,
    other: complained,
    closed: () => {}
  }).send(wish)
  child.stdin.end()
  return new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("close", () => {
      signal.removeEventListener("abort", stop)
      if (answer !== undefined && "verdict" in answer) resolve(answer.verdict)
      else reject(new Error(answer !== undefined && "failed" in answer ? answer.failed : complaint.trim()))
    })
  })
}

/** Verifies in the calling scope, which ends what runs. */
export const makeVerifier = Effect.fnUntraced(function* (
  place: ProvenPlace,
  key: NoteKey,
  verify: Verify = verifyApart
) {
  const operations = yield* Operations
  const scope = yield* Effect.scope
  const wish: VerifyingWish = { place, key: formatVerifierKey(key) }
  let running: { startedAt: number; done: number; total: number | null; fiber?: Fiber.Fiber<unknown> } | null = null
  /** Undefined: nobody has asked the journal yet. */
  let last: Ended | null | undefined

  const finish = Effect.fnUntraced(function* (actor: string, exit: Exit.Exit<ToldVerdict, Error>) {
    const verdict = Exit.isSuccess(exit) ? exit.value : null
    const outcome: VerificationOutcome =
      verdict !== null ? (verdict.sound ? "sound" : "unsound") : isCancelled(exit) ? "cancelled" : "failed"
    const { covered = 0, waiting = 0, findingCount = 0, findings = [] } = verdict ?? {}
    if (outcome === "failed" && Exit.isFailure(exit)) {
      yield* Effect.logError("The journal could not be verified", { why: Cause.pretty(exit.cause) })
    }
    if (outcome === "unsound") yield* Effect.logError("The journal is not the one that was signed", { findingCount })
    const said = { actor, outcome, covered, waiting, findingCount }
    yield* operations
      .record({ type: "JournalVerified", purpose: "", ...said })
      .pipe(Effect.catch(({ message }) => Effect.logError("A verification is not on record", { why: message })))
    last = { ...said, endedAt: yield* Clock.currentTimeMillis, findings: findings.slice(0, findingsMax) }
    running = null
  })

  const lastOnRecord = Effect.gen(function* () {
    if (last !== undefined) return last
    const found = yield* Stream.runFold(
      operations.read(),
      (): Ended | null => null,
      (before, event) =>
        event.type === "JournalVerified" ? { ...resultOf(event), endedAt: event.at, findings: [] } : before
    )
    last ??= found
    return last
  })

  return {
    look: Effect.map(lastOnRecord, (before): Standing => {
      if (running === null) return { running: null, last: before }
      const { startedAt, done, total } = running
      return { running: { startedAt, done, total }, last: before }
    }),
    start: Effect.fnUntraced(function* (actor: string) {
      const startedAt = yield* Clock.currentTimeMillis
      if (running !== null) return yield* refuse("alreadyVerifying")
      const now = { startedAt, done: 0, total: null }
      running = now
      const progress: Progress = (done, total) => void Object.assign(now, { done, total })
      const verifying = Effect.tryPromise({
        try: (signal) => verify(wish, progress, signal),
        catch: (error) => error as Error
      }).pipe(
        Effect.timeout(verifyingMsMax),
        Effect.onExit((exit) => finish(actor, exit))
      )
      Object.assign(now, { fiber: yield* Effect.forkIn(Effect.exit(verifying), scope) })
    }),
    /** Done when how it ended is on record; with nothing running there is nothing to do. */
    cancel: Effect.suspend(() => (running?.fiber === undefined ? Effect.void : Fiber.interrupt(running.fiber)))
  }
})

const resultOf = ({ actor, outcome, covered, waiting, findingCount }: typeof JournalVerified.Type) => {
  return { actor, outcome, covered, waiting, findingCount }
}

const isCancelled = (exit: Exit.Exit<unknown, unknown>) => Exit.isFailure(exit) && Cause.hasInterrupts(exit.cause)
