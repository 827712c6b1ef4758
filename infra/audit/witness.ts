/**
 * A witness (c2sp.org/tlog-witness): remembers the last checkpoint it cosigned of each log it knows, and cosigns a newer
 * one only when that is proven to continue it. It needs nothing of the server but its public key, and should run where the
 * server's owner has no hand. It refuses unknown logs, other trees and older ones, and forgets nothing.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import {
  type Checkpoint,
  cosignatureMessage,
  encodeCosignature,
  parseCheckpoint
} from "../../models/proof/checkpoint.ts"
import { checkReplacement, successionOf } from "../../models/proof/key-replacement.ts"
import { isConsistent, sameHash, treeHasher } from "../../models/proof/merkle-tree.ts"
import {
  checkNote,
  cosignatureType,
  formatNote,
  formatSignature,
  type Note,
  type NoteKey,
  NoteRefused,
  noteKey,
  parseNote
} from "../../models/proof/signed-note.ts"
import { parseWitnessRequest } from "../../models/proof/witness-request.ts"
import { lockFile } from "../journal/sqlite.ts"
import { writeWhole } from "./durable-file.ts"
import { checkEd25519, logKeyIn, publishKey, replacementsIn, sha256 } from "./log-key.ts"

/** An answer to `add-checkpoint`. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422
  readonly contentType: string
  readonly body: string
}

export interface Witness {
  readonly key: NoteKey
  readonly addCheckpoint: (request: string) => WitnessAnswer
  /** Takes a log's word, signed by the key that is known here, that another key follows; from then on the old one is refused. Not of tlog-witness. */
  readonly replaceKey: (note: string) => WitnessAnswer
  readonly close: () => void
}

export interface WitnessOptions {
  /** Its key and the last checkpoints; one witness at a time. */
  readonly folder: string
  /** Goes into every cosignature. */
  readonly name: string
  readonly logs: readonly NoteKey[]
  readonly nowMs: () => number
}

const hasher = treeHasher(sha256)

export function openWitness({ folder, name, logs, nowMs }: WitnessOptions): Witness {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const lock = lockFile(join(folder, "witness.lock"))
  if (lock === undefined) {
    throw new Error(`Cannot witness in "${folder}": another witness does. Stop it, or choose another folder`)
  }
  const signing = logKeyIn(join(folder, "witness-key.pem"))
  const key = noteKey(name, cosignatureType, signing.publicKey, sha256)
  publishKey(join(folder, "witness-key.pub"), key)

  /** The keys of each log, oldest first; only the last one's checkpoints are taken. */
  const successions = new Map<string, readonly NoteKey[]>()
  for (const given of logs) {
    const { keys, latest } = successionOf(given, replacementsIn(folder), checkEd25519, sha256)
    successions.set(`${latest.name} ${latest.keyId}`, keys)
  }
  /** Of logs with one name, the one whose key is in the signatures. */
  const successionFor = (origin: string, { signatures }: Note) => {
    const named = [...successions.values()].filter((keys) => keys.at(-1)!.name === origin)
    return named.find((keys) => signatures.some(({ keyId }) => keyId === keys.at(-1)!.keyId)) ?? named[0]
  }

  const text = (status: WitnessAnswer["status"], body: string, contentType = "text/plain; charset=utf-8") => ({
    status,
    body,
    contentType
  })
  const sizeConflict = (size: number) => text(409, `${size}\n`, "text/x.tlog.size")

  const cosigned = (note: Note, log: NoteKey): WitnessAnswer => {
    const seconds = Math.floor(nowMs() / 1000)
    const signature = encodeCosignature(seconds, signing.sign(cosignatureMessage(note.text, seconds)))
    const own = { name: key.name, keyId: key.keyId, signature }
    const logs = note.signatures.filter((line) => line.name === log.name && line.keyId === log.keyId)
    // On disk before it is answered: what was cosigned once is never denied.
    writeWhole(folder, fileOf(log), formatNote({ text: note.text, signatures: [...logs, own] }))
    return text(200, formatSignature(own))
  }

  return {
    key,
    addCheckpoint(body) {
      let request: ReturnType<typeof parseWitnessRequest>
      let offered: Checkpoint
      let claimed: Note
      try {
        request = parseWitnessRequest(body)
        claimed = parseNote(request.checkpoint)
        offered = parseCheckpoint(claimed.text)
      } catch (error) {
        if (!(error instanceof NoteRefused)) throw error
        return text(400, `${error.message}\n`)
      }
      const keys = successionFor(offered.origin, claimed)
      const log = keys?.at(-1)
      if (keys === undefined || log === undefined) return text(404, `The log "${offered.origin}" is not known here\n`)
      let note: Note
      try {
        note = checkNote(request.checkpoint, log, checkEd25519)
      } catch (error) {
        if (!(error instanceof NoteRefused)) throw error
        return text(403, `${error.message}\n`)
      }
      if (request.oldSize > offered.size) return text(400, "The old size is larger than the new one\n")
      const seen = lastSeen(folder, keys)
      if (request.oldSize !== (seen?.size ?? 0)) return sizeConflict(seen?.size ?? 0)
      if (seen !== undefined && seen.size === offered.size && !sameHash(seen.root, offered.root)) {
        return sizeConflict(seen.size)
      }
      const before = seen ?? { size: 0, root: hasher.empty }
      if (!isConsistent(before, offered, request.hashes, hasher)) {
        return text(422, `The tree of ${offered.size} is not proven to continue the one of ${before.size} seen here\n`)
      }
      return cosigned(note, log)
    },
    replaceKey(note) {
      try {
        const { from, to } = checkReplacement(note, checkEd25519, sha256)
        const named = (key: NoteKey) => successions.get(`${key.name} ${key.keyId}`)
        const keys = named(from)
        if (keys === undefined) {
          const isKnown = named(to) !== undefined
          return isKnown
            ? text(200, "Known\n")
            : text(404, `The key ${from.keyId} of "${from.name}" is not known here\n`)
        }
        // On disk before it counts, so that after a restart the old key is refused as well.
        writeWhole(folder, `log-key-${from.keyId}.replaced`, note)
        successions.delete(`${from.name} ${from.keyId}`)
        successions.set(`${to.name} ${to.keyId}`, [...keys, to])
        return text(200, "Taken\n")
      } catch (error) {
        if (!(error instanceof NoteRefused)) throw error
        return text(403, `${error.message}\n`)
      }
    },
    close: () => lock.close()
  }
}

/** One file a log, a cosigned checkpoint that `audit verify --checkpoint` takes. */
const fileOf = (log: NoteKey) => `${log.name.replace(/[^\w.-]/g, "_")}-${log.keyId}.checkpoint`

/** Under whichever key the log had then. Throws when a file is there but is no checkpoint: a witness that has forgotten must not begin anew. */
function lastSeen(folder: string, keys: readonly NoteKey[]): Checkpoint | undefined {
  const log = keys.findLast((key) => existsSync(join(folder, fileOf(key))))
  if (log === undefined) return undefined
  return parseCheckpoint(checkNote(readFileSync(join(folder, fileOf(log)), "utf8"), log, checkEd25519).text)
}
