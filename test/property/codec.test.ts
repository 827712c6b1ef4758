/** The commit codec gives back every list of events exactly, and refuses what it could not. */
import { deepStrictEqual } from "node:assert"
import { createHash } from "node:crypto"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { FrameReport } from "../../actors/edge-link.ts"
import type { Json, StoredEvent } from "../../actors/event-store.ts"
import { eventOfDrops, eventsOfFrame } from "../../actors/frame-events.ts"
import { BitReader, BitWriter } from "../../infra/journal/bit-stream.ts"
import { decodeEvents, encodeEvents, eventsMax } from "../../infra/journal/commit-codec.ts"
import { nestingMax } from "../../infra/journal/exact-json.ts"
import { knownTexts } from "../../infra/journal/known-texts.ts"

const number = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1, -1, 2 ** 53 - 1, -(2 ** 53 - 1), 2 ** 53, 5e-324, 1e300)
)
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("", "\n", "\u2028", "\ud800", "a\udfff", "__proto__", "constructor", "мимика", "true")
)
const { json } = fc.letrec<{ json: Json; list: Json[]; object: Record<string, Json> }>((tie) => ({
  json: fc.oneof({ depthSize: "small" }, number, text, fc.boolean(), fc.constant(null), tie("list"), tie("object")),
  list: fc.array(tie("json"), { maxLength: 5 }),
  object: fc.dictionary(text, tie("json"), { maxKeys: 4, noNullPrototype: true })
}))
/** Fields of few names and mostly one kind each, so that columns of every kind arise. */
const fields = fc.dictionary(
  fc.oneof(fc.constantFrom("count", "ratio", "name", "list", "extra", "__proto__", "7"), text),
  fc.oneof(
    json,
    fc.integer({ min: 0, max: 300 }),
    fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 7, maxLength: 7 })
  ),
  { maxKeys: 5, noNullPrototype: true }
)
const event = fc
  .record({
    type: fc.oneof(fc.constantFrom("FrameReceived", "A", "B"), text),
    at: fc.maxSafeInteger(),
    fields,
    last: fc.boolean()
  })
  .map(({ type, at, fields, last }): StoredEvent => {
    const { type: _type, at: _at, ...rest } = fields
    return last ? { ...rest, at, type } : { type, at, ...rest }
  })
/** Times of one commit lie close together in life, and anywhere in these tests, within the safe integers. */
const events = fc.array(event, { minLength: 1, maxLength: 40 }).filter((list) => {
  const times = list.map(({ at }) => at)
  return Number.isSafeInteger(Math.max(...times) - Math.min(...times))
})

