/** Moves by load, whatever the loads are: each helps, none overfills, nobody is moved to and fro, and they come to an end. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { jpegWeight, roomFor, weightOn } from "../../actors/edge-room.ts"
import { afterWindow, atFullWork, loadWindowMs, type Overload, type OverloadStep } from "../../actors/overload.ts"
import {
  type EdgeWork,
  filledShareMax,
  gainMin,
  type Move,
  nextMove,
  type PastMove,
  restMs,
  settleMs,
  stillCounts
} from "../../actors/rebalancing.ts"

const sharesMax = 8
/** Whole thousandths: floating-point numbers at random are nearly all next to nothing. */
const share = (max: number) => fc.integer({ min: 0, max: 1000 * max }).map((thousandths) => thousandths / 1000)
const anEdge = fc.record({
  /** Crowded ones, ones with one or two dear conferences, and ones with room for the others'. */
  shares: fc.oneof(
    fc.array(share(0.4), { minLength: 4, maxLength: sharesMax }),
    fc.array(share(0.15), { minLength: 6, maxLength: sharesMax }),
    fc.array(share(0.9), { maxLength: 2 }),
    fc.array(share(0.1), { maxLength: sharesMax })
  ),
  /** Of its machine. */
  capacity: fc.constantFrom<number>(8, 8, 8, 5, 14),
  /** Of its conferences, in turn. */
  weights: fc.array(fc.constantFrom<number>(jpegWeight, jpegWeight, 400, 1_900), {
    minLength: 1,
    maxLength: sharesMax
  }),
  draining: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) })
})
const fleet = fc.array(anEdge, { minLength: 2, maxLength: 5 })
type Fleet = typeof fleet extends fc.Arbitrary<infer Value> ? Value : never

/** What a step leaves of the work, about. */
const leftAt: Readonly<Record<OverloadStep, number>> = { full: 1, hold: 0.8, thin: 0.65, refuse: 0.5 }
const askedOf = (shares: ReadonlyMap<string, number>) => [...shares.values()].reduce((sum, each) => sum + each, 0)

/** Edges that are as busy as their conferences make them, and take their steps as real ones do. */
function simulated(given: Fleet) {
  const edges = given.map(({ shares, weights, capacity, draining }, index) => ({
    edge: `edge-${index}`,
    draining,
    capacity,
    conferences: new Map(shares.map((_, number) => [`${index}-${number}`, weights[number % weights.length]!])),
    shares: new Map(shares.map((each, number) => [`${index}-${number}`, each])),
    overload: atFullWork as Overload
  }))
  const busyShareOf = ({ shares, overload }: (typeof edges)[number]) =>
    Math.min(1, leftAt[overload.step] * askedOf(shares))
  const window = () => {
    for (const edge of edges) {
      edge.overload = afterWindow(edge.overload, { busyShare: busyShareOf(edge), loopDelayMs: 0 })
    }
  }
  const work = (): EdgeWork[] =>
    edges.map((each) => {
      const { edge, draining, overload, capacity } = each
      const [shares, conferences] = [new Map(each.shares), new Map(each.conferences)]
      return { edge, busyShare: busyShareOf(each), step: overload.step, draining, capacity, conferences, shares }
    })
  const obey = ({ conference, from, to }: Move) => {
    const [giver, taker] = [from, to].map((name) => edges.find(({ edge }) => edge === name)!)
    const share = (giver!.shares.get(conference)! * giver!.capacity) / taker!.capacity
    taker!.shares.set(conference, share)
    taker!.conferences.set(conference, giver!.conferences.get(conference)!)
    for (const left of [giver!.shares, giver!.conferences]) left.delete(conference)
  }
  return { window, work, obey }
}

/** A quarter of an hour of windows. */
function played(given: Fleet) {
  const { window, work, obey } = simulated(given)
  const moves: { readonly move: PastMove; readonly before: EdgeWork[]; readonly after: EdgeWork[] }[] = []
  let past: readonly PastMove[] = []
  for (let nowMs = 0; nowMs < 15 * 60_000; nowMs += loadWindowMs) {
    window()
    past = past.filter((move) => stillCounts(move, nowMs))
    const before = work()
    const next = nextMove(before, past, nowMs)
    if (next === null) continue
    const move = { ...next, atMs: nowMs }
    past = [...past, move]
    obey(move)
    moves.push({ move, before, after: work() })
  }
  return { moves, end: work(), past }
}

