/** The tree's promises on any history: what was appended is proven, and nothing that was changed, cut or moved ever is. */
import { createHash, generateKeyPairSync, sign } from "node:crypto"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { checkEd25519 } from "../../infra/audit/log-key.ts"
import { formatCheckpoint } from "../../models/proof/checkpoint.ts"
import {
  consistencyProof,
  emptyFrontier,
  frontierOf,
  grown,
  includes,
  inclusionProof,
  isConsistent,
  type ReadNode,
  rootOf,
  rootOfFrontier,
  treeHasher
} from "../../models/proof/merkle-tree.ts"
import { ed25519Type, formatNote, noteKey } from "../../models/proof/signed-note.ts"
import { grownTiles, nodesInTiles } from "../../models/proof/tiles.ts"
import { checkProof, formatProof, parseProof } from "../../models/proof/tlog-proof.ts"

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash("sha256").update(bytes).digest())
const hasher = treeHasher(sha256)
const entryOf = (number: number) => new TextEncoder().encode(`entry ${number}`)
const hashesOf = (numbers: readonly number[]) => numbers.map((number) => hasher.leaf(entryOf(number)))
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

/** The definition in RFC 6962, section 2.1, word for word. */
function definedRoot(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length === 0) return sha256(new Uint8Array(0))
  if (hashes.length === 1) return hashes[0]!
  let split = 1
  while (split * 2 < hashes.length) split *= 2
  return sha256(Uint8Array.of(1, ...definedRoot(hashes.slice(0, split)), ...definedRoot(hashes.slice(split))))
}

/** A tree of these leaves, appended in groups of these sizes, read out of its tiles. */
function tiled(hashes: readonly Uint8Array[], groups: readonly number[] = [hashes.length]): ReadNode {
  const tiles = new Map<string, Uint8Array>()
  const readTile = (level: number, index: number) => tiles.get(`${level}/${index}`)
  let size = 0
  for (const group of [...groups, hashes.length]) {
    const added = hashes.slice(size, size + group)
    for (const tile of grownTiles(size, added, readTile, hasher)) tiles.set(`${tile.level}/${tile.index}`, tile.hashes)
    size += added.length
  }
  return nodesInTiles(readTile, hasher)
}

const sizes = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 250, max: 700 }))
const placed = sizes.chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1)))

/** The proof with one thing about it changed. */
const mutations = fc.record({
  kind: fc.constantFrom("flip", "drop", "repeat", "swap", "add"),
  at: fc.nat(),
  bit: fc.nat(255)
})
type Mutation = typeof mutations extends fc.Arbitrary<infer A> ? A : never

function mutated(proof: readonly Uint8Array[], { kind, at, bit }: Mutation): readonly Uint8Array[] | undefined {
  if (kind === "add") return [...proof, sha256(Uint8Array.of(bit))]
  if (proof.length === 0) return undefined
  const index = at % proof.length
  const copy = proof.map((hash) => Uint8Array.from(hash))
  if (kind === "flip") copy[index]![bit >>> 3]! ^= 1 << (bit & 7)
  if (kind === "drop") copy.splice(index, 1)
  if (kind === "repeat") copy.splice(index, 0, copy[index]!)
  if (kind === "swap") {
    if (proof.length < 2) return undefined
    const other = (index + 1) % proof.length
    ;[copy[index], copy[other]] = [copy[other]!, copy[index]!]
  }
  return copy
}

describe("the tree", () => {
  it("has the root of the definition, in whatever groups it grew and however it is kept", () => {
    fc.assert(
      fc.property(sizes, fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 8 }), (size, groups) => {
        const hashes = hashesOf(upTo(size))
        const read = tiled(hashes, groups)
        const expected = definedRoot(hashes)
        expect(rootOf(size, read, hasher)).toEqual(expected)
        expect(rootOfFrontier(frontierOf(size, read), hasher)).toEqual(expected)
        const half = Math.floor(size / 2)
        const frontier = grown(grown(emptyFrontier, hashes.slice(0, half), hasher), hashes.slice(half), hasher)
        expect(frontier).toEqual(frontierOf(size, read))
      }),
      { numRuns: 40 }
    )
  })

  it("crosses into a third level of tiles", () => {
    const hashes = hashesOf(upTo(66_000))
    const read = tiled(hashes, [65_535, 1, 1, 300])
    const root = rootOfFrontier(grown(emptyFrontier, hashes, hasher), hasher)
    expect(rootOf(hashes.length, read, hasher)).toEqual(root)
    const proof = inclusionProof(65_536, hashes.length, read, hasher)
    expect(includes(hashes[65_536]!, 65_536, hashes.length, proof, root, hasher)).toBe(true)
  })
})

describe("inclusion", () => {
  it("every leaf of every tree is proven, and no other leaf, place, size, root or path is", () => {
    fc.assert(
      fc.property(placed, mutations, fc.nat(), ([size, index], mutation, other) => {
        const hashes = hashesOf(upTo(size))
        const read = tiled(hashes)
        const root = rootOf(size, read, hasher)
        const proof = inclusionProof(index, size, read, hasher)
        expect(includes(hashes[index]!, index, size, proof, root, hasher)).toBe(true)
        expect(includes(hasher.leaf(entryOf(size + other)), index, size, proof, root, hasher)).toBe(false)
        expect(includes(hashes[index]!, size + other, size, proof, root, hasher)).toBe(false)
        expect(includes(hashes[index]!, index, size, proof, sha256(root), hasher)).toBe(false)
        const elsewhere = other % size
        if (elsewhere !== index) expect(includes(hashes[index]!, elsewhere, size, proof, root, hasher)).toBe(false)
        const wrong = mutated(proof, mutation)
        if (wrong !== undefined) expect(includes(hashes[index]!, index, size, wrong, root, hasher)).toBe(false)
      }),
      { numRuns: 60 }
    )
  })
})

