/** The witness cosigns what continues what it saw and nothing else, and a log gets its cosignatures over HTTPS. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer, Logger } from "effect"
import fc from "fast-check"
import { afterAll, beforeEach, describe, expect, it } from "vitest"
import { EventStore } from "../../actors/event-store.ts"
import { ProofLog } from "../../actors/proof-log.ts"
import { makeSequencer } from "../../actors/sequencer.ts"
import { checkEd25519, fileLogIdentity, logKeyIn, readVerifierKey, sha256 } from "../../infra/audit/log-key.ts"
import { sqliteProofLog } from "../../infra/audit/proof-log-sqlite.ts"
import { openWitness, type Witness } from "../../infra/audit/witness.ts"
import { makeOffer, type Post, postOverHttps } from "../../infra/audit/witness-client.ts"
import { serveWitness } from "../../infra/audit/witness-server.ts"
import { tlsCertificate } from "../../infra/gateway/tls.ts"
import { embeddedEventStore } from "../../infra/journal/event-store.ts"
import { cosignedAt, formatCheckpoint } from "../../models/proof/checkpoint.ts"
import { consistencyProof, rootOf, treeHasher } from "../../models/proof/merkle-tree.ts"
import {
  ed25519Type,
  formatNote,
  formatSignature,
  noteKey,
  parseNote,
  parseSignature
} from "../../models/proof/signed-note.ts"
import { grownTiles, nodesInTiles } from "../../models/proof/tiles.ts"
import { formatWitnessRequest, parseWitnessRequest } from "../../models/proof/witness-request.ts"
import { commitOf, ticks } from "./journal-storage.ts"

const root = mkdtempSync(join(tmpdir(), "mimika-witness-"))
let folderCount = 0
const freshFolder = () => join(root, String(folderCount++))
afterAll(() => rmSync(root, { recursive: true }))

const hasher = treeHasher(sha256)
const nowMs = () => 1_790_000_000_999
const signing = logKeyIn(join(root, "log.pem"))
const log = noteKey("example.com/log", ed25519Type, signing.publicKey, sha256)

/** A tree whose leaf i says `said(i)`; what a log with this key may claim at each size. */
function treeOf(count: number, said: (index: number) => string = String) {
  const leaves = Array.from({ length: count }, (_, index) => hasher.leaf(new TextEncoder().encode(said(index))))
  const tiles = new Map(
    grownTiles(0, leaves, () => undefined, hasher).map((tile) => [`${tile.level}/${tile.index}`, tile.hashes])
  )
  const read = nodesInTiles((level, index) => tiles.get(`${level}/${index}`), hasher)
  return {
    checkpoint: (size: number, key = log, signer = signing) => {
      const text = formatCheckpoint({ origin: key.name, size, root: rootOf(size, read, hasher), extensions: [] })
      return formatNote({ text, signatures: [{ ...key, signature: signer.sign(Buffer.from(text)) }] })
    },
    proof: (oldSize: number, size: number) => consistencyProof(oldSize, size, read, hasher)
  }
}
const tree = treeOf(300)
const fork = treeOf(300, (index) => (index < 100 ? String(index) : `other ${index}`))

let folder: string
let witness: Witness
const reopen = () => {
  witness?.close()
  witness = openWitness({ folder, name: "example.org/witness", logs: [log], nowMs })
}
beforeEach(() => {
  folder = freshFolder()
  reopen()
})
const ask = (oldSize: number, size: number, from = tree, hashes = from.proof(Math.min(oldSize, size), size)) =>
  witness.addCheckpoint(formatWitnessRequest({ oldSize, hashes, checkpoint: from.checkpoint(size) }))

