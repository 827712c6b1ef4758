/** Encoded video in any interleaving: every chunk that may be decoded is, in order; only its reading is dropped; each frame has one answer and one count. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { FrameBatch } from "../../actors/edge-link.ts"
import { createPipeline, waitingMsMax } from "../../actors/pipeline.ts"
import { decodeShareMax } from "../../actors/stream-video.ts"
import { defaultBounds, encodeFrame, type FrameAnswer } from "../../machines/wire.ts"
import type { DamagedReason, FrameOutcome, Picture } from "../../models/vision/outcome.ts"
import type { VideoStream } from "../../models/vision/video.ts"

/** What a chunk of the model's codec says: bytes are kind, cost in milliseconds, and the sequence in four. */
const kinds = ["key", "inter", "damaged", "noPicture", "defect"] as const
type Kind = (typeof kinds)[number]
const chunkOf = (kind: Kind, costMs: number, sequence: number) => {
  const bytes = new Uint8Array(6)
  bytes.set([kinds.indexOf(kind), costMs])
  new DataView(bytes.buffer).setUint32(2, sequence)
  return bytes
}

interface World {
  nowMs: number
  readonly decoded: {
    readonly sequence: number
    readonly kind: Kind
    readonly result: DamagedReason | "defect" | null
  }[]
  open: number
}

/** A decoder as `VideoStream` promises it, which knows whose picture it shows. */
function modelStream(world: World): VideoStream {
  let shown: number | null = null
  world.open += 1
  const stream = {
    keyFrameWanted: true,
    decode(_: string, bytes: Uint8Array) {
      const kind = kinds[bytes[0]!]!
      world.nowMs += bytes[1]!
      const sequence = new DataView(bytes.buffer, bytes.byteOffset).getUint32(2)
      const say = (result: (typeof world.decoded)[number]["result"]) => world.decoded.push({ sequence, kind, result })
      if (kind === "defect") {
        say("defect")
        throw new Error("Cannot decode: a defect")
      }
      if (kind === "damaged") stream.keyFrameWanted = true
      else if (kind === "key") stream.keyFrameWanted = false
      const result = kind === "damaged" ? "corrupt" : stream.keyFrameWanted ? "noKeyFrame" : null
      const reason = result ?? (kind === "noPicture" ? "noPicture" : null)
      if (reason === null) shown = sequence
      say(reason)
      return reason ?? undefined
    },
    leftOut() {
      stream.keyFrameWanted = true
    },
    picture(): Extract<Picture, { codec: "video" }> | undefined {
      if (shown === null) return undefined
      return { codec: "video", bytes: new Uint8Array(1), width: shown, height: 1, strideBytes: 1 }
    },
    close() {
      world.open -= 1
    }
  }
  return stream
}

const command = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constant("chunk" as const),
      kind: fc.oneof(
        { weight: 5, arbitrary: fc.constant("inter" as const) },
        { weight: 2, arbitrary: fc.constant("key" as const) },
        { weight: 1, arbitrary: fc.constantFrom("damaged" as const, "noPicture" as const, "defect" as const) }
      ),
      costMs: fc.oneof({ weight: 5, arbitrary: fc.nat(4) }, { weight: 1, arbitrary: fc.nat(250) }),
      skipped: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3) })
    })
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("picture" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("other" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("repeat" as const) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("finish" as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat(2 * waitingMsMax) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("consent" as const), given: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("journal" as const), recording: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("thin" as const), on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("flush" as const) }) }
)
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never

