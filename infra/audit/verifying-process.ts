/**
 * Verifies a journal in a process of its own, so that hashing all of it holds up no conference. Hears its place as one line of JSON and
 * says its progress and its verdict as lines of JSON. It is given no secret but the journal's address, and that not in its arguments.
 */
import process from "node:process"
import { text } from "node:stream/consumers"
import { Effect } from "effect"
import { parseVerifierKey } from "../../models/proof/signed-note.ts"
import { sha256 } from "./log-key.ts"
import { type ToldVerdict, verifyPlace } from "./place-verification.ts"
import type { ProvenPlace } from "./proof-log.ts"

export interface VerifyingWish {
  readonly place: ProvenPlace
  /** The log's public key, as a line. */
  readonly key: string
}

export type VerifyingWord =
  | { readonly done: number; readonly total: number }
  | { readonly verdict: ToldVerdict }
  | { readonly failed: string }

const say = (word: VerifyingWord) => void process.stdout.write(`${JSON.stringify(word)}\n`)

if (import.meta.main) {
  const { place, key } = JSON.parse(await text(process.stdin)) as VerifyingWish
  const progress = (done: number, total: number) => say({ done, total })
  // No witness is asked for: until one has cosigned for the first time, its silence is not the journal's fault.
  const wish = { key: parseVerifierKey(key, sha256), witnesses: [], kept: [], progress }
  try {
    say({ verdict: (await Effect.runPromise(verifyPlace(place, wish))).told })
  } catch (error) {
    say({ failed: (error as Error).message })
  }
}
