/**
 * `mimika demo`: a server on loopback and a conference platform beside it, which plays a clip at its own pace over WSS
 * and ends the call. Prints the report as the platform received it.
 */
import { randomUUID } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { setTimeout as sleep } from "node:timers/promises"
import { Effect, Stream } from "effect"
import { conferenceStreamOf } from "../../actors/conference.ts"
import { EventStore } from "../../actors/event-store.ts"
import { shippedConsentTexts } from "../../machines/consent-texts.ts"
import { type Codec, type Consent, isEncoded, type WireReport } from "../../machines/wire.ts"
import { type Conference, startConference } from "../../sdk/mimika.ts"
import { type Clip, demoClip, ffmpegClip } from "../clips/clip.ts"
import { encodedFrames } from "../clips/encoded-clip.ts"
import { readAhead } from "../clips/read-ahead.ts"
import { callBitsPerSecond } from "../clips/video-encoder.ts"
import { logging, startCore } from "../core.ts"
import type { Core } from "../core-settings.ts"
import { pinnedSocket } from "../gateway/pinned-socket.ts"
import { embeddedEventStore } from "../journal/event-store.ts"
import { type Language, reportTable } from "../report-table.ts"

export interface DemoOptions {
  /** Kept when it is named; otherwise journal and keys go with the demo. */
  readonly data?: string
  readonly video?: string
  readonly codec: Exclude<Codec, "gray8">
  readonly edges: number
  readonly json: boolean
  readonly decoder: "auto" | "native" | "wasm"
  readonly lang: Language
}

/** The last answer may be on its way when the clip is over. */
const lastAnswerMsMax = 1_000

const cannotDecode = "this server cannot decode it. Play it as jpeg, or see what the server said at its start"

interface Played {
  readonly conference: string
  readonly report: WireReport
  /** From a frame's send to its answer, at the client, in milliseconds. */
  readonly latenciesMs: readonly number[]
  /** From the end message to the report received, in milliseconds. */
  readonly reportDelayMs: number
}

export async function demo(options: DemoOptions): Promise<void> {
  const { data, video, codec, edges, json, decoder, lang } = options
  const notice = (line: string) => process.stderr.write(`${line}\n`)
  const progress = createProgress(json, lang)
  const clip = video === undefined ? demoClip() : await ffmpegClip(video, { warn: notice })
  const dataFolder = data ?? mkdtempSync(join(tmpdir(), "mimika-demo-"))
  try {
    progress.say(lang === "ru" ? "Запускаю сервер …" : "Starting the server …")
    const program = Effect.gen(function* () {
      const core = yield* startCore({ dataFolder, host: "127.0.0.1", port: 0, edges, decoder, notice })
      progress.say(`${core.url} (${core.gateway})`)
      return yield* Effect.tryPromise({
        try: () => play(core, clip, codec, progress),
        catch: (error) => error as Error
      })
    })
    const played = await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(logging)))
    const journal = await countJournal(dataFolder, played.conference)
    progress.clear()
    if (json) process.stdout.write(`${JSON.stringify(documentOf(played, journal))}\n`)
    else process.stdout.write(textOf(played, journal, lang, data))
  } finally {
    if (data === undefined) rmSync(dataFolder, { recursive: true, force: true })
  }
  process.exit(0)
}

/** Plays the clip as a platform would: a frame is sent when its time has come, whatever became of the one before. */
async function play(core: Core, clip: Clip, codec: DemoOptions["codec"], progress: Progress): Promise<Played> {
  const latenciesMs: number[] = []
  const sentAt = new Map<number, number>()
  const answered = { counts: { negative: 0, neutral: 0, positive: 0, other: 0 } }
  const conference: Conference = await startConference({
    url: core.url,
    accessToken: core.accessToken,
    conference: `demo-${randomUUID()}`,
    client: "demo-client",
    manager: "demo-manager",
    role: "client",
    consent: demoConsent(),
    createSocket: pinnedSocket(readFileSync(core.certificateFile, "utf8")),
    codecs: [codec],
    onAnswer(answer) {
      const at = sentAt.get(answer.sequence)
      if (at !== undefined) latenciesMs.push(performance.now() - at)
      sentAt.delete(answer.sequence)
      answered.counts[answer.outcome === "read" ? answer.reading : "other"] += 1
    }
  })
  if (conference.codec !== codec) throw new Error(`Cannot play the clip as "${codec}": ${cannotDecode}`)
  const { framesPerSecond } = clip
  const played = isEncoded(codec)
    ? encodedFrames(clip, { codec, framesPerSecond, bitsPerSecond: callBitsPerSecond })
    : readAhead(clip.frames())
  let startedAt = 0
  let frames = 0
  for await (const { capturedAtMs, ...picture } of played) {
    if (frames === 0) startedAt = performance.now() - capturedAtMs
    const waitMs = startedAt + capturedAtMs - performance.now()
    if (waitMs > 0) await sleep(waitMs)
    // A chunk left out would cost the pictures up to the next key frame, which this clip's encoder makes when it will.
    const until = performance.now() + lastAnswerMsMax
    while (isEncoded(codec) && conference.whySkipped() === "busy" && performance.now() < until) await sleep(1)
    const sequence = conference.sendFrame({ codec, ...picture, capturedAt: Date.now(), widthPx: 0, heightPx: 0 })
    if (sequence !== "skipped") sentAt.set(sequence, performance.now())
    frames += 1
    progress.frame(frames, clip.framesCount, answered.counts)
  }
  const waitUntil = performance.now() + lastAnswerMsMax
  while (sentAt.size > 0 && performance.now() < waitUntil) await sleep(5)
  const endedAt = performance.now()
  const report = await conference.end()
  return { conference: conference.id, report, latenciesMs, reportDelayMs: performance.now() - endedAt }
}