describe("consistency", () => {
  const headOf = (hashes: readonly Uint8Array[]) => ({ size: hashes.length, root: definedRoot(hashes) })

  it("every tree is proven to begin every later one, and no changed proof does it", () => {
    fc.assert(
      fc.property(placed, mutations, ([size, oldSize], mutation) => {
        const hashes = hashesOf(upTo(size))
        const [old, current] = [headOf(hashes.slice(0, oldSize)), headOf(hashes)]
        const proof = consistencyProof(oldSize, size, tiled(hashes), hasher)
        expect(isConsistent(old, current, proof, hasher)).toBe(true)
        const wrong = mutated(proof, mutation)
        if (wrong !== undefined) expect(isConsistent(old, current, wrong, hasher)).toBe(false)
        if (oldSize > 0) expect(isConsistent(current, old, proof, hasher)).toBe(false)
      }),
      { numRuns: 60 }
    )
  })

  it("an empty tree has one root only, and begins every tree", () => {
    const empty = { size: 0, root: hasher.empty }
    const bogus = { size: 0, root: sha256(hasher.empty) }
    const tree = headOf(hashesOf(upTo(3)))
    expect(isConsistent(empty, empty, [], hasher)).toBe(true)
    expect(isConsistent(empty, tree, [], hasher)).toBe(true)
    expect(isConsistent(empty, tree, [tree.root], hasher)).toBe(false)
    for (const other of [empty, bogus, tree]) expect(isConsistent(bogus, other, [], hasher)).toBe(false)
    expect(isConsistent(empty, bogus, [], hasher)).toBe(false)
  })

  /** What somebody with all the files may do to the leaves that were already shown to the world. */
  const forgeries: Readonly<Record<string, (numbers: readonly number[], at: number) => readonly number[]>> = {
    "a changed leaf": (numbers, at) => numbers.map((number, index) => (index === at ? number + 10_000 : number)),
    "a removed leaf": (numbers, at) => numbers.filter((_, index) => index !== at),
    "an inserted leaf": (numbers, at) => [...numbers.slice(0, at), 20_000, ...numbers.slice(at)],
    "two leaves in each other's place": (numbers, at) => {
      const next = (at + 1) % numbers.length
      return numbers.map((number, index) => (index === at ? numbers[next]! : index === next ? numbers[at]! : number))
    },
    "a cut end": (numbers, at) => numbers.slice(0, at),
    "a fork from here on": (numbers, at) => numbers.map((number, index) => (index < at ? number : number + 30_000))
  }

  it.each(Object.keys(forgeries))("%s is always caught by whoever kept an earlier checkpoint", (kind) => {
    fc.assert(
      fc.property(
        sizes.filter((size) => size > 1).chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1))),
        fc.integer({ min: 1, max: 300 }),
        ([size, at], grownBy) => {
          const shown = upTo(size)
          const kept = headOf(hashesOf(shown))
          const forged = hashesOf([...forgeries[kind]!(shown, at), ...upTo(grownBy).map((number) => number + 50_000)])
          const current = headOf(forged)
          if (current.size < size) return
          const best = consistencyProof(size, current.size, tiled(forged), hasher)
          expect(isConsistent(kept, current, best, hasher)).toBe(false)
        }
      ),
      { numRuns: 25 }
    )
  })
})

describe("proof files", () => {
  const keyPair = () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519")
    const raw = Uint8Array.from(Buffer.from(publicKey.export({ format: "jwk" }).x!, "base64url"))
    return { privateKey, key: noteKey("mimika/test", ed25519Type, raw, sha256) }
  }

  it("a proof holds with the log's key; re-signed, cut or with any one bit changed it does not", () => {
    const [own, stranger] = [keyPair(), keyPair()]
    const hashes = hashesOf(upTo(300))
    const read = tiled(hashes)
    const text = formatCheckpoint({
      origin: "mimika/test",
      size: 300,
      root: rootOf(300, read, hasher),
      extensions: []
    })
    const fileBy = ({ privateKey, key }: ReturnType<typeof keyPair>) => {
      const signature = new Uint8Array(sign(null, Buffer.from(text), privateKey))
      const checkpoint = formatNote({ text, signatures: [{ ...key, signature }] })
      return formatProof({ extra: entryOf(7), index: 7, hashes: inclusionProof(7, 300, read, hasher), checkpoint })
    }
    const judge = (file: string) => {
      const proof = parseProof(file)
      return checkProof(proof, proof.extra!, { log: own.key, witnesses: [], check: checkEd25519, hasher })
    }
    expect(judge(fileBy(own))).toMatchObject({ index: 7, checkpoint: { size: 300 } })
    expect(() => judge(fileBy(stranger))).toThrow("did not sign it")
    const bytes = Buffer.from(fileBy(own))
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const forged = Buffer.from(bytes)
        forged[bit >>> 3]! ^= 1 << (bit & 7)
        expect(() => judge(forged.toString())).toThrow()
      }),
      { numRuns: 300 }
    )
    fc.assert(
      fc.property(
        fc.nat(bytes.length - 1),
        (end) => void expect(() => judge(bytes.subarray(0, end).toString())).toThrow()
      )
    )
  })
})
