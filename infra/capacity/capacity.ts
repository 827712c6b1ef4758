/**
 * How many conferences a core of this machine bears: measured once by reading shipped pictures for a second or two, and remembered for this
 * processor, runtime and version. What sockets, journal and the core add is a factor from the benchmark, named below.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { cpus } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { type CodecWeights, conferencesMax, jpegWeight, weightsUnmeasured } from "../../actors/edge-room.ts"
import { type Codec, codecs, type EncodedCodec } from "../../machines/wire.ts"
import type { VideoDecoders } from "../../models/vision/video.ts"
import { demoClip } from "../clips/clip.ts"
import { encodedDemoChunks } from "../clips/encoded-clip.ts"
import { openVideoDecoders } from "../vision/decoder-video.ts"
import { openWasmDecoder } from "../vision/decoder-wasm.ts"
import { openPicture, showRegion, wholeRegion } from "../vision/luma-plane.ts"
import { openVision } from "../vision/vision.ts"

export interface Capacity {
  /** CPU time of decoding and the vision chain for a frame of 1080p (gray8: of 480×270), in milliseconds, by codec; those that do not work here are not there. */
  readonly frameMs: Readonly<Partial<Record<Codec, number>>>
  /** What was measured on: another processor, runtime or version is measured anew. */
  readonly of: string
}

/** Core, journal, TLS and sockets beside the vision chain, by `node bench/edge.ts`. */
export const wholeToVision = 1.5
/** A core that is busier than this answers late when several conferences come together. */
export const loadShareMax = 0.7
const framesPerSecond = 30
/** A 1080p JPEG takes this many times the shipped 1280×720 one: 2.25 times the pixels, and a region is cut out of it. */
export const largeToShipped = 1.6
/** Video is decoded and shrunk whole: by the pixels. */
const largeToShippedPixels = 2.25
const framesMeasured = 200
const warmUpFrames = 60

/** Processor, runtime and version: what a measurement holds for. */
export const machineOf = (version: string) =>
  `${cpus()[0]?.model ?? "?"}, ${process.version}, ${"Deno" in globalThis ? "Deno" : "Node"}, ${version}`

/** Of a conference of 1080p at 30 frames a second, at the load that leaves answers quick. */
export const conferencesPerCore = (frameMs: number): number =>
  (1000 * loadShareMax) / (frameMs * wholeToVision * framesPerSecond)

/** Whole conferences of JPEG of an edge, which has a core. */
export const conferencesPerEdgeOf = ({ frameMs }: Capacity): number =>
  Math.max(1, Math.min(Math.floor(conferencesPerCore(frameMs.jpeg!)), conferencesMax))

/** Beside JPEG; of a codec that does not work here, what it is elsewhere. */
export const weightsOf = ({ frameMs }: Capacity): CodecWeights => {
  const weightOf = (codec: Codec) => {
    const ms = frameMs[codec]
    return ms === undefined ? weightsUnmeasured[codec] : Math.max(1, Math.round((jpegWeight * ms) / frameMs.jpeg!))
  }
  return Object.fromEntries(codecs.map((codec) => [codec, weightOf(codec)])) as CodecWeights
}

type Vision = Awaited<ReturnType<typeof openVision>>