describe("the witness", () => {
  it("cosigns a first tree, each that continues it, and the same again, also after a restart", () => {
    let old = 0
    for (const size of [1, 99, 99, 256, 300]) {
      const answer = ask(old, size)
      expect(answer.status).toBe(200)
      const { text } = parseNote(tree.checkpoint(size))
      const signatures = [parseSignature(answer.body.trimEnd())]
      expect(cosignedAt({ text, signatures }, witness.key, checkEd25519)).toBe(1_790_000_000)
      old = size
      reopen()
    }
    const [file] = readdirSync(folder).filter((name) => name.endsWith(".checkpoint"))
    expect(parseNote(readFileSync(join(folder, file!), "utf8")).text).toBe(parseNote(tree.checkpoint(300)).text)
  })

  it("a cosignature holds for its text, its time and its key, and for no other", () => {
    const { text } = parseNote(tree.checkpoint(9))
    const line = parseSignature(ask(0, 9).body.trimEnd())
    const judge = (of: string, signature: Uint8Array) =>
      cosignedAt({ text: of, signatures: [{ ...line, signature }] }, witness.key, checkEd25519)
    expect(judge(text, line.signature)).toBe(1_790_000_000)
    expect(() => judge(text.replace("9", "8"), line.signature)).toThrow("its cosignature is wrong")
    for (let index = 0; index < line.signature.length; index += 1) {
      const changed = Uint8Array.from(line.signature)
      changed[index]! ^= 1
      expect(() => judge(text, changed)).toThrow("its cosignature is wrong")
    }
    expect(() => judge(text, line.signature.subarray(1))).toThrow("the wrong length")
  })

  it("says which size it has when the old size is another", () => {
    ask(0, 150)
    for (const old of [0, 100, 200]) {
      expect(ask(old, 300)).toEqual({ status: 409, body: "150\n", contentType: "text/x.tlog.size" })
    }
  })

  it("refuses an older tree, a fork, a fork of the same size and a proof with any bit changed, and keeps what it saw", () => {
    ask(0, 150)
    expect(ask(150, 120).status).toBe(400)
    expect(ask(100, 120).status).toBe(409)
    expect(ask(150, 200, fork).status).toBe(422)
    expect(ask(150, 150, fork)).toMatchObject({ status: 409, body: "150\n" })
    fc.assert(
      fc.property(fc.nat(), fc.nat(255), (any, bit) => {
        const hashes = tree.proof(150, 300).map((hash) => Uint8Array.from(hash))
        hashes[any % hashes.length]![bit >>> 3]! ^= 1 << (bit & 7)
        expect(ask(150, 300, tree, hashes).status).toBe(422)
      }),
      { numRuns: 50 }
    )
    expect(ask(150, 300).status).toBe(200)
  })

  it("refuses an unknown log, a signature that is not the log's, and what is no request", () => {
    const stranger = logKeyIn(join(root, "stranger.pem"))
    const other = noteKey("example.com/other", ed25519Type, stranger.publicKey, sha256)
    const impostor = noteKey(log.name, ed25519Type, stranger.publicKey, sha256)
    const send = (checkpoint: string) =>
      witness.addCheckpoint(formatWitnessRequest({ oldSize: 0, hashes: [], checkpoint }))
    expect(send(tree.checkpoint(9, other, stranger)).status).toBe(404)
    expect(send(tree.checkpoint(9, impostor, stranger)).status).toBe(403)
    expect(send(tree.checkpoint(9, log, stranger)).status).toBe(403)
    for (const body of ["", "old 0\n", `old 01\n\n${tree.checkpoint(9)}`, `old 0\nAAAA\n\n${tree.checkpoint(9)}`]) {
      expect(witness.addCheckpoint(body).status).toBe(400)
    }
    expect(ask(0, 9).status).toBe(200)
  })

  it("is alone in its folder", () => {
    expect(() => openWitness({ folder, name: "example.org/second", logs: [log], nowMs })).toThrow(
      "another witness does"
    )
  })

  it("reads the specification's request and writes it byte for byte", () => {
    const body =
      "old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\njrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n\nexample.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    expect(formatWitnessRequest(parseWitnessRequest(body))).toBe(body)
  })
})

