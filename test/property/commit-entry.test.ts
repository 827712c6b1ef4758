/** What a leaf says of a commit, on any commit: its definition byte for byte, and nothing of the commit hashed before it. */
import { createHash } from "node:crypto"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { sha256 } from "../../infra/audit/log-key.ts"
import { decodeEntry, entryOf } from "../../models/proof/commit-entry.ts"
import { treeHasher } from "../../models/proof/merkle-tree.ts"

const hasher = treeHasher(sha256)
const digest = (...parts: (Uint8Array | number[])[]) =>
  new Uint8Array(parts.reduce((hash, part) => hash.update(Uint8Array.from(part)), createHash("sha256")).digest())

const leb128 = (count: number): number[] =>
  count < 128 ? [count] : [(count % 128) + 128, ...leb128(Math.floor(count / 128))]

const names = fc.oneof(
  fc.tuple(fc.constantFrom("conference-", "illustration-", ""), fc.uuid()).map((parts) => parts.join("")),
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc.nat(200).map((length) => "𝄞".repeat(length))
)
/** Long ones as well, in any order: what is hashed together must not be what an earlier one left behind. */
const histories = fc.array(
  fc.record({
    stream: names,
    firstVersion: fc.nat(),
    eventCount: fc.nat(600),
    committedAt: fc.maxSafeNat(),
    commandId: fc.oneof(
      fc.uuid(),
      fc.nat(300).map((length) => "ж".repeat(length))
    ),
    sealedBytes: fc.oneof(fc.nat(600), fc.integer({ min: 16_000, max: 20_000 }))
  }),
  { minLength: 1, maxLength: 5 }
)

describe("a commit's entry", () => {
  it("is read back as it was written, with the digest of the command id behind its length and of the sealed bytes", () => {
    fc.assert(
      fc.property(histories, (history) => {
        const commits = history.map((commit, index) => {
          return { ...commit, sealed: new Uint8Array(commit.sealedBytes).fill(index + 1) }
        })
        const entries = commits.map((commit) => entryOf(commit, sha256))
        for (const [index, { stream, firstVersion, eventCount, committedAt, commandId, sealed }] of commits.entries()) {
          const id = new TextEncoder().encode(commandId)
          const defined = {
            stream,
            firstVersion,
            eventCount,
            committedAt,
            digest: digest(leb128(id.length), id, sealed)
          }
          expect(decodeEntry(entries[index]!)).toEqual(defined)
        }
      })
    )
  })

  it("has the leaf that RFC 6962 defines, the hash of it behind a zero", () => {
    const inputs = fc.array(fc.oneof(fc.nat(200), fc.integer({ min: 1_000, max: 1_100 })), { minLength: 1 })
    fc.assert(
      fc.property(inputs, (lengths) => {
        const entries = lengths.map((length, index) => new Uint8Array(length).fill(index + 1))
        const leaves = entries.map((entry) => new Uint8Array(hasher.leaf(entry)))
        expect(leaves).toEqual(entries.map((entry) => digest([0], entry)))
      })
    )
  })
})
