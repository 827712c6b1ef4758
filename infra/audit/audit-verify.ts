/**
 * Recomputes the whole log from the journal, commit by commit, and says what does not fit: which commit was changed, which
 * is missing, which was slipped in, whether the tree and its signatures hold, and whether what was shown earlier still does.
 * It needs no secret key, reads only, and may run beside the server.
 */
import { Effect } from "effect"
import { CommitStore, pageCommitsMax, type StoredCommit } from "../../actors/commit-store.ts"
import type { StoreUnavailable } from "../../actors/event-store.ts"
import { ProofLog } from "../../actors/proof-log.ts"
import { withTiles } from "../../actors/tile-reads.ts"
import { type Checkpoint, cosignedAt, parseCheckpoint } from "../../models/proof/checkpoint.ts"
import { entryOf } from "../../models/proof/commit-entry.ts"
import {
  consistencyProof,
  hashBytes,
  isConsistent,
  rootOf,
  sameHash,
  type TreeHasher
} from "../../models/proof/merkle-tree.ts"
import { checkNote, type NoteKey, NoteRefused, parseNote, signatureOf } from "../../models/proof/signed-note.ts"
import { grownTiles, nodesInTiles, type Tile, tileWidth } from "../../models/proof/tiles.ts"
import { checkEd25519 } from "./log-key.ts"

/** Findings kept of each kind; more are only counted. */
const findingsOfKindMax = 100

/** Time from the first to the last commit that may wait to be proven, in milliseconds: a killed server leaves a second of them. */
const waitingMsMax = 60_000

/** What a checkpoint is called. */
interface Named {
  readonly en: string
  readonly ru: string
}

const theCosigned: Named = { en: "the cosigned checkpoint", ru: "заверенная контрольная точка" }

/** One thing that does not fit: which commit where there is one, and why, for people, in English and in Russian. */
export interface Finding {
  readonly kind: "changed" | "missing" | "unknown" | "tree" | "checkpoint" | "history"
  readonly leafNumber?: number
  readonly stream?: string
  readonly firstVersion?: number
  readonly lastVersion?: number
  readonly why: string
  readonly ru: string
}

export interface Verdict {
  /** Commits proven by the checkpoint. */
  readonly covered: number
  /** Commits newer than it. */
  readonly waiting: number
  readonly root: Uint8Array | null
  /** Seconds since 1970, of witnesses asked about. */
  readonly cosignedAt: ReadonlyMap<string, number>
  readonly findings: readonly Finding[]
  readonly findingCount: number
}

export interface VerifyOptions {
  /** The key that signs now. */
  readonly log: NoteKey
  /** Keys that it replaced: what they signed earlier must still be continued. */
  readonly earlier?: readonly NoteKey[]
  readonly witnesses: readonly NoteKey[]
  /** Checkpoints kept elsewhere; today's log must continue each. */
  readonly kept: readonly string[]
  readonly hasher: TreeHasher
  readonly progress: (done: number, total: number) => void
}