/** Plays the commands to a pipeline whose clock, scheduler, decoder and vision are ours, then lets everything finish. */
async function play(commands: readonly Command[]) {
  const world: World = { nowMs: 0, decoded: [], open: 0 }
  const due: (() => void)[] = []
  const working: { readonly picture: Picture; readonly resolve: (outcome: FrameOutcome) => void }[] = []
  const answers: FrameAnswer[] = []
  const batches: FrameBatch[] = []
  const pipeline = createPipeline(
    {
      openTrack: () => null,
      openVideo: () => modelStream(world),
      analyse: (_, picture) => new Promise<FrameOutcome>((resolve) => working.push({ picture, resolve })),
      monotonicMs: () => world.nowMs,
      epochMs: () => 1_790_000_000_000 + world.nowMs,
      soon: (call) => due.push(call),
      tellCore: (message) => message.type === "frames" && batches.push(message)
    },
    defaultBounds
  )
  const place = { conference: "c", epoch: 1, analysing: true, afterSequence: 0 }
  const stream = pipeline.openStream({ ...place, codec: "h264" })
  stream.attach({ send: (answer) => answers.push(answer) })
  const settle = async () => {
    for (const call of due.splice(0)) call()
    for (let turn = 0; turn < 8; turn += 1) await Promise.resolve()
  }
  let sequence = 0
  let openMost = 0
  let unansweredMost = 0
  let analysing = true
  const chunks: { readonly sequence: number; readonly kind: Kind; readonly gap: boolean; readonly agreed: boolean }[] =
    []
  const offered = new Set<number>()
  const offer = (codec: "h264" | "vp8" | "jpeg", number: number, bytes: Uint8Array) => {
    offered.add(number)
    const header = { codec, sequence: number, capturedAt: 1_790_000_000_000, widthPx: 0, heightPx: 0 }
    stream.offer(encodeFrame(header, bytes))
  }
  /** The face's place says whose picture was looked at. */
  const finish = () => {
    const work = working.shift()
    const xPx = work?.picture.codec === "video" ? work.picture.width : 0
    const face = { xPx, yPx: 0, widthPx: 9, heightPx: 9 }
    const probabilitiesPermille = [100, 100, 100, 300, 200, 100, 100]
    const stages = { grayUs: 0, detectUs: 0, predictUs: 0, widthPx: 9, heightPx: 9, faceCount: 1 }
    work?.resolve({ kind: "read", ...stages, face, probabilitiesPermille, reading: "neutral" })
  }
  for (const step of commands) {
    if (step.do === "chunk") {
      sequence += 1 + step.skipped
      chunks.push({ sequence, kind: step.kind, gap: step.skipped > 0, agreed: analysing })
      offer("h264", sequence, chunkOf(step.kind, step.costMs, sequence))
    } else if (step.do === "picture" || step.do === "other") {
      sequence += 1
      offer(step.do === "picture" ? "jpeg" : "vp8", sequence, chunkOf("key", 0, sequence))
    } else if (step.do === "repeat" && sequence > 0) offer("h264", sequence, chunkOf("damaged", 0, sequence))
    else if (step.do === "finish") finish()
    else if (step.do === "wait") world.nowMs += step.ms
    else if (step.do === "consent") {
      analysing = step.given
      stream.setAnalysing(analysing)
    } else if (step.do === "journal") pipeline.setRecording(step.recording)
    else if (step.do === "thin") pipeline.setStep(step.on ? "thin" : "full")
    else if (step.do === "flush") pipeline.flush()
    await settle()
    openMost = Math.max(openMost, world.open)
    const answered = new Set(answers.map((answer) => answer.sequence))
    unansweredMost = Math.max(unansweredMost, offered.size - answered.size)
    expect(working.length).toBeLessThanOrEqual(1)
  }
  let drained = false
  stream.drain(sequence, () => {
    drained = true
  })
  for (let turn = 0; turn < 4 && !drained; turn += 1) {
    finish()
    await settle()
  }
  const firstAnswers = new Map(
    answers.filter(({ outcome }) => outcome !== "duplicate").map((answer) => [answer.sequence, answer])
  )
  return { world, sequence, offered, chunks, answers, firstAnswers, batches, drained, openMost, unansweredMost }
}

const property = (rule: (played: Awaited<ReturnType<typeof play>>) => void) =>
  fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 80 }), async (commands) => rule(await play(commands))),
    { numRuns: 300 }
  )

const reasonOf = (answer: FrameAnswer | undefined) => (answer?.outcome === "dropped" ? answer.reason : answer?.outcome)

