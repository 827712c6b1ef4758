/**
 * The procedural engine on a thread of its own, so that drawing never holds up a call. One picture is in work at a time: a newer one ends it at once,
 * and so do an abort and a time-out, because the thread itself is ended and started anew. It never hands out an outcome of ended work.
 */
import { Worker } from "node:worker_threads"
import type { Brief } from "../../models/illustration/brief.ts"
import {
  type Drawing,
  DrawingCancelled,
  DrawingTimedOut,
  type DrawOptions,
  type Illustrator,
  PictureLies
} from "../../models/illustration/engine.ts"
import type { Look } from "../../models/illustration/look.ts"

/** What goes to the thread. */
export interface DrawingWanted {
  readonly id: number
  readonly brief: Brief
  readonly look: Look
  readonly seed: number
}
/** What comes back: the drawing, or why there is none. */
export type DrawingOutcome =
  | { readonly id: number; readonly drawing: Drawing }
  | {
      readonly id: number
      readonly failure: { readonly name: string; readonly message: string; readonly lieFactor: number | null }
    }

interface InWork {
  readonly id: number
  readonly settle: (outcome: Drawing | Error) => void
}

/** The contract's ten seconds from prompt to picture. */
const defaultTimeoutMs = 10_000

const errorOf = (failure: {
  readonly name: string
  readonly message: string
  readonly lieFactor: number | null
}): Error => {
  if (failure.name !== "PictureLies") return new Error(failure.message)
  const error = new PictureLies(failure.lieFactor ?? Number.NaN, [])
  error.message = failure.message
  return error
}

/** An engine on a thread, which is started with the first picture and kept warm. `close` ends it. */
export const createThreadedIllustrator = (): Illustrator & { readonly close: () => Promise<void> } => {
  let worker: Worker | null = null
  let inWork: InWork | null = null
  let lastId = 0

  const stop = async () => {
    const ended = worker
    worker = null
    await ended?.terminate()
  }
  const start = (): Worker => {
    const started = new Worker(new URL("./illustrator-worker.ts", import.meta.url))
    started.unref()
    started.on("message", (outcome: DrawingOutcome) => {
      if (inWork === null || outcome.id !== inWork.id) return
      inWork.settle("drawing" in outcome ? outcome.drawing : errorOf(outcome.failure))
    })
    const lost = (error: unknown) => {
      if (worker !== started) return
      worker = null
      inWork?.settle(
        new Error(
          `Cannot finish the picture: its thread ended (${error instanceof Error ? error.message : String(error)}). Ask again`
        )
      )
    }
    started.on("error", lost)
    started.on("exit", lost)
    return started
  }

  const draw = (brief: Brief, look: Look, seed: number, options: DrawOptions = {}): Promise<Drawing> => {
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs
    inWork?.settle(new DrawingCancelled())
    return new Promise<Drawing>((resolve, reject) => {
      if (options.signal?.aborted) {
        reject(new DrawingCancelled())
        return
      }
      lastId += 1
      const id = lastId
      const abort = () => inWork?.id === id && inWork.settle(new DrawingCancelled())
      const timer = setTimeout(() => inWork?.id === id && inWork.settle(new DrawingTimedOut(timeoutMs)), timeoutMs)
      const settle = (outcome: Drawing | Error) => {
        clearTimeout(timer)
        options.signal?.removeEventListener("abort", abort)
        inWork = null
        if (outcome instanceof DrawingCancelled || outcome instanceof DrawingTimedOut) void stop()
        if (outcome instanceof Error) reject(outcome)
        else resolve(outcome)
      }
      options.signal?.addEventListener("abort", abort, { once: true })
      inWork = { id, settle }
      worker ??= start()
      worker.postMessage({ id, brief, look, seed } satisfies DrawingWanted)
    })
  }

  return {
    draw,
    close: async () => {
      inWork?.settle(new DrawingCancelled())
      await stop()
    }
  }
}