export const verifyJournal = Effect.fnUntraced(function* (options: VerifyOptions) {
  const { log: key, earlier: replaced = [], witnesses, kept, hasher, progress } = options
  const commits = yield* CommitStore
  const log = yield* ProofLog
  const findings: Finding[] = []
  let findingCount = 0
  const find = (finding: Finding) => {
    findingCount += 1
    if (findings.filter(({ kind }) => kind === finding.kind).length < findingsOfKindMax) findings.push(finding)
  }

  // First of all, because all that it covers was in the journal before it.
  const { signed, cosigned } = yield* log.checkpoints()
  const judged = (note: string, what: Named, among: readonly NoteKey[] = []): Checkpoint | undefined => {
    try {
      const signer = among.find((one) => signatureOf(parseNote(note), one) !== undefined) ?? key
      const checkpoint = parseCheckpoint(checkNote(note, signer, checkEd25519).text)
      if (checkpoint.origin !== key.name) throw new NoteRefused(`it is of the log "${checkpoint.origin}"`)
      return checkpoint
    } catch (error) {
      if (!(error instanceof NoteRefused)) throw error
      find({
        kind: "checkpoint",
        why: `${what.en}: ${error.message}`,
        ru: `${what.ru}: подпись или запись не та (${error.message})`
      })
      return undefined
    }
  }
  const believed =
    signed === null ? undefined : judged(signed, { en: "the last checkpoint", ru: "последняя контрольная точка" })
  if (signed === null)
    find({ kind: "checkpoint", why: "the log has no checkpoint", ru: "в журнале доказательств нет контрольной точки" })
  // Without a checkpoint to believe, what is wrong below is still worth naming.
  const size = believed?.size ?? (signed === null ? 0 : sizeOf(signed))

  const edge = new Map<number, Tile>()
  const grow = Effect.fnUntraced(function* (from: number, leafHashes: readonly Uint8Array[]) {
    const readEdge = (level: number, index: number) => {
      const tile = edge.get(level)
      return tile?.index === index ? tile.hashes : undefined
    }
    for (const tile of grownTiles(from, leafHashes, readEdge, hasher)) {
      edge.set(tile.level, tile)
      if (tile.level === 0) continue
      const stored = yield* log.tile(tile.level, tile.index)
      if (stored === undefined || !sameHash(stored.subarray(0, tile.hashes.length), tile.hashes)) {
        find({
          kind: "tree",
          why: `the tile ${tile.index} of level ${tile.level} is not what its leaves give`,
          ru: `плитка ${tile.index} уровня ${tile.level} не сходится с листьями`
        })
      }
    }
  })

  let cursor = ""
  let page: readonly StoredCommit[] = []
  let at = 0
  /** The next commit in the global order, which stays next until it is taken. */
  const peek = Effect.gen(function* () {
    if (at === page.length) {
      page = yield* commits.readAll(cursor, pageCommitsMax)
      at = 0
      if (page.length > 0) cursor = page.at(-1)!.cursor
    }
    return page[at]
  })

  for (let from = 0; from < size; from += pageCommitsMax) {
    const count = Math.min(pageCommitsMax, size - from)
    const cursors = yield* log.cursors(from, count)
    const leafHashes: Uint8Array[] = []
    for (let index = 0; index < count; index += tileWidth) {
      const tile = yield* log.tile(0, (from + index) / tileWidth)
      const width = Math.min(tileWidth, count - index)
      for (let place = 0; place < width; place += 1) {
        const hash = tile?.subarray(place * hashBytes, (place + 1) * hashBytes) ?? new Uint8Array(0)
        if (hash.length !== hashBytes) {
          find({
            kind: "tree",
            leafNumber: from + index + place,
            why: "its hash is not in the log",
            ru: "его хеша нет в журнале доказательств"
          })
        }
        leafHashes.push(hash.length === hashBytes ? hash : hasher.empty)
      }
    }
    for (let index = 0; index < count; index += 1) {
      const leafNumber = from + index
      const expected = cursors[index]
      let commit = page[at] ?? (yield* peek)
      while (commit !== undefined && commit.cursor !== expected) {
        const number = yield* log.leafNumberOf(commit.cursor)
        if (number !== null && number > leafNumber) break
        find({
          kind: "unknown",
          ...placeOf(commit),
          why: "it stands among proven commits and the log does not know it",
          ru: "стоит среди доказанных, а журнал доказательств его не знает"
        })
        at += 1
        commit = yield* peek
      }
      if (commit === undefined || commit.cursor !== expected) {
        find({
          kind: "missing",
          leafNumber,
          why: `the log proves a commit at place ${expected ?? "?"} of the journal; it is gone`,
          ru: `доказан коммит на месте ${expected ?? "?"} журнала, а его там нет`
        })
        continue
      }
      at += 1
      if (!sameHash(hasher.leaf(entryOf(commit, hasher.sha256)), leafHashes[index]!)) {
        find({
          kind: "changed",
          leafNumber,
          ...placeOf(commit),
          why: "it is not the commit that was proven here",
          ru: "это не тот коммит, что был здесь доказан"
        })
      }
    }
    yield* grow(from, leafHashes)
    progress(from + count, size)
    yield* Effect.yieldNow
  }
  let waiting = 0
  let firstWaitingAt: number | undefined
  let lastWaitingAt = 0
  for (let next = yield* peek; next !== undefined; next = yield* peek) {
    waiting += page.length - at
    firstWaitingAt ??= next.committedAt
    lastWaitingAt = page.at(-1)!.committedAt
    at = page.length
  }
  const waitingMs = lastWaitingAt - (firstWaitingAt ?? lastWaitingAt)
  if (waitingMs > waitingMsMax) {
    const why = `commits of ${Math.round(waitingMs / 1000)} s are not proven: nothing sequenced them, or the log was put back to an older one`
    const ru = `коммиты за ${Math.round(waitingMs / 1000)} с не доказаны: их никто не принял, или журнал доказательств вернули к прежнему состоянию`
    find({ kind: "history", why, ru })
  }

  if (believed !== undefined && size > 0) {
    const read = nodesInTiles((level, index) => {
      const tile = edge.get(level)
      return tile?.index === index ? tile.hashes : undefined
    }, hasher)
    if (!sameHash(rootOf(size, read, hasher), believed.root)) {
      find({
        kind: "tree",
        why: "its leaves do not give the root that was signed: the log was written anew",
        ru: "листья не дают подписанного корня: журнал доказательств написан заново"
      })
    }
  }

  const times = new Map<string, number>()
  const earlier = [...(cosigned === null ? [] : [{ note: cosigned, what: theCosigned }])]
  for (const [index, note] of kept.entries()) {
    const what = { en: `the kept checkpoint ${index + 1}`, ru: `сохранённая контрольная точка ${index + 1}` }
    earlier.push({ note, what })
  }
  for (const { note, what } of earlier) {
    const checkpoint = judged(note, what, replaced)
    if (checkpoint === undefined || believed === undefined) continue
    const why = yield* continues(checkpoint, believed, log.tile, hasher)
    if (why !== null) find({ kind: "history", why: `${what.en}: ${why.en}`, ru: `${what.ru}: ${why.ru}` })
    for (const witness of witnesses) {
      const seconds = cosignedAt(parseNote(note), witness, checkEd25519)
      if (seconds !== undefined) times.set(witness.name, Math.max(seconds, times.get(witness.name) ?? 0))
    }
  }
  for (const { name } of witnesses) {
    if (times.has(name)) continue
    const ru = `ни одной контрольной точки здесь не заверил "${name}"`
    find({ kind: "checkpoint", why: `no checkpoint here was cosigned by "${name}"`, ru })
  }
  const verdict: Verdict = {
    covered: size,
    waiting,
    root: believed?.root ?? null,
    cosignedAt: times,
    findings,
    findingCount
  }
  return verdict
})

/** Null when today's tree begins with the earlier one; otherwise why not. */
const continues = (
  earlier: Checkpoint,
  current: Checkpoint,
  tile: (level: number, index: number) => Effect.Effect<Uint8Array | undefined, StoreUnavailable>,
  hasher: TreeHasher
) =>
  Effect.gen(function* () {
    if (earlier.size > current.size)
      return {
        en: `it has ${earlier.size} commits, the log now only ${current.size}: its end was cut`,
        ru: `в ней ${earlier.size} коммитов, а в журнале доказательств теперь ${current.size}: конец отрезан`
      }
    const proof = yield* withTiles(tile, hasher, (read) => consistencyProof(earlier.size, current.size, read, hasher))
    return isConsistent(earlier, current, proof, hasher)
      ? null
      : {
          en: "the log does not continue it: its past was written anew",
          ru: "журнал доказательств её не продолжает: прошлое написано заново"
        }
  })

function placeOf({ stream, firstVersion, eventCount }: StoredCommit) {
  return { stream, firstVersion, lastVersion: firstVersion + eventCount - 1 }
}

function sizeOf(note: string): number {
  try {
    return parseCheckpoint(parseNote(note).text).size
  } catch {
    return 0
  }
}