const cpuMsSince = (before: NodeJS.CpuUsage) => {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** Of encoded video, for a frame of 1080p: decoding and shrinking grow with the pixels, looking does not. */
async function videoMs(vision: Vision, decoders: VideoDecoders, codec: EncodedCodec): Promise<number> {
  const chunks = await encodedDemoChunks(codec)
  const stream = decoders.open()!
  const track = vision.openTrack(0)
  const spent = { decoding: 0, all: 0 }
  for (let frame = 0; frame < warmUpFrames + framesMeasured; frame++) {
    if (frame === warmUpFrames) Object.assign(spent, { decoding: 0, all: 0 })
    const before = process.cpuUsage()
    stream.decode(codec, chunks[frame % chunks.length]!.bytes)
    const picture = stream.picture()!
    spent.decoding += cpuMsSince(before)
    await vision.analyse(track, picture, frame * 33)
    spent.all += cpuMsSince(before)
  }
  stream.close()
  return (spent.all + (largeToShippedPixels - 1) * spent.decoding) / framesMeasured
}

async function measured(version: string): Promise<Capacity> {
  const vision = await openVision()
  const decoder = openWasmDecoder()
  const jpegs: Uint8Array[] = []
  const planes: { readonly bytes: Uint8Array; readonly width: number; readonly height: number }[] = []
  for await (const { bytes } of demoClip().frames()) {
    const copy = Uint8Array.from(bytes)
    jpegs.push(copy)
    const opened = openPicture({ codec: "jpeg", bytes: copy })
    if (typeof opened === "string") continue
    const region = wholeRegion(opened)
    const plane = new Uint8Array(region.widthPx * region.heightPx)
    if (showRegion(opened, region, decoder, plane) === undefined) {
      planes.push({ bytes: plane, width: region.widthPx, height: region.heightPx })
    }
    if (jpegs.length === 60) break
  }
  const frameMs = async (pictures: readonly Parameters<typeof vision.analyse>[1][]) => {
    const track = vision.openTrack(0)
    let before = process.cpuUsage()
    for (let frame = 0; frame < warmUpFrames + framesMeasured; frame++) {
      if (frame === warmUpFrames) before = process.cpuUsage()
      await vision.analyse(track, pictures[frame % pictures.length]!, frame * 33)
    }
    return cpuMsSince(before) / framesMeasured
  }
  const jpeg = (await frameMs(jpegs.map((bytes) => ({ codec: "jpeg" as const, bytes })))) * largeToShipped
  const gray8 = await frameMs(planes.map((plane) => ({ codec: "gray8" as const, ...plane })))
  const frameMsOf: Partial<Record<Codec, number>> = { jpeg, gray8 }
  // Where there are no decoders of video, none are offered: that is not this function's to say.
  const decoders = await openVideoDecoders().catch(() => null)
  for (const codec of decoders?.codecs ?? []) frameMsOf[codec] = await videoMs(vision, decoders!, codec)
  await vision.close()
  return { frameMs: frameMsOf, of: machineOf(version) }
}

const fileIn = (dataFolder: string) => join(dataFolder, "capacity.json")
const manifest = new URL("../../package.json", import.meta.url)
const shippedVersion = () => (JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string }).version

/** What was measured before on this very machine; null: nothing that can be read. */
export function rememberedCapacity(dataFolder: string, version = shippedVersion()): Capacity | null {
  try {
    const kept = JSON.parse(readFileSync(fileIn(dataFolder), "utf8")) as Capacity
    return kept.of === machineOf(version) && kept.frameMs.jpeg! > 0 && kept.frameMs.gray8! > 0 ? kept : null
  } catch {
    return null
  }
}

/** Remembered in the folder, else measured now and written there. */
export async function capacityOf(dataFolder: string, version = shippedVersion(), anew = false): Promise<Capacity> {
  const kept = anew ? null : rememberedCapacity(dataFolder, version)
  if (kept !== null) return kept
  const found = await measured(version)
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  writeFileSync(fileIn(dataFolder), `${JSON.stringify(found)}\n`, { mode: 0o600 })
  return found
}

export interface Sizing {
  readonly conferences: number
  readonly cores: number
  /** Towards the server, at the busiest, in megabits a second. */
  readonly networkMbps: number
  /** Of the journal, in gigabytes for a month of 21 days with eight busy hours. */
  readonly journalGbMonth: number
  readonly memoryGb: number
}

/** Bytes of a frame of 1080p as the benchmark sends it, header and TLS included; video at the 2.5 Mbit/s that a call's camera is given. */
const frameBytes = { jpeg: 185_000, gray8: 130_000, h264: 10_400, vp8: 10_400 } as const
/** On disk, by `node bench/journal.ts`: the larger of the two stores. */
const transitionBytes = 12.5
const transitionsPerFrame = 5
/** An edge with its net and decoder, and the core; by `mimika load`. */
const edgeMb = 250
const coreMb = 400

/** `frameMs`: as measured for the codec. */
export function sizingFor(conferences: number, codec: Codec, frameMs: number): Sizing {
  const cores = Math.max(1, Math.ceil(conferences / conferencesPerCore(frameMs)))
  const framesASecond = conferences * framesPerSecond
  return {
    conferences,
    cores,
    networkMbps: (framesASecond * frameBytes[codec] * 8) / 1e6,
    journalGbMonth: (framesASecond * transitionsPerFrame * transitionBytes * 3600 * 8 * 21) / 1e9,
    memoryGb: (cores * edgeMb + coreMb) / 1000
  }
}