describe("the pipeline, sent encoded video", () => {
  it("answers every frame exactly once and accounts for every sequence number exactly once", () =>
    property(({ drained, answers, offered, batches, sequence }) => {
      expect(drained).toBe(true)
      const first = answers.filter((answer) => answer.outcome !== "duplicate")
      expect(first.map((answer) => answer.sequence).sort((a, b) => a - b)).toEqual([...offered])
      const accounted = batches.flatMap(({ reports, drops }) => [reports.length, ...drops.map(({ count }) => count)])
      expect(accounted.reduce((sum, count) => sum + count, 0)).toBe(sequence)
    }))

  it("decodes every chunk but those that may not be, once and in order", () =>
    property(({ world, chunks, firstAnswers }) => {
      const decoded = world.decoded.map(({ sequence }) => sequence)
      const due = chunks.filter(({ sequence, agreed }) => agreed && reasonOf(firstAnswers.get(sequence)) !== "rate")
      expect(decoded).toEqual(due.map(({ sequence }) => sequence))
    }))

  it("reads the picture of the frame that it answers, and only one built without a gap on a key frame", () =>
    property(({ world, chunks, firstAnswers }) => {
      const results = new Map(world.decoded.map(({ sequence, result }) => [sequence, result]))
      for (const [index, { sequence }] of chunks.entries()) {
        const answer = firstAnswers.get(sequence)!
        if (answer.outcome !== "read") continue
        expect(answer.face[0]).toBe(sequence)
        const key = chunks.slice(0, index + 1).findLastIndex(({ kind }) => kind === "key")
        expect(key).toBeGreaterThanOrEqual(0)
        for (const [from, chunk] of chunks.slice(key, index + 1).entries()) {
          expect(results.get(chunk.sequence) === null || results.get(chunk.sequence) === "noPicture").toBe(true)
          if (from > 0) expect(chunk.gap).toBe(false)
        }
      }
    }))

  it("says of a chunk that cannot be decoded what the decoder said, and of another codec that nobody decodes it", () =>
    property(({ world, firstAnswers, chunks, offered }) => {
      for (const { sequence, result } of world.decoded) {
        if (result === null) continue
        const detail = result === "defect" ? "corrupt" : result
        expect(firstAnswers.get(sequence)).toMatchObject({ outcome: "dropped", reason: "damaged", detail })
      }
      const known = new Set(chunks.map(({ sequence }) => sequence))
      const details = [...offered]
        .filter((sequence) => !known.has(sequence))
        .map((sequence) => firstAnswers.get(sequence)!)
        .filter((answer) => answer.outcome === "dropped" && answer.reason === "damaged")
        .map((answer) => (answer as { readonly detail?: string }).detail)
      expect(new Set(details).isSubsetOf(new Set(["noDecoder"]))).toBe(true)
    }))

  it("keeps no queue and one decoder, and lets go of it at the end", () =>
    property(({ world, openMost, unansweredMost }) => {
      expect(unansweredMost).toBeLessThanOrEqual(2)
      expect(openMost).toBeLessThanOrEqual(1)
      expect(world.open).toBe(0)
    }))

  it("counts what it decoded", () =>
    property(({ world, batches }) => {
      const counted = batches.reduce((sum, { decoding }) => sum + (decoding?.count ?? 0), 0)
      expect(counted).toBe(world.decoded.length)
    }))
})

it("says that nobody decodes it where there is no decoder left, and reads the pictures of the same stream", async () => {
  const answers: FrameAnswer[] = []
  const due: (() => void)[] = []
  const pipeline = createPipeline(
    {
      openTrack: () => null,
      openVideo: () => null,
      analyse: () => Promise.resolve({ kind: "damaged", reason: "truncated" }),
      monotonicMs: () => 0,
      epochMs: () => 1_790_000_000_000,
      soon: (call) => due.push(call),
      tellCore: () => {}
    },
    defaultBounds
  )
  const place = { conference: "c", epoch: 1, analysing: true, afterSequence: 0 }
  const stream = pipeline.openStream({ ...place, codec: "h264" })
  stream.attach({ send: (answer) => answers.push(answer) })
  const header = { capturedAt: 1_790_000_000_000, widthPx: 0, heightPx: 0 }
  stream.offer(encodeFrame({ ...header, codec: "h264", sequence: 1 }, chunkOf("key", 0, 1)))
  stream.offer(encodeFrame({ ...header, codec: "jpeg", sequence: 2 }, Uint8Array.of(1)))
  for (const call of due) call()
  for (let turn = 0; turn < 8; turn += 1) await Promise.resolve()
  expect(answers).toMatchObject([{ detail: "noDecoder" }, { detail: "truncated" }])
})

it("a stream that is dear to decode has its share and no more, and goes on with a key frame", async () => {
  const dear: Command = { do: "chunk", kind: "key", costMs: 200, skipped: 0 }
  const pause: Command = { do: "wait", ms: 20 }
  const { world, firstAnswers } = await play(Array.from({ length: 40 }, () => [dear, pause]).flat())
  const spentMs = 200 * world.decoded.length
  expect(spentMs).toBeLessThanOrEqual(decodeShareMax * (world.nowMs + 1000) + 200)
  expect(spentMs).toBeGreaterThan(decodeShareMax * world.nowMs - 200)
  const reasons = new Set([...firstAnswers.values()].map(reasonOf))
  expect(reasons).toContain("rate")
})
