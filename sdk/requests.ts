/**
 * Requests on the control socket that wait for their answer, each for a bounded time. The protocol numbers none: an
 * answer belongs to the oldest request that accepts its type, a refusal to the oldest of all.
 */

import type { ControlAnswer, ControlRequest } from "../machines/wire.ts"
import type { Link } from "./link.ts"
import { ConferenceTrouble, troubleOfRefusal } from "./trouble.ts"

type Refused = Extract<ControlAnswer, { type: "refused" }>

interface Waiting {
  readonly what: string
  readonly accepts: readonly ControlAnswer["type"][]
  resolve(answer: ControlAnswer): void
  reject(trouble: ConferenceTrouble): void
}

/** How long a request may wait for its answer, in milliseconds. */
export const answerMsMax = 10_000

export class Requests {
  readonly #waiting: Waiting[] = []

  /** `what` completes the sentence "Cannot ...". Rejects with `ConferenceTrouble`. */
  ask<Type extends ControlAnswer["type"]>(
    link: Link | undefined,
    what: string,
    request: ControlRequest,
    ...accepts: Type[]
  ): Promise<Extract<ControlAnswer, { type: Type }>> {
    if (link?.open !== true) return Promise.reject(new ConferenceTrouble(what, "cut"))
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => waiting.reject(new ConferenceTrouble(what, "noAnswer")), answerMsMax)
      const settled = () => {
        clearTimeout(late)
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
      }
      const waiting: Waiting = {
        what,
        accepts,
        resolve(answer) {
          settled()
          resolve(answer as Extract<ControlAnswer, { type: Type }>)
        },
        reject(trouble) {
          settled()
          reject(trouble)
        }
      }
      this.#waiting.push(waiting)
      link.send(request)
    })
  }

  answered(answer: ControlAnswer): void {
    this.#waiting.find(({ accepts }) => accepts.includes(answer.type))?.resolve(answer)
  }

  /** Answers the trouble when no request waits: then it is about the conference itself. */
  refused(refused: Refused): ConferenceTrouble | undefined {
    const oldest = this.#waiting[0]
    if (oldest === undefined) return troubleOfRefusal("go on with the conference", refused)
    oldest.reject(troubleOfRefusal(oldest.what, refused))
    return undefined
  }

  /** None of them will be answered any more. */
  lost(trouble: ConferenceTrouble): void {
    for (const waiting of [...this.#waiting]) waiting.reject(trouble)
  }
}
