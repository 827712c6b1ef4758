/** How often one address may ask: never more than the bucket bears, never less than its rate, whoever else asks. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { makeRateLimiter } from "../../infra/security/rate-limit.ts"

const limit = { burst: 10, perSecond: 5, askersMax: 100 }

it("lets in at most the burst and the rate, in any stretch of any knocking", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 500 }), { minLength: 1, maxLength: 300 }), (gaps) => {
      const limiter = makeRateLimiter(limit)
      let now = 0
      const admitted: number[] = []
      for (const gap of gaps) {
        now += gap
        if (limiter.waitMs("a", now) === 0) admitted.push(now)
      }
      for (const [index, from] of admitted.entries()) {
        for (const [more, to] of admitted.slice(index).entries()) {
          if (more + 1 > limit.burst + ((to - from) * limit.perSecond) / 1000 + 1)
            expect.fail(`${more + 1} within ${to - from} ms`)
        }
      }
    }),
    { numRuns: 40 }
  )
})

it("says when to come back, and keeps its word", () => {
  const limiter = makeRateLimiter(limit)
  for (let index = 0; index < limit.burst; index++) expect(limiter.waitMs("a", 0)).toBe(0)
  const wait = limiter.waitMs("a", 0)
  expect(wait).toBeGreaterThan(0)
  expect(limiter.waitMs("a", wait)).toBe(0)
  expect(limiter.waitMs("b", 0)).toBe(0)
})

it("holds no more addresses than it may", () => {
  const limiter = makeRateLimiter(limit)
  for (let index = 0; index < limit.burst; index++) limiter.waitMs("first", 0)
  for (let index = 0; index < limit.askersMax; index++) limiter.waitMs(`other-${index}`, 0)
  // Forgotten, so as one who has been quiet.
  expect(limiter.waitMs("first", 0)).toBe(0)
})

it("counts an IPv6 network as one, however its addresses are written, and every other asker by itself", () => {
  const group = fc.nat({ max: 0xffff }).map((bits) => bits.toString(16))
  const half = fc.array(group, { minLength: 4, maxLength: 4 })
  fc.assert(
    fc.property(half, half, half, half, (network, host, otherHost, otherNetwork) => {
      fc.pre(network.join(":") !== otherNetwork.join(":"))
      const limiter = makeRateLimiter({ burst: 1, perSecond: 1, askersMax: 100 })
      const short = `${network.join(":")}::${otherHost.at(-1)}`
      expect(limiter.waitMs([...network, ...host].join(":"), 0)).toBe(0)
      expect(limiter.waitMs([...network, ...otherHost].join(":"), 0)).toBeGreaterThan(0)
      expect(limiter.waitMs(short, 0)).toBeGreaterThan(0)
      expect(limiter.waitMs([...otherNetwork, ...host].join(":"), 0)).toBe(0)
    })
  )
  const limiter = makeRateLimiter({ burst: 1, perSecond: 1, askersMax: 100 })
  for (const asker of ["10.0.0.1", "10.0.0.2", "::1", "2001:db8::1", "a session", "another"]) {
    expect([asker, limiter.waitMs(asker, 0)]).toEqual([asker, 0])
  }
})
