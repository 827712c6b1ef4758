/** A sealed commit opens in its own place, under its own key, and nowhere else. */
import { randomBytes } from "node:crypto"
import { Effect } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { SealedCommit } from "../../actors/commit-store.ts"
import { commandIdOf, commandKeyOf } from "../../infra/journal/command-key.ts"
import { makeSealer, type SealedPlace } from "../../infra/journal/sealing.ts"
import { type DataKey, KeyStore } from "../../infra/keys/key-store.ts"
import { unwrapKey, wrapKey } from "../../infra/keys/key-wrap.ts"

const key: DataKey = { id: "00112233445566ff", secret: randomBytes(32) }
const keys = KeyStore.of({
  refresh: () => Effect.succeed(0),
  keyOf: () => key,
  keyById: (id) => (id === key.id ? key : id === "dddddddddddddddd" ? "destroyed" : "unknown"),
  destroyedBy: () => "erasure",
  idOf: () => key.id,
  replacesMasterKey: false,
  keysOf: () => [],
  operationsKeys: () => [],
  destroyDataKeys: () => Effect.succeed(false),
  destroyDataKey: () => Effect.succeed(false)
})

const count = fc.integer({ min: 1, max: 1_000_000 })
const place = fc.record({
  stream: fc.string({ minLength: 1 }),
  firstVersion: count,
  eventCount: count,
  commandId: fc.string({ minLength: 1 }),
  committedAt: fc.nat()
})
const plain = fc.uint8Array({ maxLength: 200 })

describe("seal() and open()", () => {
  it("give the plain bytes back in the same place", () => {
    const sealer = makeSealer("store-1", keys)
    fc.assert(
      fc.property(place, plain, (place, plain) => {
        const sealed = sealer.seal(place, key, plain)
        expect(sealed.length).toBe(plain.length + 37)
        expect(Uint8Array.from(sealer.open({ ...place, sealed }) as Uint8Array)).toEqual(Uint8Array.from(plain))
      })
    )
  })

  it("open nothing in any other place or store, and say that it was changed or moved", () => {
    const sealer = makeSealer("store-1", keys)
    const elsewhere = makeSealer("store-2", keys)
    fc.assert(
      fc.property(place, place, plain, (here, there, plain) => {
        const sealed = sealer.seal(here, key, plain)
        expect(elsewhere.open({ ...here, sealed })).toMatchObject({ why: expect.stringContaining("changed or moved") })
        for (const part of Object.keys(here) as (keyof SealedPlace)[]) {
          fc.pre(here[part] !== there[part])
          const moved: SealedCommit = { ...here, [part]: there[part], sealed }
          expect(sealer.open(moved)).toMatchObject({ why: expect.stringContaining("changed or moved") })
        }
      })
    )
  })

  it("use no nonce and no ciphertext twice for the same bytes in the same place", () => {
    const sealer = makeSealer("store-1", keys)
    const here = { stream: "a", firstVersion: 1, eventCount: 1, commandId: "c", committedAt: 1 }
    const sealed = Array.from({ length: 200 }, () =>
      Buffer.from(sealer.seal(here, key, new Uint8Array(8))).toString("hex")
    )
    expect(new Set(sealed).size).toBe(200)
    expect(new Set(sealed.map((hex) => hex.slice(18, 42))).size).toBe(200)
  })

  it("tell a destroyed key from a missing one, and an unknown suite from damage", () => {
    const sealer = makeSealer("store-1", keys)
    const here = { stream: "a", firstVersion: 1, eventCount: 1, commandId: "c", committedAt: 1 }
    const sealedBy = (id: string) => sealer.seal(here, { ...key, id }, new Uint8Array(8))
    expect(sealer.open({ ...here, sealed: sealedBy("dddddddddddddddd") })).toBe("destroyed")
    expect(sealer.open({ ...here, sealed: sealedBy("eeeeeeeeeeeeeeee") })).toMatchObject({
      why: expect.stringContaining("eeeeeeeeeeeeeeee")
    })
    const unknownSuite = Uint8Array.from(sealedBy(key.id))
    unknownSuite[0] = 77
    expect(sealer.open({ ...here, sealed: unknownSuite })).toMatchObject({ why: expect.stringContaining("suite 77") })
  })
})

describe("wrapKey() and unwrapKey()", () => {
  it("give the key back for its own purpose, and throw for any other key, purpose or byte", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(59), (purpose, other, byte) => {
        fc.pre(purpose !== other)
        const under = randomBytes(32)
        const wrapped = wrapKey(key.secret, under, purpose)
        expect(Buffer.from(unwrapKey(wrapped, under, purpose)).equals(key.secret)).toBe(true)
        expect(() => unwrapKey(wrapped, under, other)).toThrow()
        expect(() => unwrapKey(wrapped, randomBytes(32), purpose)).toThrow()
        wrapped[byte]! ^= 1
        expect(() => unwrapKey(wrapped, under, purpose)).toThrow()
      })
    )
  })
})

describe("commandKeyOf() and commandIdOf()", () => {
  const commandId = fc.oneof(
    fc.uuid(),
    fc.uuid().map((id) => id.toUpperCase()),
    fc.string({ unit: "grapheme", minLength: 1 }).filter((id) => !id.includes("\0"))
  )
  it("give every command id back, and keep two ids apart", () => {
    fc.assert(
      fc.property(commandId, commandId, (one, other) => {
        expect(commandIdOf(commandKeyOf(one))).toBe(one)
        expect(Buffer.from(commandKeyOf(one)).equals(commandKeyOf(other))).toBe(one === other)
      })
    )
  })
})
