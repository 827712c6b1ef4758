/**
 * What a conference platform links: starts a conference, sends the client's frames, hears every answer, survives a lost
 * server by resuming, and ends with the report. Runs in browsers, Node and Deno and needs nothing but a WebSocket.
 * It captures no camera, encodes no picture and keeps none.
 */
import {
  type Codec,
  type Consent,
  type ConsentPurpose,
  type ControlAnswer,
  encodeFrame,
  type WireReport
} from "../machines/wire.ts"
import { Backoff } from "./backoff.ts"
import type { ConferenceOptions, Frame, JoinOptions, Skipped } from "./conference-options.ts"
import { refuseFrame } from "./frame-refused.ts"
import type { KeyFrames } from "./key-frames.ts"
import { type CreateSocket, type Link, openLink } from "./link.ts"
import { codecFor, naming, openingOf } from "./opening.ts"
import { Requests } from "./requests.ts"
import { bufferedBytesMax, SentFrames } from "./sent-frames.ts"
import { openStream, type Placed } from "./stream.ts"
import { ConferenceTrouble } from "./trouble.ts"

export type { ConferenceOptions, Frame, JoinOptions, Skipped } from "./conference-options.ts"

/** The report is drained from an edge, made durable and computed: the server promises 2 s, a replaced server takes more. */
const reportMsMax = 30_000

/** Resolves when frames can be sent. Rejects with `ConferenceTrouble`. */
export async function startConference(options: ConferenceOptions): Promise<Conference> {
  const conference = new Conference(options)
  await conference.start()
  return conference
}

/** Joins a conference that a manager started. Resolves when frames can be sent. Rejects with `ConferenceTrouble`. */
export async function joinConference(options: JoinOptions): Promise<Conference> {
  const conference = new Conference(options)
  await conference.start()
  return conference
}

export class Conference {
  readonly #options: ConferenceOptions | JoinOptions
  readonly #createSocket: CreateSocket
  readonly #controlUrl: string
  readonly #report = Promise.withResolvers<WireReport>()
  readonly #frames: SentFrames
  readonly #requests = new Requests()
  readonly #backoff = new Backoff()
  #state: "starting" | "streaming" | "interrupted" | "over" = "starting"
  #control: Link | undefined
  #stream: Link | undefined
  #id = ""
  #codec: Codec = "jpeg"
  #resumeToken = ""
  #resumeWindowMs = 0
  #analysing = false
  #withdrawn = false
  #ending = false

  constructor(options: ConferenceOptions | JoinOptions) {
    this.#options = options
    this.#frames = new SentFrames(options)
    this.#createSocket = options.createSocket ?? ((url) => new WebSocket(url))
    const url = new URL(options.url)
    if (url.pathname === "/") url.pathname = "/conferences"
    this.#controlUrl = url.href
    // Nobody may be waiting for the report when it fails.
    this.#report.promise.catch(() => {})
  }

  /** The server's own id of the conference, which its journal is read by; empty until it has started. */
  get id(): string {
    return this.#id
  }

  /** What to send: the best of the sender's that the server decodes. Another server may decode others, so look again when it has resumed. */
  get codec(): Codec {
    return this.#codec
  }

  /** Whether encoded video must go on with a key frame, and how many of those sent could not be decoded. */
  get keyFrames(): Pick<KeyFrames, "wanted" | "refusedInARow"> {
    return this.#frames.keyFrames
  }

  /** Frames not sent, by why. */
  get skipped(): Readonly<Skipped> {
    return this.#frames.skipped
  }

