/**
 * What does proving cost? The size of a proof file at a million leaves with one cosignature (budget 1.3 kB), the time to
 * check it (1 ms), and the commits a second that `audit verify` recomputes (50,000), all in CPU time. Beside us in the
 * same run: one SHA-256 over each of the same sealed bytes, which nothing that looks at every byte can undercut.
 *
 *   node bench/proof.ts [--leaves 1000000] [--commits 50000] [--rounds 5]
 */
import { randomBytes, randomUUID } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { parseArgs } from "node:util"
import { Effect, Layer } from "effect"
import { CommitStore, type SealedCommit } from "../actors/commit-store.ts"
import { makeSequencer } from "../actors/sequencer.ts"
import { checkProofFile } from "../infra/audit/audit-proof.ts"
import { verifyJournal } from "../infra/audit/audit-verify.ts"
import {
  fileLogIdentity,
  logKeyIn,
  logNamesOf,
  publicKeyFileIn,
  readVerifierKey,
  sha256
} from "../infra/audit/log-key.ts"
import { sqliteProofLog, sqliteProofLogReader } from "../infra/audit/proof-log-sqlite.ts"
import { sqliteCommitStore } from "../infra/journal/commit-store-sqlite.ts"
import { cosignatureMessage, encodeCosignature, formatCheckpoint } from "../models/proof/checkpoint.ts"
import { entryOf } from "../models/proof/commit-entry.ts"
import { inclusionProof, rootOf, treeHasher } from "../models/proof/merkle-tree.ts"
import { packEntry } from "../models/proof/packed-entry.ts"
import { cosignatureType, ed25519Type, formatNote, noteKey } from "../models/proof/signed-note.ts"
import { grownTiles, nodesInTiles } from "../models/proof/tiles.ts"
import { formatProof } from "../models/proof/tlog-proof.ts"
import { keptAll } from "./measure.ts"

/** Bytes of a sealed commit of seven frames, as bench/journal.ts makes them. */
const sealedBytes = 400
/** A name is part of the file: a longer one adds its characters. */
const witnessName = "w.example"
const batchLeaves = 16_384
const { values } = parseArgs({
  options: {
    leaves: { type: "string", default: "1000000" },
    commits: { type: "string", default: "50000" },
    rounds: { type: "string", default: "5" }
  }
})
const [leafCount, commitCount, rounds] = [Number(values.leaves), Number(values.commits), Number(values.rounds)]

const cpuMs = (since: NodeJS.CpuUsage) => {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1000
}
const median = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!
const folder = mkdtempSync(join(tmpdir(), "mimika-bench-proof-"))
const hasher = treeHasher(sha256)

function commitOf(number: number): SealedCommit {
  const stream = `conference-${randomUUID()}`
  const committedAt = 1_790_000_000_000 + number
  return {
    stream,
    firstVersion: 1 + (number % 500_000),
    eventCount: 35,
    commandId: randomUUID(),
    committedAt,
    sealed: randomBytes(sealedBytes)
  }
}

/** Proof files of leaves spread over a tree of a million, the first commit known and the rest of the leaves arbitrary. */
function proofFiles() {
  const log = logKeyIn(join(folder, "log.pem"))
  const witness = logKeyIn(join(folder, "witness.pem"))
  const logKey = noteKey(logNamesOf(randomUUID())[0]!, ed25519Type, log.publicKey, sha256)
  const witnessKey = noteKey(witnessName, cosignatureType, witness.publicKey, sha256)
  const sample = 50
  const entries = new Map(
    Array.from({ length: sample }, (_, index) => {
      const number = Math.floor(((leafCount - 1) * index) / (sample - 1))
      return [number, entryOf(commitOf(number), sha256)] as const
    })
  )
  const tiles = new Map<string, Uint8Array>()
  const readTile = (level: number, index: number) => tiles.get(`${level}/${index}`)
  for (let size = 0; size < leafCount; size += batchLeaves) {
    const leaves = Array.from({ length: Math.min(batchLeaves, leafCount - size) }, (_, index) => {
      const entry = entries.get(size + index)
      return entry === undefined ? new Uint8Array(randomBytes(32)) : hasher.leaf(entry)
    })
    for (const tile of grownTiles(size, leaves, readTile, hasher)) tiles.set(`${tile.level}/${tile.index}`, tile.hashes)
  }
  const read = nodesInTiles(readTile, hasher)
  const root = rootOf(leafCount, read, hasher)
  const text = formatCheckpoint({ origin: logKey.name, size: leafCount, root, extensions: [] })
  const seconds = 1_790_000_000
  const signature = log.sign(Buffer.from(text))
  const cosignature = encodeCosignature(seconds, witness.sign(cosignatureMessage(text, seconds)))
  const signatures = [
    { ...logKey, signature },
    { ...witnessKey, signature: cosignature }
  ]
  const checkpoint = formatNote({ text, signatures })
  const proofs = [...entries].map(([index, entry]) => ({
    extra: packEntry(entry),
    index,
    hashes: inclusionProof(index, leafCount, read, hasher),
    checkpoint
  }))
  const files = proofs.map(formatProof)
  const bare = proofs.map(({ extra: _, ...proof }) => formatProof(proof).length)
  // In bytes: the dashes before signatures have three.
  return {
    logKey,
    witnessKey,
    files,
    bytes: files.map((file) => Buffer.byteLength(file)),
    bareBytes: Math.max(...bare) + 4
  }
}

