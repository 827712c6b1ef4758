/**
 * Writes the log as the static files of c2sp.org/tlog-tiles, for any file server and any monitor: checkpoint, tiles and
 * bundles of entries. It writes what is stored, true or not: judging it is the monitor's. It adds to no folder that exists.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { Effect } from "effect"
import { CommitStore } from "../../actors/commit-store.ts"
import { ProofLog } from "../../actors/proof-log.ts"
import { parseCheckpoint } from "../../models/proof/checkpoint.ts"
import { entryOf } from "../../models/proof/commit-entry.ts"
import { hashBytes } from "../../models/proof/merkle-tree.ts"
import { NoteRefused, parseNote } from "../../models/proof/signed-note.ts"
import { tilePath, tileWidth } from "../../models/proof/tiles.ts"
import { sha256 } from "./log-key.ts"

/** The count of files written. */
export const exportLog = Effect.fnUntraced(function* (out: string) {
  const commits = yield* CommitStore
  const log = yield* ProofLog
  const refused = (why: string) => new NoteRefused(`Cannot export the log to "${out}": ${why}`)
  if (existsSync(out)) return yield* Effect.fail(refused("it is there already. Name a folder that is not"))
  const { signed, cosigned } = yield* log.checkpoints()
  if (signed === null) return yield* Effect.fail(refused("it has no checkpoint. Run audit verify"))
  const text = parseNote(signed).text
  // The same tree with the witnesses' lines, where they have seen it.
  const checkpoint = cosigned !== null && parseNote(cosigned).text === text ? cosigned : signed
  const { size } = parseCheckpoint(text)

  let files = 0
  const write = (path: string, content: Uint8Array | string) => {
    const file = join(out, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
    files += 1
  }
  for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / tileWidth)) {
    for (let index = 0; index * tileWidth < count; index += 1) {
      const width = Math.min(tileWidth, count - index * tileWidth)
      const hashes = (yield* log.tile(level, index))?.subarray(0, width * hashBytes)
      if (hashes?.length !== width * hashBytes) {
        return yield* Effect.fail(refused(`${tilePath(level, index, width)} is not in it. Run audit verify`))
      }
      write(tilePath(level, index, width), hashes)
    }
  }
  let cursor = ""
  for (let index = 0; index * tileWidth < size; index += 1) {
    const width = Math.min(tileWidth, size - index * tileWidth)
    const page = yield* commits.readAll(cursor, width)
    if (page.length < width) return yield* Effect.fail(refused("commits that it proves are gone. Run audit verify"))
    cursor = page.at(-1)!.cursor
    write(tilePath("entries", index, width), bundleOf(page.map((commit) => entryOf(commit, sha256))))
  }
  // Last, so that whoever sees it finds all that it covers.
  write("checkpoint", checkpoint)
  return files
})

/** Entries one after another, each behind its length in two bytes, most significant first. */
function bundleOf(entries: readonly Uint8Array[]): Uint8Array {
  const parts = entries.flatMap((entry) => [Uint8Array.of(entry.length >> 8, entry.length & 255), entry])
  return Buffer.concat(parts)
}
