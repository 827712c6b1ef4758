/**
 * Opens the stream socket at the edge a conference was placed on. Which edge, and what to do when it fails, is not
 * decided here.
 */

import type { ControlAnswer, FrameAnswer, StreamAnswer } from "../machines/wire.ts"
import { type CreateSocket, type Link, openLink } from "./link.ts"
import { answerMsMax } from "./requests.ts"
import { ConferenceTrouble } from "./trouble.ts"

export type Placed = Extract<ControlAnswer, { streamUrl: string }>

export interface StreamListener {
  answered(answer: FrameAnswer): void
  durable(throughSequence: number): void
  /** The stream was open and is gone. */
  lost(stream: Link, trouble: ConferenceTrouble): void
}

/** An edge that knows neither token nor conference was replaced: the core gives another, so asking again helps. */
const passingAtEdge = new Set(["unauthorised", "unknownConference", "alreadyStreaming"])

function atEdge(trouble: ConferenceTrouble): ConferenceTrouble {
  if (!passingAtEdge.has(trouble.reason)) return trouble
  return new ConferenceTrouble("open the stream", "cut", { said: trouble.message })
}

/** Resolves when frames can be sent. Rejects with `ConferenceTrouble`. */
export async function openStream(placed: Placed, createSocket: CreateSocket, listener: StreamListener): Promise<Link> {
  const opened = Promise.withResolvers<void>()
  // It may be lost before anyone waits.
  opened.promise.catch(() => {})
  let stream: Link | undefined
  const link = await openLink<StreamAnswer>({
    url: placed.streamUrl,
    createSocket,
    answered(answer) {
      if (answer.type === "opened") opened.resolve()
      else if (answer.type === "answer") {
        listener.answered(answer)
        if (answer.durableThrough !== undefined) listener.durable(answer.durableThrough)
      } else if (answer.type === "durable") listener.durable(answer.throughSequence)
    },
    lost(trouble) {
      opened.reject(atEdge(trouble))
      if (stream !== undefined) listener.lost(stream, atEdge(trouble))
    }
  })
  const late = setTimeout(() => opened.reject(new ConferenceTrouble("open the stream", "noAnswer")), answerMsMax)
  link.send({ type: "open", streamToken: placed.streamToken })
  try {
    await opened.promise
  } catch (error) {
    link.close()
    throw error
  } finally {
    clearTimeout(late)
  }
  stream = link
  return link
}
