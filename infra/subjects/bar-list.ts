/**
 * The bar list in a file of its own, `<data>/bars/bars.jsonl`: one line for each destroyed key, each with a MAC over all
 * before it, so that a line changed, moved or taken out of the middle is found. It is in no backup and no restore
 * brings it back: whoever restores must bring the current one.
 */
import { createHmac, hkdfSync } from "node:crypto"
import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from "node:fs"
import { dirname, join } from "node:path"
import { Clock, Effect, Layer, Semaphore } from "effect"
import { type Bar, BarList } from "../../actors/erasure-ports.ts"
import { StoreUnavailable } from "../../actors/event-store.ts"
import { lockFile } from "../journal/sqlite.ts"
import { KeyStore } from "../keys/key-store.ts"

interface Line extends Bar {
  /** Hexadecimal, over the line before's and this bar. */
  readonly mac: string
}

export const barListFile = (dataFolder: string) => join(dataFolder, "bars", "bars.jsonl")

export const fileBarList = (dataFolder: string) =>
  Layer.effect(
    BarList,
    Effect.gen(function* () {
      const keys = yield* KeyStore
      const turn = yield* Semaphore.make(1)
      const path = barListFile(dataFolder)
      // There from the first start on, so that a restore can always be asked for it.
      yield* Effect.sync(() => {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
        closeSync(openSync(path, "a", 0o600))
      })

      const macKey = (): Uint8Array => {
        const key = keys.keyOf({ kind: "operations" })
        if (key === "destroyed") throw new Error("the data key of the operations was destroyed")
        return new Uint8Array(hkdfSync("sha256", key.secret, "", "mimika bar list", 32))
      }
      const macOf = (before: string, { number, at, subject, keyId }: Bar) =>
        createHmac("sha256", macKey())
          .update(`${before}\n${JSON.stringify([number, at, subject, keyId])}`)
          .digest("hex")

      /** The lines, and how many bytes they take: what stands behind was cut short and never acknowledged. */
      const read = (): { readonly lines: readonly Line[]; readonly sizeBytes: number } => {
        const text = readFileSync(path, "utf8")
        const whole = text.slice(0, text.lastIndexOf("\n") + 1)
        const lines: Line[] = []
        for (const one of whole.split("\n").slice(0, -1)) {
          const number = lines.length + 1
          const line = parsed(one)
          if (line === null || line.number !== number || line.mac !== macOf(lines.at(-1)?.mac ?? "", line)) {
            throw new Error(`line ${number} was changed, moved or is of another installation`)
          }
          lines.push(line)
        }
        return { lines, sizeBytes: Buffer.byteLength(whole) }
      }

      const add = (subject: string, keyId: string | null, at: number): Bar => {
        const lock = lockFile(`${path}.lock`)
        if (lock === undefined) throw new Error("another process adds to it at this moment")
        try {
          const { lines, sizeBytes } = read()
          const known = lines.find((line) => line.subject === subject)
          if (known !== undefined) return barOf(known)
          const bar = { number: lines.length + 1, at, subject, keyId }
          const line: Line = { ...bar, mac: macOf(lines.at(-1)?.mac ?? "", bar) }
          appendDurably(path, sizeBytes, `${JSON.stringify(line)}\n`)
          return bar
        } finally {
          lock.close()
        }
      }

      const attempt = <A>(action: string, steps: () => A) =>
        Effect.andThen(
          keys.refresh(),
          Effect.try({
            try: steps,
            catch: (error) =>
              new StoreUnavailable({
                action: `${action} the bar list "${path}"`,
                why: (error as Error).message,
                advice: "Put the current list back; without it erased people could come back with a restored backup"
              })
          })
        )
      return BarList.of({
        bar: (subject, keyId) =>
          turn.withPermit(
            Effect.flatMap(Clock.currentTimeMillis, (at) => attempt("add to", () => add(subject, keyId, at)))
          ),
        bars: attempt("read", () => read().lines.map(barOf))
      })
    })
  )

const barOf = ({ number, at, subject, keyId }: Line): Bar => ({ number, at, subject, keyId })

function parsed(text: string): Line | null {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function appendDurably(path: string, sizeBytes: number, text: string): void {
  const file = openSync(path, "a", 0o600)
  try {
    if (statSync(path).size > sizeBytes) ftruncateSync(file, sizeBytes)
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  if (process.platform === "win32") return
  const folder = openSync(dirname(path), "r")
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
