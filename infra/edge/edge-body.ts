/**
 * A running edge as its core sees it, wherever it runs: what it says and hears, and how it ends. A process of this machine is
 * started by `edge-child.ts`; one of another machine comes in by `edge-door.ts`.
 */
import type { Readable, Writable } from "node:stream"

export interface EdgeBody {
  /** What it says, a message a line. */
  readonly output: Readable
  /** What it hears. It ends by itself when this does. */
  readonly input: Writable
  /** What it prints for the operator; null: that stays on its own machine. */
  readonly notices: Readable | null
  /** Under which clients reach its streams. */
  readonly host: string
  /** Conferences of JPEG that its machine bears; null: it did not say, and what the core's machine bears counts. */
  readonly capacity: number | null
  /** Null: not of this machine. */
  readonly processId: number | null
  /** At once, whatever it does. */
  readonly kill: () => void
  /** Once: how it ended, in words. */
  readonly ended: Promise<string>
}

/** What an edge exits with that its core asked to end: nobody shall start another in its place. */
export const retiredExitCode = 3
