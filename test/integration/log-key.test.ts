/** The key of a log is replaced: said in the log itself, earlier signatures still count, the witness follows, and an interruption leaves no log without a key. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Effect, Layer, Logger, Stream } from "effect"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { EventStore } from "../../actors/event-store.ts"
import { Operations } from "../../actors/operations.ts"
import { ProofLog } from "../../actors/proof-log.ts"
import { makeSequencer } from "../../actors/sequencer.ts"
import { checkProofFile, proveEvent } from "../../infra/audit/audit-proof.ts"
import { verifyJournal } from "../../infra/audit/audit-verify.ts"
import { checkEd25519, logKeyIn, readVerifierKey, replacementsIn, sha256 } from "../../infra/audit/log-key.ts"
import { replaceLogKey } from "../../infra/audit/log-key-replacement.ts"
import { logIdentityAt, proofLogAt, provenReaders } from "../../infra/audit/proof-log.ts"
import { openWitness } from "../../infra/audit/witness.ts"
import { makeOffer, type Post } from "../../infra/audit/witness-client.ts"
import { embeddedEventStore } from "../../infra/journal/event-store.ts"
import { formatReplacement, successionOf } from "../../models/proof/key-replacement.ts"
import { treeHasher } from "../../models/proof/merkle-tree.ts"
import {
  ed25519Type,
  formatNote,
  type NoteKey,
  noteKey,
  parseNote,
  signatureOf
} from "../../models/proof/signed-note.ts"
import { formatWitnessRequest } from "../../models/proof/witness-request.ts"
import { foldAudit } from "../../projections/audit-report.ts"
import { commitOf, ticks } from "../contract/journal-storage.ts"

const root = mkdtempSync(join(tmpdir(), "mimika-log-key-"))
const hasher = treeHasher(sha256)
const act = { actor: "os:keeper", purpose: "yearly" }
const keysIn = (folder: string) => join(folder, "keys")
const publicKeyOf = (folder: string) => readVerifierKey(join(keysIn(folder), "log-key.pub"))
const layersOf = (folder: string) =>
  proofLogAt({ folder }).pipe(
    Layer.provideMerge(logIdentityAt({ folder })),
    Layer.provideMerge(embeddedEventStore({ folder }))
  )
const run = <A, E>(steps: Effect.Effect<A, E>) => Effect.runPromise(steps.pipe(Effect.provide(Logger.layer([]))))
/** What a server does: writes, sequences, and offers the checkpoint to its witness. */
const serve = (folder: string, from: number, post?: Post, witness?: NoteKey) =>
  run(
    Effect.gen(function* () {
      const store = yield* EventStore
      yield* store.appendAll(Array.from({ length: 9 }, (_, index) => commitOf(`s-${from + index}`, 0, ticks(2))))
      yield* (yield* makeSequencer).catchUp
      const places = witness === undefined ? [] : [{ url: "https://w.example/", key: witness }]
      const cosigned = post !== undefined && (yield* yield* makeOffer(places, post))
      return { ...(yield* (yield* ProofLog).checkpoints()), taken: cosigned }
    }).pipe(Effect.provide(layersOf(folder)))
  )
const replace = (folder: string) => run(replaceLogKey({ folder }, act))
const verify = (folder: string, trusted: NoteKey, kept: readonly string[] = []) => {
  const { latest, keys } = successionOf(trusted, replacementsIn(keysIn(folder)), checkEd25519, sha256)
  const options = { log: latest, earlier: keys.slice(0, -1), witnesses: [], kept, hasher, progress: () => {} }
  return run(Effect.provide(verifyJournal(options), provenReaders({ folder })))
}
const prove = (folder: string, stream: string, log: NoteKey) =>
  run(Effect.provide(proveEvent(stream, 1, { log, hasher }), provenReaders({ folder })))

const first = join(root, "first")
let folder: string
let count = 0
beforeAll(async () => {
  mkdirSync(first)
  await serve(first, 0)
})
beforeEach(() => {
  folder = join(root, String(count++))
  cpSync(first, folder, { recursive: true })
})
afterAll(() => rmSync(root, { recursive: true }))

