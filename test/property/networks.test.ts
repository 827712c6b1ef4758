/** Networks that may come in, against arithmetic on the addresses' bits; and what is no network. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isOwn, networksOf } from "../../infra/security/networks.ts"

const bitsOf = (address: string) => address.split(".").reduce((bits, part) => bits * 256n + BigInt(part), 0n)
const prefixes = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }))

describe("networksOf()", () => {
  it("admits an address exactly when it shares the prefix of one of them", () => {
    fc.assert(
      fc.property(fc.array(prefixes, { minLength: 1, maxLength: 5 }), fc.ipV4(), fc.boolean(), (named, other, near) => {
        // An address of the first network but for its lowest bits, else one anywhere.
        const [first, bits] = named[0]!
        const address = near ? first.replace(/\d+$/, other.split(".")[3]!) : other
        const shares = ([network, length]: readonly [string, number]) =>
          bitsOf(network) >> BigInt(32 - length) === bitsOf(address) >> BigInt(32 - length)
        expect(bits).toBeLessThanOrEqual(32)
        expect(networksOf(named.map(([network, length]) => `${network}/${length}`)).admits(address)).toBe(
          named.some(shares)
        )
      })
    )
  })

  it("takes a single address, IPv6, and nobody's name for everybody", () => {
    expect(networksOf(["10.1.2.3"]).admits("10.1.2.3")).toBe(true)
    expect(networksOf(["10.1.2.3"]).admits("10.1.2.4")).toBe(false)
    expect(networksOf(["fd00::/8"]).admits("fd12::1")).toBe(true)
    expect(networksOf(["fd00::/8"]).admits("fe80::1")).toBe(false)
    expect(networksOf([]).admits("203.0.113.9")).toBe(true)
    expect(networksOf(["0.0.0.0/0"]).admits("no address")).toBe(false)
  })

  it("refuses what is no network, in words that help", () => {
    for (const wrong of ["10.0.0.0/33", "10.0.0/8", "bank.example", "fd00::/129", "10.0.0.0/8/8", "10.0.0.0/", ""]) {
      expect(() => networksOf([wrong])).toThrow(/^Cannot admit the network ".*": .* Write it as 10\.0\.0\.0\/8$/)
    }
  })
})

describe("isOwn()", () => {
  it("knows this machine by loopback and by the address that the door listens on", () => {
    expect(["127.0.0.1", "127.9.9.9", "::1", "10.0.0.5"].map((address) => isOwn(address, "10.0.0.5"))).toEqual(
      Array(4).fill(true)
    )
    expect(isOwn("10.0.0.6", "10.0.0.5")).toBe(false)
  })
})
