/**
 * When the next chunk of encoded video must be a key frame: at the start of each stream, and after any chunk that did not reach the
 * server's decoder, for what builds on it could not be decoded. A rule over what was sent and answered; it encodes nothing.
 */
import type { FrameAnswer } from "../machines/wire.ts"

/** Reasons of a drop after which the server had decoded the chunk all the same. */
const decodedAllTheSame = ["busy", "late", "journal"]

const wasDecoded = (answer: FrameAnswer): boolean =>
  answer.outcome !== "dropped" ||
  decodedAllTheSame.includes(answer.reason) ||
  (answer.reason === "damaged" && answer.detail === "noPicture")

export class KeyFrames {
  readonly #told: () => void
  #wanted = true
  /** The last one sent; an answer to what went before it asks for nothing. */
  #sequence = 0
  #refusedInARow = 0

  /** `told` is called when one is wanted that was not before. */
  constructor(told: () => void) {
    this.#told = told
  }

  get wanted(): boolean {
    return this.#wanted
  }

  /** Those answered *damaged* since one was decoded last: after some, this server cannot read what this encoder makes. */
  get refusedInARow(): number {
    return this.#refusedInARow
  }

  /** A new stream, or a chunk that was not sent. */
  want(): void {
    if (this.#wanted) return
    this.#wanted = true
    this.#told()
  }

  sent(sequence: number, isKey: boolean): void {
    if (!isKey) return
    this.#sequence = sequence
    this.#wanted = false
  }

  answered(answer: FrameAnswer): void {
    const { sequence } = answer
    if (answer.outcome === "duplicate" || this.#sequence === 0 || sequence < this.#sequence) return
    const decoded = wasDecoded(answer)
    if (decoded && sequence === this.#sequence) this.#refusedInARow = 0
    else if (sequence === this.#sequence && answer.outcome === "dropped" && answer.reason === "damaged") {
      this.#refusedInARow += 1
    }
    if (!decoded) this.want()
  }
}