describe("a log whose key was replaced", () => {
  it("holds for whoever has the old key or the new one, and so do old proofs and checkpoints", async () => {
    const old = publicKeyOf(folder)
    const proof = await prove(folder, "s-3", old)
    const { signed: kept } = await serve(folder, 20)
    const { replacement, signedLeaves } = await replace(folder)
    const now = publicKeyOf(folder)
    expect([replacement.from, replacement.to]).toEqual([old, now])
    // The eighteen commits, and the one that says so.
    expect([replacement.size, signedLeaves]).toEqual([18, 19])
    for (const trusted of [old, now]) {
      expect(await verify(folder, trusted, [kept!])).toMatchObject({ covered: 19, waiting: 0, findings: [] })
    }
    expect(checkProofFile(proof, old, []).commit.stream).toBe("s-3")
    expect(checkProofFile(await prove(folder, "s-3", now), now, []).commit.stream).toBe("s-3")
    await serve(folder, 40)
    await replace(folder)
    expect(await verify(folder, old, [kept!])).toMatchObject({ covered: 29, findings: [] })
    expect(await verify(folder, publicKeyOf(folder), [kept!])).toMatchObject({ covered: 29, findings: [] })
  })

  it("says so in the journal of operations and in the auditor's report, and keeps no old secret", async () => {
    const secret = readFileSync(join(keysIn(folder), "log-key.pem"), "utf8")
    const old = publicKeyOf(folder)
    await replace(folder)
    const events = await run(
      Effect.flatMap(Operations, (operations) => Stream.runCollect(operations.read())).pipe(
        Effect.provide(Operations.layer.pipe(Layer.provide(embeddedEventStore({ folder }))))
      )
    )
    expect(events).toMatchObject([{ type: "LogKeyReplaced", ...act, from: old.keyId, to: publicKeyOf(folder).keyId }])
    const fold = foldAudit(0, Number.MAX_SAFE_INTEGER)
    for (const event of events) fold.take(event)
    expect(fold.report().keys).toMatchObject([{ what: `logKey: ${old.keyId} → ${publicKeyOf(folder).keyId}` }])
    const left = readdirSync(keysIn(folder)).filter((name) => /^log-key/.test(name))
    for (const name of left) expect(readFileSync(join(keysIn(folder), name), "utf8")).not.toBe(secret)
    expect(left.sort()).toEqual([`log-key-${old.keyId}.replaced`, "log-key.pem", "log-key.pub"])
  })

  it("is finished by the same command after an interruption, with the key that was announced", async () => {
    const old = publicKeyOf(folder)
    const note = join(keysIn(folder), `log-key-${old.keyId}.replaced`)
    mkdirSync(join(note, "in the way"), { recursive: true })
    // A folder of that name is no note: nothing of it may be read as one.
    await expect(replace(folder)).rejects.toThrow(/EISDIR|Cannot put the new key/)
    rmSync(note, { recursive: true })
    await replace(folder)
    expect(await verify(folder, old)).toMatchObject({ findings: [] })

    const second = publicKeyOf(folder)
    const blocked = join(keysIn(folder), `log-key-${second.keyId}.replaced`)
    // As when the process ended between the two renames.
    const before = readFileSync(join(keysIn(folder), "log-key.pem"))
    await replace(folder)
    const announced = publicKeyOf(folder).keyId
    renameSync(join(keysIn(folder), "log-key.pem"), join(keysIn(folder), "log-key-next.pem"))
    writeFileSync(join(keysIn(folder), "log-key.pem"), before, { mode: 0o600 })
    expect(existsSync(blocked)).toBe(true)
    const database = new DatabaseSync(join(folder, "proof.sqlite"))
    database.exec("DELETE FROM checkpoints; DELETE FROM leaves; DELETE FROM tiles; UPDATE log SET size = 0")
    database.close()
    await replace(folder)
    expect(publicKeyOf(folder).keyId).toBe(announced)
    expect(await verify(folder, old)).toMatchObject({ findings: [] })
  })

  it("is followed by its witness, who from then on refuses the old key, also after a restart", async () => {
    const old = publicKeyOf(folder)
    const thief = logKeyIn(join(keysIn(folder), "log-key.pem"))
    const place = join(root, `witness-${count}`)
    const open = () => openWitness({ folder: place, name: "w.example", logs: [old], nowMs: () => 1_790_000_000_000 })
    let witness = open()
    const post: Post = async (_, body, action) =>
      action === "replace-key" ? witness.replaceKey(body) : witness.addCheckpoint(body)
    const before = await serve(folder, 20, post, witness.key)
    expect(before.taken).toBe(true)
    await replace(folder)
    const resigned = await run(
      Effect.flatMap(ProofLog, (log) => log.checkpoints()).pipe(Effect.provide(provenReaders({ folder })))
    )
    const begunAnew = formatWitnessRequest({ oldSize: 0, hashes: [], checkpoint: resigned.signed! })
    expect(witness.addCheckpoint(begunAnew)).toMatchObject({ status: 403 })
    expect(witness.replaceKey(replacementsIn(keysIn(folder))[0]!)).toMatchObject({ status: 200 })
    // What it saw under the old key binds the new one.
    expect(witness.addCheckpoint(begunAnew)).toMatchObject({ status: 409, body: "18\n" })
    const after = await serve(folder, 40, post, witness.key)
    expect(after.taken).toBe(true)
    expect(signatureOf(parseNote(after.cosigned!), witness.key)).toBeDefined()
    for (const restart of [false, true]) {
      if (restart) {
        witness.close()
        witness = open()
      }
      const { text } = parseNote(after.signed!)
      const stolen = formatNote({ text, signatures: [{ ...old, signature: thief.sign(Buffer.from(text)) }] })
      expect(
        witness.addCheckpoint(formatWitnessRequest({ oldSize: 28, hashes: [], checkpoint: stolen }))
      ).toMatchObject({ status: 403 })
      expect((await serve(folder, restart ? 60 : 80, post, witness.key)).taken).toBe(true)
    }
    witness.close()
  })
})