describe("a log and its witness", () => {
  const layersOf = (place: string) =>
    sqliteProofLog(place).pipe(
      Layer.provideMerge(fileLogIdentity(join(place, "keys"))),
      Layer.provideMerge(embeddedEventStore({ folder: place })),
      Layer.provideMerge(Logger.layer([]))
    )
  const grow = (count: number) =>
    Effect.gen(function* () {
      const store = yield* EventStore
      yield* store.appendAll(Array.from({ length: count }, () => commitOf(crypto.randomUUID(), 0, ticks(1))))
      yield* (yield* makeSequencer).catchUp
    })
  const cosigned = Effect.flatMap(ProofLog, (proofLog) => Effect.map(proofLog.checkpoints(), (found) => found.cosigned))
  const keyOf = (place: string) => readVerifierKey(join(place, "keys", "log-key.pub"))

  it("the log gets each checkpoint cosigned over HTTPS, learns the size after a restart, and keeps the cosignature", async () => {
    const place = freshFolder()
    await Effect.runPromise(Effect.provide(grow(3), layersOf(place)))
    const own = openWitness({ folder: freshFolder(), name: "example.org/w", logs: [keyOf(place)], nowMs })
    const tls = await tlsCertificate(join(root, "tls"))
    const server = await serveWitness(own, { host: "127.0.0.1", port: 0, ...tls })
    const where = { url: server.url, key: own.key, certificateFile: tls.certificateFile }
    try {
      for (let round = 0; round < 2; round += 1) {
        const steps = Effect.gen(function* () {
          const offer = yield* makeOffer([where], postOverHttps)
          expect(yield* offer).toBe(true)
          yield* grow(300)
          expect(yield* offer).toBe(true)
          const note = parseNote((yield* cosigned)!)
          expect(note.text.split("\n")[1]).toBe(String(3 + 300 * (round + 1)))
          expect(cosignedAt(note, own.key, checkEd25519)).toBe(1_790_000_000)
        })
        await Effect.runPromise(Effect.provide(steps, layersOf(place)))
      }
      const untrusted = postOverHttps({ url: server.url, key: own.key }, "old 0\n\n")
      await expect(untrusted).rejects.toThrow(/self.signed|certificate/i)
      await expect(postOverHttps({ url: "http://127.0.0.1/", key: own.key }, "")).rejects.toThrow("only https://")
    } finally {
      await server.close()
      own.close()
    }
  })

  it("a log whose past was written anew gets no cosignature, and its server goes on", async () => {
    const place = freshFolder()
    await Effect.runPromise(Effect.provide(grow(20), layersOf(place)))
    const own = openWitness({ folder: freshFolder(), name: "example.org/w", logs: [keyOf(place)], nowMs })
    const post: Post = async (_, body) => own.addCheckpoint(body)
    const where = [{ url: "https://witness.example/", key: own.key }]
    const offered = Effect.flatten(makeOffer(where, post))
    expect(await Effect.runPromise(Effect.provide(offered, layersOf(place)))).toBe(true)
    const { DatabaseSync } = await import("node:sqlite")
    const first = new DatabaseSync(join(place, "journal.sqlite"))
    const { id } = first.prepare("SELECT id FROM store").get() as { id: string }
    first.close()
    for (const name of readdirSync(place)) if (/^(journal|proof)\.sqlite/.test(name)) rmSync(join(place, name))
    await Effect.runPromise(Effect.scoped(Layer.build(embeddedEventStore({ folder: place }))))
    const database = new DatabaseSync(join(place, "journal.sqlite"))
    database.prepare("UPDATE store SET id = ?").run(`${id.slice(0, 8)}-forged`)
    database.close()
    for (const count of [5, 15, 30]) {
      const steps = Effect.andThen(grow(count), offered)
      expect(await Effect.runPromise(Effect.provide(steps, layersOf(place)))).toBe(false)
      expect(await Effect.runPromise(Effect.provide(cosigned, layersOf(place)))).toBeNull()
    }
    own.close()
  })

  const forgedLine = (line: string) => {
    const signature = parseSignature(line.trimEnd())
    signature.signature[40]! ^= 1
    return formatSignature(signature)
  }

  it("an answer without the witness's own cosignature is not believed", async () => {
    const place = freshFolder()
    await Effect.runPromise(Effect.provide(grow(2), layersOf(place)))
    const own = openWitness({ folder: freshFolder(), name: "example.org/w", logs: [keyOf(place)], nowMs })
    const answers: readonly Post[] = [
      async () => ({ status: 200, body: "" }),
      async () => ({ status: 200, body: "— example.org/w AAAAAAAAAAA=\n" }),
      async (_, body) => ({ status: 200, body: forgedLine(own.addCheckpoint(body).body) }),
      async () => ({ status: 500, body: "" }),
      async () => Promise.reject(new Error("no route"))
    ]
    for (const post of answers) {
      const steps = Effect.flatten(makeOffer([{ url: "https://witness.example/", key: own.key }], post))
      expect(await Effect.runPromise(Effect.provide(steps, layersOf(place)))).toBe(false)
    }
    own.close()
  })
})