const demoConsent = (): Consent => {
  const { purpose, version, sha256 } = shippedConsentTexts.find(({ purpose }) => purpose === "expressionAnalysis")!
  return { id: randomUUID(), textVersion: version, textSha256: sha256, purposes: [purpose], givenAt: Date.now() }
}

async function countJournal(folder: string, conference: string) {
  const count = Effect.gen(function* () {
    const store = yield* EventStore
    const commits = yield* Stream.runCollect(store.read(conferenceStreamOf(conference)))
    return { events: commits.at(-1)?.lastVersion ?? 0, commits: commits.length }
  })
  return Effect.runPromise(count.pipe(Effect.provide(embeddedEventStore({ folder, readOnly: true }))))
}

type JournalCount = Awaited<ReturnType<typeof countJournal>>

const rounded = (value: number) => Math.round(value * 100) / 100

function latencyOf(latenciesMs: readonly number[]) {
  const sorted = [...latenciesMs].sort((one, other) => one - other)
  const at = (share: number) => rounded(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}

function documentOf({ conference, report, latenciesMs, reportDelayMs }: Played, journal: JournalCount) {
  return { conference, report, latencyMs: latencyOf(latenciesMs), reportDelayMs: rounded(reportDelayMs), journal }
}

function textOf(played: Played, journal: JournalCount, lang: Language, data: string | undefined): string {
  const number = new Intl.NumberFormat(lang, { maximumFractionDigits: 1 })
  const { p50, p99, max } = latencyOf(played.latenciesMs)
  const [median, late, worst] = [p50, p99, max].map((ms) => number.format(ms))
  const delay = number.format(played.reportDelayMs)
  const [events, commits] = [number.format(journal.events), number.format(journal.commits)]
  const words = {
    ru: [
      `  Ответ на кадр: медиана ${median} мс, p99 ${late} мс, максимум ${worst} мс. Отчёт готов через ${delay} мс после конца звонка.`,
      `  Журнал: событий — ${events}, записей — ${commits}.`,
      data === undefined ? "" : `  Повторить по журналу: npm run mimika -- replay ${played.conference} --data ${data}`
    ],
    en: [
      `  Frame to answer: median ${median} ms, p99 ${late} ms, max ${worst} ms. The report came ${delay} ms after the end of the call.`,
      `  Journal: ${events} events in ${commits} commits.`,
      data === undefined ? "" : `  Replay it: npm run mimika -- replay ${played.conference} --data ${data}`
    ]
  }
  const report = played.report as unknown as Parameters<typeof reportTable>[0]
  return `\n${reportTable(report, lang)}\n${words[lang].filter((line) => line !== "").join("\n")}\n`
}

interface Progress {
  readonly say: (line: string) => void
  readonly frame: (frames: number, total: number | null, counts: Readonly<Record<string, number>>) => void
  readonly clear: () => void
}

/** On standard error: one line that is rewritten on a terminal, a line every second elsewhere, nothing with --json. */
function createProgress(silent: boolean, lang: Language): Progress {
  const words = { ru: ["кадр", "негатив", "нейтрально", "позитив"], en: ["frame", "negative", "neutral", "positive"] }[
    lang
  ]
  const { stderr } = process
  const everyFrames = stderr.isTTY ? 3 : 30
  let drawn = false
  return {
    say: (line) => void (silent || stderr.write(`${line}\n`)),
    frame(frames, total, counts) {
      if (silent || frames % everyFrames !== 0) return
      const { negative, neutral, positive } = counts
      const line = `${words[0]} ${frames}${total === null ? "" : `/${total}`}  ${words[1]} ${negative}  ${words[2]} ${neutral}  ${words[3]} ${positive}`
      drawn = true
      stderr.write(stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`)
    },
    clear: () => void (drawn && stderr.isTTY && stderr.write("\r\u001b[K"))
  }
}