describe("encodeEvents and decodeEvents", () => {
  it("give back every list of events exactly, the order of fields included", () => {
    fc.assert(
      fc.property(events, (list) => {
        const decoded = decodeEvents(encodeEvents(list))
        deepStrictEqual(decoded, list)
        expect(decoded.map((event) => Object.keys(event))).toEqual(list.map((event) => Object.keys(event)))
      }),
      { numRuns: 400 }
    )
  })

  it("give back long runs of like events, whatever their integers do", () => {
    const column = fc.oneof(
      fc.integer({ min: 0, max: 9 }),
      fc.integer(),
      fc.maxSafeInteger(),
      fc.constantFrom(-0, 2 ** 52, -(2 ** 52))
    )
    const row = fc.tuple(
      column,
      fc.integer({ min: -3, max: 3 }),
      fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 3, maxLength: 3 })
    )
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 300 }), fc.integer({ min: 1, max: 7 }), (rows, period) => {
        const list = rows.map(([value, step, list], index) => ({
          type: `Stage${index % period}`,
          at: 1_763_884_800_000 + index * 33 + step,
          value,
          list,
          ...(index % period === 0 ? { word: step < 0 ? "below" : "above" } : {})
        }))
        deepStrictEqual(decodeEvents(encodeEvents(list)), list)
      }),
      { numRuns: 200 }
    )
  })

  it("leave out a field that is undefined, and keep one that is null", () => {
    const list = [
      { type: "A", at: 1, gone: undefined, none: null, inside: { gone: undefined, none: null } }
    ] as unknown as StoredEvent[]
    expect(decodeEvents(encodeEvents(list))).toStrictEqual([{ type: "A", at: 1, none: null, inside: { none: null } }])
  })

  it("take a picture of 10 MB", () => {
    const list = [{ type: "PictureDrawn", at: 1, svg: "<path d='M0 0'/>\n\u2028é".repeat(500_000) }]
    const [decoded] = decodeEvents(encodeEvents(list))
    expect(decoded!.svg === list[0]!.svg).toBe(true)
  })

  it("refuse what JSON would silently change, naming the place", () => {
    let deep: Json = 0
    for (let level = 0; level <= nestingMax; level++) deep = [deep]
    const bad: readonly (readonly [unknown, RegExp])[] = [
      [{ type: "A", at: 1, x: Number.NaN }, /A\.x is NaN/],
      [{ type: "A", at: 1, x: { y: [1, Number.POSITIVE_INFINITY] } }, /A\.x\.y\[1\] is Infinity/],
      [{ type: "A", at: 1, x: new Date(0) }, /A\.x is an object of a class/],
      [{ type: "A", at: 1, x: 1n }, /A\.x is of type bigint/],
      [{ type: "A", at: 1, x: [1, undefined] }, /A\.x\[1\] is of type undefined/],
      [{ type: "A", at: 1, x: deep }, /nests deeper than/],
      [{ type: "A", at: 1.5 }, /A\.at is not a whole number/],
      [{ type: "A" }, /A\.at is not a whole number/],
      [{ at: 1 }, /has no type/],
      [["A", 1], /event 0 is not a plain object|has no type/]
    ]
    for (const [event, message] of bad) expect(() => encodeEvents([event as StoredEvent])).toThrow(message)
    expect(() => encodeEvents([])).toThrow(/1 to/)
    expect(() => encodeEvents(Array.from({ length: eventsMax + 1 }, () => ({ type: "A", at: 1 })))).toThrow(/1 to/)
  })

  const encoded = encodeEvents([
    { type: "FrameReceived", at: 1, frameIndex: 7, capturedAt: 3 },
    { type: "A", at: 2, word: "x", list: [1, 2] },
    { type: "A", at: 3, word: "y", list: [3, 4] }
  ])
  /** Events that the bytes came to; 0 when they were refused. */
  const countOf = (bytes: Uint8Array): number => {
    try {
      return decodeEvents(bytes).length
    } catch {
      return 0
    }
  }
  const bounded = (bytes: Uint8Array) => expect(countOf(bytes)).toBeLessThanOrEqual(eventsMax)

  it("take any one damaged byte for a list within the bounds, or throw before making room for it", () => {
    for (let index = 0; index < encoded.length; index++) {
      for (let byte = 0; byte < 256; byte++) bounded(Uint8Array.from(encoded).fill(byte, index, index + 1))
    }
  })

  it("do so for bytes damaged in several places, and for nonsense", () => {
    const damage = fc.array(fc.tuple(fc.nat(encoded.length - 1), fc.nat(255)), { minLength: 2, maxLength: 6 })
    fc.assert(
      fc.property(damage, (places) => {
        const bytes = Uint8Array.from(encoded)
        for (const [index, byte] of places) bytes[index] = byte
        bounded(bytes)
      }),
      { numRuns: 2000 }
    )
    fc.assert(
      fc.property(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 60 }), (codec, bytes) => {
        bounded(Uint8Array.of(codec, bytes.length, ...bytes))
      }),
      { numRuns: 2000 }
    )
    expect(() => decodeEvents(new Uint8Array([9, 0]))).toThrow("codec 9 is unknown")
  })

  it("keep the size the design counts on: a frame's five events in under 40 bytes", () => {
    const frames = Array.from({ length: 7 }, (_, frame): StoredEvent[] => {
      const at = 1_763_884_800_000 + frame * 33 + (frame % 3)
      const wave = (amplitude: number, phase: number) => Math.round(amplitude * Math.sin(frame * 1.7 + phase))
      const probabilitiesPermille = [20, 5, 30, 700, 180, 40, 25].map((mean, index) => mean + wave(mean / 4, index))
      return [
        { type: "FrameReceived", at, frameIndex: 900 + frame, capturedAt: at - 24 + wave(4, 1) },
        { type: "FrameGrayed", at: at + 3, grayUs: 2500 + wave(500, 2), widthPx: 1920, heightPx: 1080 },
        {
          type: "FaceDetected",
          at: at + 6,
          detectUs: 3000 + wave(900, 3),
          xPx: 800 + wave(6, 4),
          yPx: 300 + wave(5, 5),
          widthPx: 260 + wave(4, 6),
          heightPx: 260 + wave(4, 6),
          faceCount: 1
        },
        { type: "ExpressionPredicted", at: at + 8, predictUs: 1800 + wave(400, 7), probabilitiesPermille },
        { type: "ReadingCounted", at: at + 8, reading: "positive" }
      ]
    })
    expect(encodeEvents(frames.flat()).length).toBeLessThan(7 * 40)
  })
})

