/** Sends pictures through the SDK one after the other, the next when the last was answered, so that none is dropped.
 * At most thirty in a row: faster than any camera, a longer burst meets the rate bound. */
import type { EncodedChunk } from "../../infra/clips/video-encoder.ts"
import type { FrameAnswer } from "../../machines/wire.ts"
import type { Conference, ConferenceOptions } from "../../sdk/mimika.ts"

/** Collects what the SDK tells, and lets a test wait for it without sleeping. */
export class Observed {
  readonly answers = new Map<number, FrameAnswer>()
  durableThrough = 0
  interrupted = 0
  resumed = 0
  #waiting: { readonly holds: () => boolean; readonly resolve: () => void }[] = []

  readonly handlers: Pick<ConferenceOptions, "onAnswer" | "onDurable" | "onInterrupted" | "onResumed"> = {
    onAnswer: (answer) => this.#note(() => this.answers.set(answer.sequence, answer)),
    onDurable: (sequence) => this.#note(() => (this.durableThrough = sequence)),
    onInterrupted: () => this.#note(() => (this.interrupted += 1)),
    onResumed: () => this.#note(() => (this.resumed += 1))
  }

  #note(write: () => unknown): void {
    write()
    const reached = this.#waiting.filter(({ holds }) => holds())
    this.#waiting = this.#waiting.filter((waiting) => !reached.includes(waiting))
    for (const { resolve } of reached) resolve()
  }

  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ holds, resolve }))
  }
}

/** Answers what each was answered. */
export async function sendPaced(
  conference: Conference,
  observed: Observed,
  pictures: readonly (Uint8Array | EncodedChunk)[]
): Promise<readonly FrameAnswer[]> {
  const answers: FrameAnswer[] = []
  for (const picture of pictures) {
    const frame = picture instanceof Uint8Array ? { codec: "jpeg" as const, bytes: picture } : picture
    const sequence = conference.sendFrame({
      codec: conference.codec,
      ...frame,
      capturedAt: 1_790_000_000_000,
      widthPx: 0,
      heightPx: 0
    })
    if (sequence === "skipped") throw new Error("A frame was skipped although nothing was in flight")
    await observed.until(() => observed.answers.has(sequence))
    answers.push(observed.answers.get(sequence)!)
  }
  return answers
}
