/** How the log stands: its newest checkpoint, who signed and cosigned it, and what waits to be proven. It judges signatures and reads nothing sealed. */
import { Clock, Effect } from "effect"
import { CommitStore } from "../../actors/commit-store.ts"
import { toBase64 } from "../../models/proof/base64.ts"
import { cosignedAt, parseCheckpoint } from "../../models/proof/checkpoint.ts"
import { checkNote, formatVerifierKey, type NoteKey, NoteRefused, parseNote } from "../../models/proof/signed-note.ts"
import type { LogStatus } from "../../projections/audit-page.ts"
import { checkEd25519 } from "./log-key.ts"
import type { ProvenLog } from "./proving.ts"

/** Commits counted that wait: more than a second of fifty conferences makes. */
const waitingCountMax = 256
/** A commit is promised a checkpoint within two seconds; five times that is no busy moment any more. */
const lateMs = 10_000

export const logStatusOf = Effect.fnUntraced(function* ({ log, key, witnesses }: ProvenLog) {
  const commits = yield* CommitStore
  const { signed, cosigned } = yield* log.checkpoints()
  const head = signed === null ? null : parseCheckpoint(parseNote(signed).text)
  const size = head?.size ?? 0
  const [before = "", last] = size === 1 ? ["", ...(yield* log.cursors(0, 1))] : yield* log.cursors(size - 2, 2)
  const [lastCommit] = size === 0 ? [] : yield* commits.readAll(before, 1)
  const newer = yield* commits.readAll(size === 0 ? "" : (last ?? before), waitingCountMax)
  const askedAt = yield* Clock.currentTimeMillis
  const oldestAt = newer[0]?.committedAt ?? null
  const status: LogStatus = {
    name: key.name,
    keyId: key.keyId,
    publicKey: formatVerifierKey(key),
    checkpoint:
      head === null || signed === null
        ? null
        : {
            size,
            root: toBase64(head.root),
            isSigned: isSignedBy(signed, key),
            lastCommitAt: lastCommit?.committedAt ?? null
          },
    cosigned: cosigned === null ? null : cosignaturesOf(cosigned, key, witnesses),
    witnesses: witnesses.map(({ name }) => name),
    waiting: { count: newer.length, countMax: waitingCountMax, oldestAt },
    isOnTime: oldestAt === null || askedAt - oldestAt <= lateMs,
    askedAt
  }
  return status
})

function cosignaturesOf(cosigned: string, key: NoteKey, witnesses: readonly NoteKey[]): LogStatus["cosigned"] {
  const note = parseNote(cosigned)
  const names = new Set(note.signatures.map(({ name }) => name).filter((name) => name !== key.name))
  const by = [...names].map((name) => ({
    name,
    at: timeOf(
      cosigned,
      witnesses.find((one) => one.name === name)
    )
  }))
  return { size: parseCheckpoint(note.text).size, by }
}

/** Null where its word cannot be checked, or is wrong. */
function timeOf(cosigned: string, witness: NoteKey | undefined): number | null {
  const seconds = witness && believed(() => cosignedAt(parseNote(cosigned), witness, checkEd25519))
  return seconds === undefined ? null : seconds * 1_000
}

const isSignedBy = (note: string, key: NoteKey) => believed(() => checkNote(note, key, checkEd25519)) !== undefined

function believed<Answer>(check: () => Answer): Answer | undefined {
  try {
    return check()
  } catch (error) {
    if (error instanceof NoteRefused) return undefined
    throw error
  }
}