describe("knownTexts", () => {
  it("are JSON, each once, and the ones on disk stay where they are", () => {
    expect(new Set(knownTexts).size).toBe(knownTexts.length)
    for (const text of knownTexts) expect(() => JSON.parse(`[${text}]`)).not.toThrow()
    const onDisk = knownTexts.slice(0, 40).join("\n")
    expect(createHash("sha256").update(onDisk).digest("hex").slice(0, 16)).toBe("dc2d74f6af248b18")
  })

  it("hold every shape and word of a frame's stages, so that a commit of frames has no text of its own", () => {
    const place = { sequence: 7, capturedAt: 1_763_884_800_000, receivedAt: 1_763_884_800_020 }
    const seen = { grayUs: 2500, detectUs: 3000, widthPx: 1920, heightPx: 1080, faceCount: 1 }
    const face = { xPx: 800, yPx: 300, widthPx: 260, heightPx: 260 }
    const predicted = { face, predictUs: 1800, probabilitiesPermille: [1, 2, 3, 4, 5, 6, 979] }
    const outcomes: readonly FrameReport["outcome"][] = [
      { kind: "damaged", reason: "truncated" },
      { kind: "unreadable", ...seen, reason: "noFace" },
      { kind: "read", ...seen, ...predicted, reading: "negative" },
      { kind: "read", ...seen, ...predicted, reading: "unreadable", unreadableReason: "notConfident" }
    ]
    for (const outcome of outcomes) {
      const events = [
        ...eventsOfFrame({ ...place, outcome }),
        eventOfDrops({ reason: "busy", count: 2 }, place.receivedAt)
      ]
      const bytes = Buffer.from(encodeEvents(events))
      expect(bytes.length - 2).toBe(bytes[1]!)
    }
  })
})

describe("BitWriter and BitReader", () => {
  it("give back every number at any bit offset", () => {
    const piece = fc.integer({ min: 0, max: 53 }).chain((width) =>
      fc.tuple(
        fc.constant(width),
        fc.nat().map((value) => value % 2 ** width),
        fc.maxSafeInteger()
      )
    )
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const writer = new BitWriter()
        for (const [width, value, integer] of pieces) {
          writer.writeBits(value, width)
          writer.writeInteger(integer)
        }
        const reader = new BitReader(writer.toBytes())
        for (const [width, value, integer] of pieces) {
          expect(reader.readBits(width)).toBe(value)
          expect(reader.readInteger()).toBe(integer)
        }
      })
    )
  })
})
