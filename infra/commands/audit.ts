/**
 * `mimika audit …`: for whoever need not trust the server. `verify` recomputes the log from the journal, `proof` writes the
 * proof of one event's commit, `check` judges such a file offline, `export` writes the log for file servers, `tamper` forges a copy
 * to practise on. None opens an event, and what is written goes to a place that is named.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { Effect } from "effect"
import { conferenceStreamOf } from "../../actors/conference.ts"
import { toBase64 } from "../../models/proof/base64.ts"
import { treeHasher } from "../../models/proof/merkle-tree.ts"
import { hexOf, type NoteKey } from "../../models/proof/signed-note.ts"
import { exportLog } from "../audit/audit-export.ts"
import { checkProofFile, proveEvent } from "../audit/audit-proof.ts"
import { type Forgery, forgeCopy } from "../audit/audit-tamper.ts"
import type { Finding } from "../audit/audit-verify.ts"
import { publicKeyFileIn, readVerifierKey, sha256 } from "../audit/log-key.ts"
import { replaceLogKey } from "../audit/log-key-replacement.ts"
import { succeeding, verifyPlace } from "../audit/place-verification.ts"
import { provenReaders } from "../audit/proof-log.ts"
import { logging } from "../core.ts"
import type { Language } from "../report-table.ts"
import { osActor } from "../subjects/os-actor.ts"
import { auditWords, filled } from "./audit-words.ts"

export interface VerifyOptions {
  readonly data: string
  readonly journal?: string
  readonly key?: string
  readonly witness: readonly string[]
  readonly checkpoint: readonly string[]
  readonly json: boolean
  readonly lang: Language
}

export interface ProofOptions {
  readonly data: string
  readonly journal?: string
  readonly key?: string
  readonly out: string
  readonly lang: Language
}

export interface CheckOptions {
  readonly key: string
  readonly witness: readonly string[]
  readonly json: boolean
  readonly lang: Language
}

export interface TamperOptions {
  readonly data: string
  readonly out: string
  readonly how: Forgery
}

const say = (line: string) => process.stdout.write(`${line}\n`)
const hasher = treeHasher(sha256)
/** Names of what is listed, the longest with a space after it. */
const nameColumn = 18
const timeOf = (ms: number) => new Date(ms).toISOString()

/** The key given, or the one that lies beside the journal, which a forger could have replaced too. */
function logKeyOf(data: string, key: string | undefined): NoteKey {
  const beside = publicKeyFileIn(join(data, "keys"))
  if (key === undefined && !existsSync(beside)) {
    throw new Error(
      `Cannot audit "${data}": no server has published the key of a log there (keys/log-key.pub). Name a server's folder with --data, or the key with --key`
    )
  }
  return readVerifierKey(key ?? beside)
}

/** 0 when everything fits, 1 when something does not. */
export async function auditVerify(options: VerifyOptions): Promise<number> {
  const { data, journal, key, witness, checkpoint, json, lang } = options
  const word = auditWords[lang]
  const kept = checkpoint.map((file) => readFileSync(file, "utf8"))
  const witnesses = witness.map(readVerifierKey)
  const shown = process.stderr.isTTY && !json
  let percentShown = -1
  const progress = (done: number, total: number) => {
    const percent = Math.floor((done / total) * 100)
    if (!shown || percent === percentShown) return
    percentShown = percent
    process.stderr.write(`\r  ${percent} %  ${done} of ${total} commits${done === total ? "\n" : ""}`)
  }
  const wish = { key: logKeyOf(data, key), witnesses, kept, progress }
  const { told, log, replacements } = await Effect.runPromise(verifyPlace({ folder: data, url: journal }, wish))
  const { sound, covered, waiting, root, cosigned, findings, findingCount } = told
  if (json) {
    say(JSON.stringify(told))
    return sound ? 0 : 1
  }
  const line = (name: string, value: string | number) => say(`  ${name.padEnd(nameColumn)} ${value}`)
  say(filled(word.log, { name: log.name, keyId: log.keyId }) + (key === undefined ? word.ownKey : ""))
  for (const { from, to, size, at } of replacements) {
    line(word.replaced, filled(word.replacedBy, { from: from.keyId, to: to.keyId, size, time: timeOf(at) }))
  }
  line(word.covered, covered)
  if (waiting > 0) line(word.waiting, waiting)
  if (root !== null) line(word.root, root)
  for (const [name, seconds] of Object.entries(cosigned)) {
    line(word.cosigned, filled(word.at, { name, time: timeOf(seconds * 1000) }))
  }
  for (const finding of findings) {
    say(`  ${word.wrong} ${finding.kind}: ${subjectOf(finding, lang)}${lang === "ru" ? finding.ru : finding.why}`)
  }
  if (findingCount > findings.length) say(`  ${filled(word.more, { count: findingCount - findings.length })}`)
  say(sound ? word.sound : filled(word.unsound, { count: findingCount }))
  return sound ? 0 : 1
}

