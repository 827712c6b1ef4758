/** The formats of the log against published examples: RFC 6962's eight leaves, Go's signed note, the C2SP documents. */
import { createHash, createPublicKey, verify } from "node:crypto"
import { describe, expect, it } from "vitest"
import { fromBase64, toBase64 } from "../../models/proof/base64.ts"
import { cosignatureMessage, formatCheckpoint, parseCheckpoint } from "../../models/proof/checkpoint.ts"
import { decodeEntry, encodeEntry } from "../../models/proof/commit-entry.ts"
import {
  consistencyProof,
  emptyFrontier,
  grown,
  inclusionProof,
  rootOfFrontier,
  treeHasher
} from "../../models/proof/merkle-tree.ts"
import {
  checkNote,
  cosignatureType,
  formatNote,
  formatVerifierKey,
  noteKey,
  parseNote,
  parseVerifierKey
} from "../../models/proof/signed-note.ts"
import { grownTiles, nodesInTiles, partialWidth, tilePath } from "../../models/proof/tiles.ts"
import { formatProof, parseProof } from "../../models/proof/tlog-proof.ts"

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash("sha256").update(bytes).digest())
const hasher = treeHasher(sha256)
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")
const check = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => {
  const x = Buffer.from(publicKey).toString("base64url")
  return verify(null, message, createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" }), signature)
}

/** The leaves and tree heads of Certificate Transparency's reference tests. */
const leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
const roots = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
]

describe("RFC 6962", () => {
  const hashes = leaves.map((leaf) => hasher.leaf(Buffer.from(leaf, "hex")))
  const tiles = new Map(
    grownTiles(0, hashes, () => undefined, hasher).map((tile) => [`${tile.level}/${tile.index}`, tile.hashes])
  )
  const read = nodesInTiles((level, index) => tiles.get(`${level}/${index}`), hasher)

  it("a tree of each size has the published root", () => {
    roots.forEach((root, size) => {
      expect(hex(rootOfFrontier(grown(emptyFrontier, hashes.slice(0, size), hasher), hasher))).toBe(root)
    })
  })

  it("the published inclusion proof is the one we make", () => {
    expect(inclusionProof(5, 8, read, hasher).map(hex)).toEqual([
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
    ])
  })

  it("the published consistency proofs are the ones we make", () => {
    expect(consistencyProof(6, 8, read, hasher).map(hex)).toEqual([
      "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
    ])
    expect(consistencyProof(2, 5, read, hasher).map(hex)).toEqual([
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
    ])
  })
})

describe("signed notes", () => {
  const vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
  const text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
  const line =
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"

  it("Go's published note is believed with Go's published key, and both are written as they were read", () => {
    const key = parseVerifierKey(vkey, sha256)
    expect(formatVerifierKey(key)).toBe(vkey)
    const note = checkNote(`${text}\n${line}`, key, check)
    expect(note.text).toBe(text)
    expect(formatNote(note)).toBe(`${text}\n${line}`)
  })

  it("a changed text, another's key, a cut signature and an id of another key are refused", () => {
    const key = parseVerifierKey(vkey, sha256)
    const other = noteKey("PeterNeumann", 1, new Uint8Array(32), sha256)
    expect(() => checkNote(`${text.replace("answer", "Answer")}\n${line}`, key, check)).toThrow("is wrong")
    expect(() => checkNote(`${text}\n${line}`, other, check)).toThrow("did not sign it")
    expect(() => checkNote(`${text}\n${line.replace("JnAM=", "A==")}`, key, check)).toThrow("Cannot")
    expect(() => parseVerifierKey(vkey.replace("c74f20a3", "c74f20a4"), sha256)).toThrow("does not belong")
    expect(() => checkNote(`${text}\n${line}`, { ...key, type: cosignatureType }, check)).toThrow("a witness's")
  })

  it("a note with empty lines in its text splits at the last one, as the specification's poem does", () => {
    const poem = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n"
    const note = `${poem}\n— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n`
    const parsed = parseNote(note)
    expect(parsed.text).toBe(poem)
    expect(parsed.signatures.map(({ name, keyId }) => [name, keyId])).toEqual([
      ["quasimodo.example/salvatore", "367ba04b"]
    ])
    expect(formatNote(parsed)).toBe(note)
  })

  it.each([
    ["no signature", "text\n\n"],
    ["no empty line", "text\n— a AAAAAAAA\n"],
    ["no line feed at the end", "text\n\n— a AAAAAAAA"],
    ["a control character", "te\rxt\n\n— a AAAAAAAA\n"],
    ["a plus in a name", "text\n\n— a+b AAAAAAAA\n"],
    ["base64 that is not canonical", "text\n\n— a AAAAAAB=\n"],
    ["a hyphen for the dash", "text\n\n- a AAAAAAAA\n"],
    ["65 signatures", `text\n\n${"— a AAAAAAAA\n".repeat(65)}`]
  ])("a note with %s is refused", (_, note) => {
    expect(() => parseNote(note)).toThrow("Cannot read the")
  })
})

