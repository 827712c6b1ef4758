/**
 * Codes for clients as files in `<data>/exchange/codes`, one a message, for the bank's SMS or mail gateway to take away; a file that
 * nobody took is removed when its code has run out. Written whole, readable by the server's user alone.
 */
import { randomUUID } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Clock, Effect, Layer } from "effect"
import { CodeOutbox, LinkRefused } from "../../actors/client-links.ts"

export const codesFolder = (dataFolder: string) => join(dataFolder, "exchange", "codes")

export const fileCodeOutbox = (dataFolder: string) =>
  Layer.sync(CodeOutbox, () => {
    const folder = codesFolder(dataFolder)
    const removeOld = (now: number) => {
      for (const file of readdirSync(folder)) {
        const path = join(folder, file)
        try {
          if ((JSON.parse(readFileSync(path, "utf8")) as { endsAt: number }).endsAt < now) rmSync(path, { force: true })
        } catch {
          // The gateway took it at this moment.
        }
      }
    }
    return CodeOutbox.of({
      send: (message) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          Effect.try({
            try: () => {
              mkdirSync(folder, { recursive: true, mode: 0o700 })
              removeOld(now)
              const path = join(folder, `${randomUUID()}.json`)
              writeFileSync(`${path}.part`, `${JSON.stringify(message)}\n`, { mode: 0o600, flush: true })
              renameSync(`${path}.part`, path)
            },
            catch: () =>
              new LinkRefused({
                reason: "codeNotSent",
                why: "Cannot send the code: the outbox cannot be written. Try again later, or ask the bank",
                retryAfterMs: 60_000
              })
          })
        )
    })
  })
