/** How long what is kept is kept, in `<data>/retention.json`: days by purpose. A file that cannot be used stops what it governs; it is never taken for the defaults. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { StoreUnavailable } from "../../actors/event-store.ts"
import { RetentionPolicy } from "../../actors/retention.ts"
import { defaultPeriods, periodsOf, type RetentionPeriods, whyNoPeriods } from "../../machines/retention.ts"

export const retentionFile = (dataFolder: string) => join(dataFolder, "retention.json")

export const fileRetentionPolicy = (dataFolder: string) => {
  const path = retentionFile(dataFolder)
  const attempt = <A>(action: string, steps: () => A) =>
    Effect.try({
      try: steps,
      catch: (error) =>
        new StoreUnavailable({
          action: `${action} the retention periods in "${path}"`,
          why: (error as Error).message,
          advice: 'Correct the file, or set them with "mimika retention set"'
        })
    })

  const read = (): RetentionPeriods => {
    if (!existsSync(path)) return defaultPeriods
    const found = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>
    const why = whyNoPeriods(found)
    if (why !== null) throw new Error(why)
    return periodsOf(found as Partial<RetentionPeriods>)
  }
  const write = (periods: Partial<RetentionPeriods>): RetentionPeriods => {
    const all = { ...read(), ...periods }
    const why = whyNoPeriods(all)
    if (why !== null) throw new Error(why)
    const draft = `${path}.part`
    const file = openSync(draft, "w", 0o600)
    try {
      writeSync(file, `${JSON.stringify(all, null, 2)}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(draft, path)
    return all
  }
  return Layer.succeed(RetentionPolicy)({
    periods: attempt("read", read),
    set: (periods) => attempt("set", () => write(periods))
  })
}
