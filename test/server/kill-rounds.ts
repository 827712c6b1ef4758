/** Kills a serving process at seeded points of a running conference, and holds what survives to what was promised. */
import assert from "node:assert/strict"
import { rmSync } from "node:fs"
import { startConference } from "../../sdk/mimika.ts"
import { clipPictures, freshFolder, replayed, sdkOptions } from "./core.ts"
import { Observed } from "./paced.ts"
import { freePort, serveProcess } from "./process.ts"

/** A small generator of whole numbers below `below`, the same for the same seed (Park and Miller, 1988). */
export function seeded(seed: number): (below: number) => number {
  let state = (seed % 2_147_483_646) + 1
  return (below) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}

export interface KillOutcome {
  readonly framesSent: number
  readonly framesRead: number
  /** Read and acknowledged as durable before a kill. */
  readonly framesAcknowledged: number
}

/** One conference through `kills` deaths of its server, whose clock may step, too. Every acknowledged frame is in the report, none twice. */
export async function surviveKills(seed: number, kills: number, steppingClock = false): Promise<KillOutcome> {
  const next = seeded(seed)
  const folder = freshFolder()
  const port = await freePort()
  const pictures = await clipPictures(8)
  const serve = (life: number) => serveProcess(folder, port, steppingClock ? { clockSeed: seed + life } : {})
  let server = await serve(0)
  try {
    const observed = new Observed()
    const conference = await startConference(sdkOptions(server, `kill-${seed}`, observed.handlers))
    const promised: number[] = []
    let sentThrough = 0
    for (let kill = 1; kill <= kills; kill += 1) {
      const frames = 5 + next(20)
      const sentBefore = sentThrough
      for (let frame = 0; frame < frames; frame += 1) {
        const bytes = pictures[next(pictures.length)]!
        const sequence = conference.sendFrame({ codec: "jpeg", bytes, capturedAt: frame, widthPx: 0, heightPx: 0 })
        // As many are in flight as the server takes: the next goes out when the last was answered.
        if (sequence === "skipped") await observed.until(() => observed.answers.has(sentThrough))
        else sentThrough = sequence
        // Sometimes the next is sent before the answer came, so that frames are in work when the server dies.
        if (sequence !== "skipped" && next(3) > 0) await observed.until(() => observed.answers.has(sequence))
      }
      if (next(2) === 0) await observed.until(() => observed.durableThrough > sentBefore)
      await server.kill("SIGKILL")
      // Frames of earlier lives that were lost are acknowledged as lost; of this life's, only what was read counts.
      for (let sequence = sentBefore + 1; sequence <= observed.durableThrough; sequence += 1) {
        if (observed.answers.get(sequence)?.outcome === "read") promised.push(sequence)
      }
      server = await serve(kill)
      await observed.until(() => observed.resumed === kill)
    }
    const report = await conference.end()
    const of = `(seed ${seed})`
    assert.equal(report.received, sentThrough, `every frame is accounted for once ${of}`)

    const again = await replayed(conference.id, folder)
    assert.deepEqual(again.ignored, [], `replay takes every event ${of}`)
    assert.deepEqual({ ...again.report }, { ...report }, `replay gives the same report ${of}`)
    const read = again.events.flatMap((event) => (event.type === "FrameReceived" ? [event.frameIndex] : []))
    assert.equal(new Set(read).size, read.length, `no frame is counted twice ${of}`)
    const dropped = again.events.reduce((sum, event) => sum + (event.type === "FramesDropped" ? event.count : 0), 0)
    assert.equal(read.length + dropped, sentThrough, `received and dropped are all there is ${of}`)
    for (const sequence of promised) assert.ok(read.includes(sequence), `frame ${sequence} was acknowledged ${of}`)
    return { framesSent: sentThrough, framesRead: read.length, framesAcknowledged: promised.length }
  } finally {
    await server.kill("SIGTERM")
    rmSync(folder, { recursive: true, force: true })
  }
}