const { logKey, witnessKey, files, bytes, bareBytes } = proofFiles()
for (const file of files) checkProofFile(file, logKey, [witnessKey])
const checkMs = median(
  Array.from({ length: rounds }, () => {
    const before = process.cpuUsage()
    for (const file of files) checkProofFile(file, logKey, [witnessKey])
    return cpuMs(before) / files.length
  })
)

const all = Array.from({ length: commitCount }, (_, number) => commitOf(number))
const store = sqliteCommitStore({ folder })
await Effect.runPromise(
  Effect.gen(function* () {
    const commits = yield* CommitStore
    const renumbered = all.map((commit) => ({ ...commit, firstVersion: 1 }))
    for (let at = 0; at < renumbered.length; at += 1_000) yield* commits.append(renumbered.slice(at, at + 1_000))
    const before = process.cpuUsage()
    yield* (yield* makeSequencer).catchUp
    console.log(`sequenced          ${Math.round(commitCount / (cpuMs(before) / 1000))} commits per second of CPU`)
  }).pipe(
    Effect.provide(
      sqliteProofLog(folder).pipe(Layer.provideMerge(fileLogIdentity(join(folder, "keys"))), Layer.provideMerge(store))
    )
  )
)
const log = readVerifierKey(publicKeyFileIn(join(folder, "keys")))
const verifyMs: number[] = []
const plainMs: number[] = []
for (let round = 0; round < rounds; round += 1) {
  const readers = Layer.merge(sqliteCommitStore({ folder, readOnly: true }), sqliteProofLogReader(folder, hasher))
  const verify = verifyJournal({ log, witnesses: [], kept: [], hasher, progress: () => {} })
  const before = process.cpuUsage()
  const { covered, findingCount } = await Effect.runPromise(Effect.provide(verify, readers))
  verifyMs.push(cpuMs(before))
  if (covered !== commitCount || findingCount > 0) throw new Error(`verified ${covered}, ${findingCount} findings`)
  const beforePlain = process.cpuUsage()
  for (const { sealed } of all) sha256(sealed)
  plainMs.push(cpuMs(beforePlain))
}
rmSync(folder, { recursive: true })

console.log(
  `proof file         ${Math.max(...bytes)} bytes at most (${bareBytes} without what is proven), ${leafCount} leaves, one cosignature of "${witnessName}"`
)
console.log(`check              ${checkMs.toFixed(3)} ms of CPU: path, log's signature, cosignature`)
console.log(`verify             ${Math.round(commitCount / (median(verifyMs) / 1000))} commits per second of CPU`)
console.log(`plain SHA-256      ${Math.round(commitCount / (median(plainMs) / 1000))} commits per second of CPU`)
console.log(`verify / SHA-256   ${(median(verifyMs) / median(plainMs)).toFixed(1)} times its CPU`)
const kept = keptAll([
  { what: "bytes of a proof file", value: Math.max(...bytes), max: 1_300 },
  { what: "ms of CPU to check it", value: checkMs, max: 1 },
  { what: "commits verified per second of CPU", value: commitCount / (median(verifyMs) / 1000), min: 50_000 }
])
process.exit(kept ? 0 : 1)
