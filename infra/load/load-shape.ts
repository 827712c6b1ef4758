/** What a load run is asked and what it answers: messages between the run and its client processes, and the figures. Types and arithmetic only. */
import type { Codec, DropReason } from "../../machines/wire.ts"

/** Ten seconds of a clip are enough to go round in. */
export const picturesMax = 300

export interface ClientWish {
  readonly url: string
  readonly accessToken: string
  readonly certificatePem: string
  /** Names of the calls, so that several processes share none. */
  readonly firstCall: number
  readonly conferences: number
  readonly framesPerSecond: number
  readonly seconds: number
  readonly codec: Codec
  /** Any video that an installed ffmpeg reads, for encoded video a clip of ours; null: the shipped clip. */
  readonly video: string | null
}

export interface ClientFigures {
  /** When the first frame was due, milliseconds since 1970: before it, clients read pictures and open conferences. */
  readonly sendingFrom: number
  readonly started: number
  readonly refused: number
  readonly sent: number
  readonly skipped: number
  readonly read: number
  readonly unreadable: number
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>
  /** From a frame's send to its answer: how many frames took that many tenths of a millisecond. */
  readonly latencies: readonly (readonly [number, number])[]
}

export const noFigures: ClientFigures = {
  sendingFrom: 0,
  started: 0,
  refused: 0,
  sent: 0,
  skipped: 0,
  read: 0,
  unreadable: 0,
  dropped: {},
  latencies: []
}

export function summed(all: readonly ClientFigures[]): ClientFigures {
  const dropped: Partial<Record<DropReason, number>> = {}
  const latencies = new Map<number, number>()
  const total = { started: 0, refused: 0, sent: 0, skipped: 0, read: 0, unreadable: 0 }
  // All of them send from then on.
  const sendingFrom = Math.max(0, ...all.map((one) => one.sendingFrom))
  for (const one of all) {
    for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += one[key]
    for (const [reason, count] of Object.entries(one.dropped)) {
      dropped[reason as DropReason] = (dropped[reason as DropReason] ?? 0) + count
    }
    for (const [tenths, count] of one.latencies) latencies.set(tenths, (latencies.get(tenths) ?? 0) + count)
  }
  return { sendingFrom, ...total, dropped, latencies: [...latencies].sort(([a], [b]) => a - b) }
}

/** Milliseconds that this share of the frames stayed within; null without frames. */
export function latencyAt(latencies: ClientFigures["latencies"], share: number): number | null {
  const count = latencies.reduce((sum, [, frames]) => sum + frames, 0)
  let seen = 0
  for (const [tenths, frames] of latencies) {
    seen += frames
    if (seen >= share * count) return tenths / 10
  }
  return null
}

/** In less time a slope says nothing of an hour. */
const slopeMsMin = 60_000

/** By least squares, in megabytes an hour, of samples in bytes at milliseconds; null when they span less than a minute. */
export function slopeMbPerHour(samples: readonly { readonly atMs: number; readonly bytes: number }[]): number | null {
  if (samples.length < 3 || samples.at(-1)!.atMs - samples[0]!.atMs < slopeMsMin) return null
  const meanAt = samples.reduce((sum, { atMs }) => sum + atMs, 0) / samples.length
  const meanBytes = samples.reduce((sum, { bytes }) => sum + bytes, 0) / samples.length
  let above = 0
  let below = 0
  for (const { atMs, bytes } of samples) {
    above += (atMs - meanAt) * (bytes - meanBytes)
    below += (atMs - meanAt) ** 2
  }
  return below === 0 ? null : ((above / below) * 3_600_000) / 1_000_000
}
