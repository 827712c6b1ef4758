/** The flame graph of a profile: no time is lost or invented, and what is drawn is as wide as its time. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type CpuProfile, type Flame, flameGraph, flamesOf } from "../../scripts/flame-graph.ts"

const frame = (functionName: string, url = "", lineNumber = 0) => ({ functionName, url, lineNumber })
const here = (file: string) => new URL(`../../${file}`, import.meta.url).href

const tiny: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame("(root)"), children: [2, 3] },
    { id: 2, callFrame: frame("(idle)") },
    { id: 3, callFrame: frame("serve", here("infra/edge/edge.ts"), 9), children: [4, 5] },
    { id: 4, callFrame: frame("decode<>&", "file:///opt/anywhere/secret/native.js", 1) },
    { id: 5, callFrame: frame("decode<>&", "file:///opt/anywhere/secret/native.js", 1) }
  ],
  samples: [2, 3, 4, 5, 4],
  timeDeltas: [70_000, 1_000, 2_000, 3_000, 4_000]
}

/** Profiles of a random tree; node 1 is the root. */
const profiles = fc
  .array(fc.record({ parent: fc.nat(), name: fc.constantFrom("a", "b", "(idle)") }), { minLength: 1, maxLength: 40 })
  .chain((made) => {
    const children: number[][] = Array.from({ length: made.length + 1 }, () => [])
    for (const [index, { parent }] of made.entries()) children[parent % (index + 1)]!.push(index + 2)
    const named = (index: number) => (index === 0 ? "(root)" : made[index - 1]!.name)
    const nodes = children.map((ids, index) => ({ id: index + 1, callFrame: frame(named(index)), children: ids }))
    const sample = fc.record({
      node: fc.integer({ min: 2, max: made.length + 1 }),
      us: fc.integer({ min: -5, max: 999 })
    })
    return fc.array(sample, { minLength: 1, maxLength: 60 }).map(
      (samples): CpuProfile => ({
        nodes,
        samples: samples.map(({ node }) => node),
        timeDeltas: samples.map(({ us }) => us)
      })
    )
  })

const everyFlame = (flame: Flame): readonly Flame[] => [flame, ...[...flame.callees.values()].flatMap(everyFlame)]

describe("flamesOf()", () => {
  it("merges calls of one function from one place, and leaves time asleep out", () => {
    const root = flamesOf(tiny)
    expect(root.totalUs).toBe(10_000)
    const [serve] = root.callees.values()
    expect(serve).toMatchObject({ name: "serve", place: "infra/edge/edge.ts:10", selfUs: 1_000, totalUs: 10_000 })
    const callees = [...serve!.callees.values()]
    expect(callees).toHaveLength(1)
    expect(callees[0]).toMatchObject({ selfUs: 9_000, totalUs: 9_000 })
  })

  it("says no path of the machine", () => {
    const [serve] = flamesOf(tiny).callees.values()
    const [decode] = serve!.callees.values()
    expect(decode!.place).toBe("…/native.js:2")
  })

  it("gives every flame the sum of itself and its callees", () => {
    fc.assert(
      fc.property(profiles, (profile) => {
        for (const { selfUs, totalUs, callees } of everyFlame(flamesOf(profile))) {
          expect(totalUs).toBe([...callees.values()].reduce((sum, callee) => sum + callee.totalUs, selfUs))
        }
      })
    )
  })

  it("counts each sample that is awake once", () => {
    fc.assert(
      fc.property(profiles, (profile) => {
        const parents = new Map(profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])))
        const nameOf = (id: number) => profile.nodes[id - 1]!.callFrame.functionName
        const isAwake = (id: number): boolean => id === 1 || (nameOf(id) !== "(idle)" && isAwake(parents.get(id)!))
        const awakeUs = profile.samples
          .map((id, index) => (isAwake(id) ? Math.max(0, profile.timeDeltas[index]!) : 0))
          .reduce((sum, us) => sum + us, 0)
        expect(flamesOf(profile).totalUs).toBe(awakeUs)
      })
    )
  })

  it("leaves out what was sampled before the time to skip", () => {
    // Samples end at 70, 71, 73, 76 and 80 ms.
    expect(flamesOf(tiny, 73_000).totalUs).toBe(9_000)
    expect(flamesOf(tiny, 80_001).totalUs).toBe(0)
  })

  it("says no path of the machine in a function's name either", () => {
    const callFrame = frame("eval file:///opt/anywhere/secret/native.js:1")
    const [flame] = flamesOf({
      nodes: [
        { id: 1, callFrame: frame("(root)"), children: [2] },
        { id: 2, callFrame }
      ],
      samples: [2],
      timeDeltas: [1]
    }).callees.values()
    expect(flame!.name).toBe("eval …/native.js:1")
  })

  it("refuses a profile without samples", () => {
    expect(() => flamesOf({ ...tiny, samples: [], timeDeltas: [] })).toThrow(
      /^Cannot draw the profile: it has no samples/
    )
  })
})

describe("flameGraph()", () => {
  const widthsOf = (svg: string, name: string) =>
    [...svg.matchAll(/<title>([^\n]*)\n[^<]*<\/title><rect x="([\d.]+)" y="(\d+)" width="([\d.]+)"/g)]
      .filter((match) => match[1]!.startsWith(name))
      .map((match) => ({ x: Number(match[2]), y: Number(match[3]), width: Number(match[4]) }))

  it("draws a callee above its caller and as wide as its share", () => {
    const svg = flameGraph(flamesOf(tiny), "edge")
    const [serve] = widthsOf(svg, "serve")
    const [decode] = widthsOf(svg, "decode")
    expect(decode!.y).toBeLessThan(serve!.y)
    expect((decode!.width + 0.5) / (serve!.width + 0.5)).toBeCloseTo(0.9, 2)
    expect(decode!.x).toBeGreaterThanOrEqual(serve!.x)
  })

  it("is well-formed whatever functions are called, and says times on hovering", () => {
    const svg = flameGraph(flamesOf(tiny), "before & after")
    expect(svg).toContain("before &#38; after: 10.0 ms")
    expect(svg).toContain("decode&#60;&#62;&#38; — …/native.js:2\n9.0 ms, 90.0 %; itself 9.0 ms, 90.0 %")
    expect(svg).not.toMatch(/decode<>/)
    expect(svg).not.toMatch(/(href|src)=|<script|@import|url\(/)
  })

  it("refuses a profile in which nothing ran", () => {
    const sleeping = { ...tiny, samples: [2], timeDeltas: [1_000] }
    expect(() => flameGraph(flamesOf(sleeping), "")).toThrow(/nothing ran in it/)
  })
})
