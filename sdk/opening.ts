/** How a conference is begun: the request that starts or joins it, and the codec that sender and server both know. */
import type { Codec, ControlRequest } from "../machines/wire.ts"
import type { ConferenceOptions, JoinOptions } from "./conference-options.ts"

/** The first of the sender's, best first, that the server decodes; pictures need no choice. */
export const codecFor = (wished: readonly Codec[] = [], offered: readonly string[]): Codec =>
  wished.find((codec) => offered.includes(codec)) ?? "jpeg"

/** What `start` and `resume` say of the codec: one that names none sends JPEG. */
export const naming = (codec: Codec) => (codec === "jpeg" ? {} : { codec })

interface Opening {
  /** Completes the sentence "Cannot ...". */
  readonly what: string
  readonly request: Extract<ControlRequest, { readonly type: "start" | "resume" }>
  readonly accepts: "started" | "resumed"
}

export function openingOf(options: ConferenceOptions | JoinOptions, codec: Codec): Opening {
  if ("resumeToken" in options) {
    const { resumeToken } = options
    const request = { type: "resume", resumeToken, sentThrough: 0, ...naming(codec) } as const
    return { what: "join the conference", request, accepts: "resumed" }
  }
  const { accessToken, conference, client, manager, role, consent } = options
  const request = { type: "start", accessToken, conference, client, manager, role, consent, ...naming(codec) } as const
  return { what: `start "${conference}"`, request, accepts: "started" }
}