describe("the word of one key on the next", () => {
  const signerOf = (file: string) => {
    const signing = logKeyIn(join(root, file))
    return { ...signing, key: noteKey("abcd", ed25519Type, signing.publicKey, sha256) }
  }
  const [a, b, c] = [signerOf("a.pem"), signerOf("b.pem"), signerOf("c.pem")]
  type Signer = typeof a
  const word = (from: Signer, to: Signer, by = from, and = to) =>
    formatReplacement({ from: from.key, to: to.key, size: 7, root: new Uint8Array(32), at: 1 }, by.sign, and.sign)
  const follow = (key: NoteKey, ...notes: string[]) => successionOf(key, notes, checkEd25519, sha256)

  it("leads from any key of a chain to all of them", () => {
    for (const { key } of [a, b, c]) {
      const { keys, latest } = follow(key, word(b, c), word(a, b))
      expect(keys.map(({ keyId }) => keyId)).toEqual([a, b, c].map(({ key }) => key.keyId))
      expect(latest.keyId).toBe(c.key.keyId)
    }
    expect(follow(c.key, word(a, b)).keys).toEqual([c.key])
  })

  it("is refused when either key did not say it, when a key has two successors, and when they go in a ring", () => {
    expect(() => follow(a.key, word(a, b, c))).toThrow("signature")
    expect(() => follow(a.key, word(a, b, a, c))).toThrow("signature")
    expect(() => follow(a.key, word(a, b), word(a, c))).toThrow("two successors")
    expect(() => follow(a.key, word(a, b), word(b, a))).toThrow("in a ring")
    expect(() => follow(a.key, word(a, b).replace("\n7\n", "\n8\n"))).toThrow("signature")
  })
})