describe("checkpoints", () => {
  const text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

  it("the specification's checkpoint is read and written byte for byte", () => {
    const checkpoint = parseCheckpoint(text)
    expect(checkpoint).toMatchObject({ origin: "example.com/behind-the-sofa", size: 20852163, extensions: [] })
    expect(formatCheckpoint(checkpoint)).toBe(text)
  })

  it("a cosignature is over its header, its time and the whole text", () => {
    expect(Buffer.from(cosignatureMessage(text, 1679315147)).toString()).toBe(
      `cosignature/v1\ntime 1679315147\n${text}`
    )
  })

  it.each(["\n", "a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", "a\n1\nAAAA\n", "a\n1\n", "a\n-1\n\n"])(
    "%j is no checkpoint",
    (malformed) => {
      expect(() => parseCheckpoint(malformed)).toThrow("Cannot read the checkpoint")
    }
  )
})

describe("tiles", () => {
  it("paths are the specification's", () => {
    expect(tilePath(0, 1234067)).toBe("tile/0/x001/x234/067")
    expect(tilePath(1, 0, 17)).toBe("tile/1/000.p/17")
    expect(tilePath("entries", 273, 112)).toBe("tile/entries/273.p/112")
    expect(() => tilePath(64, 0)).toThrow("levels are 0 to 63")
  })

  it("a tree of 70,000 and one of 256 have the specification's partial tiles", () => {
    expect([0, 1, 2].map((level) => partialWidth(70_000, level))).toEqual([112, 17, 1])
    expect([0, 1].map((level) => partialWidth(256, level))).toEqual([0, 1])
  })
})

describe("proof files", () => {
  it("the specification's layout is read and written byte for byte, with and without extra", () => {
    for (const extra of ["", `extra ${toBase64(Uint8Array.of(1, 2, 3))}\n`]) {
      const text = `c2sp.org/tlog-proof@v1\n${extra}index 73894\ngSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n\nexample.com/fancylog\n109482\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n\n— example.com/fancylog hI2DJwAA\n`
      const proof = parseProof(text)
      expect(proof).toMatchObject({ index: 73894, hashes: [expect.anything()] })
      expect(formatProof(proof)).toBe(text)
    }
  })
})

describe("entries", () => {
  const uuid = "01234567-89ab-cdef-8123-456789abcdef"
  const place = { firstVersion: 300, eventCount: 7, committedAt: 1_790_000_000_000, digest: new Uint8Array(32).fill(9) }

  it("bytes of an entry are pinned, because every proof ever given depends on them", () => {
    const bytes = encodeEntry({ ...place, stream: `conference-${uuid}` })
    expect(hex(bytes)).toBe(`01010123456789abcdef8123456789abcdefac020780d8c1a28c34${"09".repeat(32)}`)
    expect(decodeEntry(bytes)).toEqual({ ...place, stream: `conference-${uuid}` })
  })

  it.each(["operations", `conference-${uuid.toUpperCase()}`, `illustration-${uuid}`, "поток", `conference-${uuid}x`])(
    "the name %s comes back as it was",
    (stream) => {
      expect(decodeEntry(encodeEntry({ ...place, stream })).stream).toBe(stream)
    }
  )

  it("another form of the same entry, a cut one and a later version are refused", () => {
    const bytes = encodeEntry({ ...place, stream: "s" })
    const longNumber = Uint8Array.of(...bytes.subarray(0, 5), 0x82, 0x80, 0, ...bytes.subarray(6))
    for (const wrong of [longNumber, bytes.subarray(0, 20), Uint8Array.of(...bytes, 0), Uint8Array.of(2)]) {
      expect(() => decodeEntry(wrong)).toThrow("Cannot read what is proven")
    }
  })

  it("base64 has one form only", () => {
    expect(fromBase64("AB==")).toBeUndefined()
    expect(fromBase64("AA==")).toEqual(Uint8Array.of(0))
    expect(fromBase64("A A=")).toBeUndefined()
  })
})