describe("moves by load", () => {
  it("relieve an overloaded edge, leave none with as much to do, and fill none beyond what capacity is reckoned at", () => {
    fc.assert(
      fc.property(fleet, (given) => {
        for (const { move, before, after } of played(given).moves) {
          const named = (all: readonly EdgeWork[], name: string) => all.find(({ edge }) => edge === name)!
          const [giver, taker] = [named(before, move.from), named(before, move.to)]
          expect(giver.step).not.toBe("full")
          expect(taker.step).toBe("full")
          expect(giver.draining || taker.draining).toBe(false)
          const weight = giver.conferences.get(move.conference)!
          expect(roomFor(taker, weight)).toBeGreaterThan(0)
          const filled = named(after, move.to)
          if (filled.conferences.size > 1) expect(weightOn(filled)).toBeLessThanOrEqual(jpegWeight * filled.capacity)
          const busier = Math.max(askedOf(named(after, move.from).shares), askedOf(named(after, move.to).shares))
          expect(busier).toBeLessThanOrEqual(askedOf(giver.shares) - gainMin + 1e-9)
          expect(askedOf(named(after, move.to).shares)).toBeLessThanOrEqual(filledShareMax + 1e-9)
        }
      })
    )
  })

  it("come to an end, and move no conference back to where it came from while the loads are the same", () => {
    fc.assert(
      fc.property(fleet, (given) => {
        const { moves } = played(given)
        const conferences = given.reduce((sum, { shares }) => sum + shares.length, 0)
        expect(moves.length).toBeLessThanOrEqual(conferences)
        expect(new Set(moves.map(({ move }) => move.conference)).size).toBe(moves.length)
      })
    )
  })

  it("let both edges settle, and a conference rest, whatever the loads do meanwhile", () => {
    fc.assert(
      fc.property(fc.array(fleet, { minLength: 20, maxLength: 90 }), (fleets) => {
        let past: readonly PastMove[] = []
        const all: PastMove[] = []
        for (const [index, given] of fleets.entries()) {
          const nowMs = index * loadWindowMs
          past = past.filter((move) => stillCounts(move, nowMs))
          const { window, work } = simulated(given)
          for (let turn = 0; turn < 3; turn += 1) window()
          const next = nextMove(work(), past, nowMs)
          if (next === null) continue
          const move = { ...next, atMs: nowMs }
          for (const other of all) {
            const shared = [other.from, other.to].some((edge) => edge === move.from || edge === move.to)
            if (shared) expect(nowMs - other.atMs).toBeGreaterThanOrEqual(settleMs)
            if (other.conference === move.conference) expect(nowMs - other.atMs).toBeGreaterThanOrEqual(restMs)
          }
          all.push(move)
          past = [...past, move]
        }
      }),
      { numRuns: 40 }
    )
  })

  const alike = { capacity: 8, weights: [jpegWeight], draining: false }
  const crowded = { ...alike, shares: [0.3, 0.25, 0.2, 0.15, 0.1, 0.1, 0.05] }

  it("are made when there is an overloaded edge with several conferences and an idle one", () => {
    const { moves, end } = played([crowded, { ...alike, shares: [] }])
    expect(moves.length).toBeGreaterThan(0)
    expect(end.map(({ step }) => step)).toEqual(["full", "full"])
  })

  it("are none to an edge that has no room for the weight, however idle it is", () => {
    const full = { ...alike, capacity: 2, shares: [0, 0] }
    expect(played([crowded, full]).moves).toEqual([])
    expect(played([crowded, { ...full, capacity: 3 }]).moves).not.toEqual([])
    expect(
      played([
        { ...crowded, weights: [1_900] },
        { ...full, capacity: 3 }
      ]).moves
    ).toEqual([])
  })

  it("reckon with how much more or less the other machine bears", () => {
    const heavy = { ...alike, shares: [0.45, 0.45] }
    expect(played([heavy, { ...alike, shares: [] }]).moves).toHaveLength(1)
    expect(played([heavy, { ...alike, capacity: 4, shares: [] }]).moves).toEqual([])
  })

  it("are none when one conference alone is too much for any edge", () => {
    expect(
      played([
        { ...alike, shares: [0.95] },
        { ...alike, shares: [] }
      ]).moves
    ).toEqual([])
  })
})
