/** Which types of events a fold was written for. One that is not among them was written by another version: whoever meets it must stop, and not go on as if it had not happened. */
import { ConferenceEvent } from "../machines/conference-events.ts"
import { IllustrationEvent } from "../machines/illustration-events.ts"

interface Union {
  readonly members: readonly { readonly fields: { readonly type: { readonly ast: object } } }[]
}

const typesOf = ({ members }: Union): ReadonlySet<string> =>
  new Set(members.map(({ fields }) => (fields.type.ast as { readonly literal: string }).literal))

export const conferenceEventTypes = typesOf(ConferenceEvent)
export const illustrationEventTypes = typesOf(IllustrationEvent)