function subjectOf({ leafNumber, stream, firstVersion, lastVersion }: Finding, lang: Language): string {
  const word = auditWords[lang]
  const leaf = leafNumber === undefined ? "" : filled(word.leaf, { leaf: leafNumber })
  if (stream === undefined) return leaf
  return `${leaf}${filled(word.commit, { stream, first: firstVersion ?? 0, last: lastVersion ?? 0 })}`
}

export async function auditProof(
  conference: string,
  version: number,
  { data, journal, key, out, lang }: ProofOptions
): Promise<void> {
  const { latest: log } = succeeding(data, logKeyOf(data, key))
  const stream = conferenceStreamOf(conference)
  const readers = provenReaders({ folder: data, url: journal })
  const proof = await Effect.runPromise(Effect.provide(proveEvent(stream, version, { log, hasher }), readers))
  writeFileSync(out, proof)
  const word = auditWords[lang]
  say(filled(word.proofWritten, { version, stream, out, bytes: Buffer.byteLength(proof) }))
  say(filled(word.proofCheck, { out }))
}

export function auditCheck(file: string, { key, witness, json, lang }: CheckOptions): void {
  const checked = checkProofFile(readFileSync(file, "utf8"), readVerifierKey(key), witness.map(readVerifierKey))
  const { commit, checkpoint, index, cosignedAt } = checked
  const { stream, firstVersion, eventCount, committedAt, digest } = commit
  if (json) {
    const place = { stream, firstVersion, eventCount, committedAt, digest: hexOf(digest) }
    const tree = { log: checkpoint.origin, leafNumber: index, size: checkpoint.size, root: toBase64(checkpoint.root) }
    say(JSON.stringify({ sound: true, ...place, ...tree, cosigned: Object.fromEntries(cosignedAt) }))
    return
  }
  const word = auditWords[lang]
  const line = (name: string, value: string) => say(`  ${name.padEnd(nameColumn)} ${value}`)
  say(word.holds)
  line(word.stream, stream)
  line(word.events, filled(word.versions, { first: firstVersion, last: firstVersion + eventCount - 1 }))
  line(word.committed, filled(word.byClock, { time: timeOf(committedAt) }))
  line(word.digest, filled(word.digestOf, { digest: hexOf(digest) }))
  line(word.leafOf, filled(word.place, { index, size: checkpoint.size, log: checkpoint.origin }))
  for (const [name, seconds] of cosignedAt) {
    line(word.cosigned, filled(word.at, { name, time: timeOf(seconds * 1000) }))
  }
}

export interface ExportOptions {
  readonly data: string
  readonly journal?: string
  readonly out: string
  readonly lang: Language
}

export async function auditExport({ data, journal, out, lang }: ExportOptions): Promise<void> {
  const files = await Effect.runPromise(Effect.provide(exportLog(out), provenReaders({ folder: data, url: journal })))
  say(filled(auditWords[lang].exported, { out, files }))
}

export interface ReplaceKeyOptions {
  readonly data: string
  readonly journal?: string
  readonly reason: string
  readonly lang: Language
}

export async function auditReplaceKey({ data, journal, reason, lang }: ReplaceKeyOptions): Promise<void> {
  if (!existsSync(publicKeyFileIn(join(data, "keys")))) {
    throw new Error(
      `Cannot replace the key of a log in "${data}": no server has made one there. Name a server's folder with --data`
    )
  }
  const act = { actor: osActor(), purpose: reason }
  const { replacement, signedLeaves } = await Effect.runPromise(
    replaceLogKey({ folder: data, url: journal }, act).pipe(Effect.provide(logging))
  )
  const word = auditWords[lang]
  say(filled(word.keyReplaced, { from: replacement.from.keyId, to: replacement.to.keyId, leaves: signedLeaves }))
  say(filled(word.keyNext, { file: publicKeyFileIn(join(data, "keys")) }))
}

export async function auditTamper({ data, out, how }: TamperOptions): Promise<void> {
  say(`In the copy ${out}, ${await forgeCopy(data, out, how)}.`)
  say(`See it found: mimika audit verify --data ${out}`)
}
