/**
 * What a log sends a witness (c2sp.org/tlog-witness): the size it was last cosigned at, a consistency proof from there,
 * and its new checkpoint. Text only; judging it is the witness's.
 */
import { fromBase64, toBase64 } from "./base64.ts"
import { hashBytes } from "./merkle-tree.ts"
import { NoteRefused } from "./signed-note.ts"

/** The specification's bound, the path in the largest tree. */
const hashesMax = 63

export interface WitnessRequest {
  readonly oldSize: number
  readonly hashes: readonly Uint8Array[]
  /** The signed note, verbatim. */
  readonly checkpoint: string
}

export function formatWitnessRequest({ oldSize, hashes, checkpoint }: WitnessRequest): string {
  return `old ${oldSize}\n${hashes.map((hash) => `${toBase64(hash)}\n`).join("")}\n${checkpoint}`
}

export function parseWitnessRequest(body: string): WitnessRequest {
  const refused = (why: string) =>
    new NoteRefused(`Cannot read the request: ${why}. Send it as c2sp.org/tlog-witness says`)
  const split = body.indexOf("\n\n")
  if (split < 0) throw refused("no empty line parts the proof from the checkpoint")
  const [first, ...lines] = body.slice(0, split).split("\n")
  const [, oldSize] = /^old (0|[1-9]\d{0,15})$/.exec(first ?? "") ?? []
  if (oldSize === undefined || !Number.isSafeInteger(Number(oldSize))) throw refused("its first line is no old size")
  if (lines.length > hashesMax) throw refused(`it has more than ${hashesMax} hashes`)
  const hashes = lines.map((line) => {
    const hash = fromBase64(line)
    if (hash === undefined || hash.length !== hashBytes) throw refused(`"${line}" is no hash`)
    return hash
  })
  return { oldSize: Number(oldSize), hashes, checkpoint: body.slice(split + 2) }
}