  async start(): Promise<void> {
    try {
      await this.#openControl()
      const { what, request, accepts } = openingOf(this.#options, this.#codec)
      await this.#openStream(await this.#requests.ask(this.#control, what, request, accepts))
    } catch (error) {
      // Once it has started, a stream that does not open is an interruption like any other.
      if (this.#resumeToken === "" || !(error as ConferenceTrouble).passing) {
        this.#fail(error as ConferenceTrouble)
        throw error
      }
      this.#interrupt(error as ConferenceTrouble)
      await this.#resume()
    }
    if (this.#state === "over") await this.#report.promise
  }

  /**
   * Sends one picture and answers its sequence number, or "skipped" when sending would only make a queue, or may not be.
   * Throws `RangeError` for a picture that the server would refuse.
   */
  sendFrame(frame: Frame): number | "skipped" {
    const stream = this.#stream
    const { bytes, isKey = false, ...header } = frame
    const why = this.whySkipped(bufferedBytesMax(header.codec, bytes.length))
    if (why !== "ended" && stream !== undefined) refuseFrame(frame, stream.bounds, this.#codec)
    if (why !== null || stream === undefined) return this.#frames.skip(why ?? "interrupted", header.codec)
    const sequence = this.#frames.next(header.codec, isKey)
    if (sequence !== "skipped") stream.send(encodeFrame({ ...header, sequence }, bytes))
    return sequence
  }

  /** Why a frame of so many bytes would be skipped now, or null: so that nothing need be encoded in vain. */
  whySkipped(sizeBytes = 0): Exclude<keyof Skipped, "keyFrame"> | null {
    const stream = this.#stream
    if (this.#state === "over" || this.#ending) return "ended"
    if (!this.#analysing) return "noConsent"
    if (this.#state !== "streaming" || stream === undefined) return "interrupted"
    return this.#frames.inFlightCount >= stream.bounds.inFlightFramesMax || stream.bufferedBytes > sizeBytes
      ? "busy"
      : null
  }

  /** Resolves when the consent is recorded; from then on frames are sent. */
  async giveConsent(consent: Consent): Promise<void> {
    const request = { type: "consent", consent } as const
    await this.#requests.ask(this.#control, "record the consent", request, "consentRecorded")
    if (!consent.purposes.includes("expressionAnalysis")) return
    this.#withdrawn = false
    this.#analysing = true
    this.#frames.keyFrames.want()
  }

  /**
   * Takes back what was agreed to for one purpose. Where that is the analysis, sending stops at once. Resolves when the server has
   * recorded it; interrupted, it rejects, and a withdrawal of the analysis is told again on resuming.
   */
  async withdraw(purpose: ConsentPurpose = "expressionAnalysis"): Promise<void> {
    if (purpose === "expressionAnalysis") {
      this.#withdrawn = true
      this.#analysing = false
    }
    await this.#requests.ask(this.#control, "withdraw the consent", { type: "withdraw", purpose }, "withdrawn")
  }

  /** Ends the conference and answers its report. Rejects with `ConferenceTrouble`. Called again, it answers the same. */
  end(): Promise<WireReport> {
    if (!this.#ending && this.#state !== "over") {
      this.#ending = true
      this.#sendEnd()
      const late = setTimeout(() => this.#fail(new ConferenceTrouble("get the report", "noAnswer")), reportMsMax)
      this.#report.promise.finally(() => clearTimeout(late)).catch(() => {})
    }
    return this.#report.promise
  }

  #sendEnd(): void {
    // While interrupted it waits: resuming sends it.
    if (this.#state === "streaming") this.#control?.send({ type: "end", sentThrough: this.#frames.through })
  }

  /** The server could not end it yet; how often is bounded by how long the report may take. */
  async #endAgain(retryAfterMs: number | null): Promise<void> {
    await this.#backoff.wait(retryAfterMs ?? this.#backoff.after(0))
    this.#sendEnd()
  }

  /** Leaves without ending: the server keeps the conference for the resume window and then ends it itself. */
  close(): void {
    this.#fail(new ConferenceTrouble("go on with the conference", "closedHere"))
  }

  async #openControl(): Promise<void> {
    this.#control = await openLink<ControlAnswer>({
      url: this.#controlUrl,
      createSocket: this.#createSocket,
      answered: (answer) => this.#heardControl(answer),
      lost: (trouble) => {
        this.#requests.lost(trouble)
        this.#interrupt(trouble)
      }
    })
    const { resumeWindowMs, codecs } = this.#control.bounds
    this.#resumeWindowMs = resumeWindowMs
    this.#codec = codecFor(this.#options.codecs, codecs)
  }

  #heardControl(answer: ControlAnswer): void {
    if (answer.type === "report") this.#reported(answer.report)
    else if (answer.type === "interrupted") {
      this.#interrupt(new ConferenceTrouble("go on streaming", "cut", { said: answer.reason }))
    } else if (answer.type === "refused") {
      const trouble = this.#requests.refused(answer)
      if (trouble === undefined) return
      if (this.#ending && trouble.passing) void this.#endAgain(trouble.retryAfterMs)
      else this.#fail(trouble)
    } else this.#requests.answered(answer)
  }

  async #openStream(placed: Placed): Promise<void> {
    this.#id = placed.conference
    this.#resumeToken = placed.resumeToken
    this.#analysing = placed.analysing
    this.#frames.begin(placed.afterSequence)
    if (placed.analysing && this.#withdrawn) await this.withdraw()
    const stream = await openStream(placed, this.#createSocket, {
      answered: (answer) => this.#frames.answered(answer),
      durable: (throughSequence) => this.#options.onDurable?.(throughSequence),
      lost: (lost, trouble) => {
        if (this.#stream !== lost) return
        // The report comes by the control socket, and may come after this.
        if (trouble.reason === "ended") this.#stream = undefined
        else this.#interrupt(trouble)
      }
    })
    // It may have been closed, or the control socket lost, while the stream opened.
    if (this.#state === "over" || this.#control?.open !== true) {
      stream.close()
      throw new ConferenceTrouble("open the stream", "cut")
    }
    this.#stream = stream
    this.#state = "streaming"
    if (this.#ending) this.#sendEnd()
  }

  #interrupt(trouble: ConferenceTrouble): void {
    if (this.#state === "over" || this.#state === "interrupted" || this.#resumeToken === "") return
    if (trouble.passing) {
      const starting = this.#state === "starting"
      this.#state = "interrupted"
      this.#stream?.close()
      this.#stream = undefined
      this.#frames.lose()
      this.#options.onInterrupted?.(trouble)
      // While starting, `start` itself resumes.
      if (!starting) void this.#resume()
    } else this.#fail(trouble)
  }

  async #resume(): Promise<void> {
    const givenUpAtMs = performance.now() + this.#resumeWindowMs
    for (let attempt = 0; this.#state === "interrupted"; attempt++) {
      try {
        if (this.#control?.open !== true) await this.#openControl()
        const told = { resumeToken: this.#resumeToken, sentThrough: this.#frames.through, ...naming(this.#codec) }
        const request = { type: "resume", ...told } as const
        const resumed = await this.#requests.ask(this.#control, "resume the conference", request, "resumed")
        await this.#openStream(resumed)
        this.#options.onResumed?.()
      } catch (error) {
        const trouble = error as ConferenceTrouble
        if (this.#state !== "interrupted") return
        if (trouble.reason === "codecRefused") this.#codec = "jpeg"
        if (!trouble.passing) return this.#fail(trouble)
        const waitMs = trouble.retryAfterMs ?? this.#backoff.after(attempt)
        if (performance.now() + waitMs > givenUpAtMs) {
          return this.#fail(new ConferenceTrouble("resume the conference", "windowPassed", { said: trouble.message }))
        }
        await this.#backoff.wait(waitMs)
      }
    }
  }

  #reported(report: WireReport): void {
    if (this.#state === "over") return
    this.#over()
    this.#report.resolve(report)
    this.#options.onReport?.(report)
  }

  #fail(trouble: ConferenceTrouble): void {
    if (this.#state === "over") return
    this.#over()
    this.#requests.lost(trouble)
    this.#report.reject(trouble)
    // Before it started the caller learns it from `startConference`, and of its own `close` it need not be told.
    if (this.#resumeToken !== "" && trouble.reason !== "closedHere") this.#options.onFailed?.(trouble)
  }

  #over(): void {
    this.#state = "over"
    this.#backoff.stop()
    this.#stream?.close()
    this.#control?.close()
    this.#frames.lose()
  }
}
