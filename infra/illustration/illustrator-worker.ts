/**
 * The thread on which pictures are drawn: it takes one wish at a time and answers with the drawing or the reason there is none.
 */
import { parentPort } from "node:worker_threads"
import { PictureLies } from "../../models/illustration/engine.ts"
import { drawProcedurally } from "./illustrator-procedural.ts"
import type { DrawingOutcome, DrawingWanted } from "./illustrator-thread.ts"

const outcomeOf = ({ id, brief, look, seed }: DrawingWanted): DrawingOutcome => {
  try {
    return { id, drawing: drawProcedurally(brief, look, seed) }
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error))
    return { id, failure: { name, message, lieFactor: error instanceof PictureLies ? error.lieFactor : null } }
  }
}

parentPort?.on("message", (wanted: DrawingWanted) => parentPort?.postMessage(outcomeOf(wanted)))
