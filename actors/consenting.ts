/**
 * Giving and withdrawing consents in a running conference. A consent counts when it is durable; a withdrawal acts first
 * and is recorded after. A consent that names no published text for exactly one purpose is refused.
 */
import { Clock, Effect } from "effect"
import { type ConsentText, publishedText } from "../machines/consent-texts.ts"
import type { Consent, ConsentPurpose } from "../machines/wire.ts"
import { isAnalysing } from "./conference.ts"
import { keepEvidence } from "./consent-evidence.ts"
import { ConferenceRefused, journalRefused, type RunningConference, record, setAnalysis } from "./running-conference.ts"

/** Fails unless the consent rests on a text that was published. */
export const requirePublished = (texts: readonly ConsentText[], consent: Consent) => {
  if (publishedText(texts, consent) !== null) return Effect.void
  const { id, textVersion, purposes } = consent
  const why =
    `Cannot accept the consent "${id}": no text of version "${textVersion}" with this SHA-256 is published for ` +
    `"${purposes.join(", ")}" alone. Show the client a text that "mimika consents" lists, one consent for each purpose`
  return Effect.fail(new ConferenceRefused({ reason: "consentRefused", why }))
}

/** Records the consent in the conference, its proof first. */
export const recordConsent = Effect.fnUntraced(function* (running: RunningConference, { id, ...consent }: Consent) {
  const said = { at: yield* Clock.currentTimeMillis, consent: id, ...consent } as const
  yield* keepEvidence(running, { type: "ConsentEvidenced", ...said })
  yield* record(running, { type: "ConsentGiven", ...said })
})

/** Done when it is durable and the edge reads by it. */
export const giveConsent = Effect.fnUntraced(function* (running: RunningConference, consent: Consent) {
  const { hosted } = running.conference
  yield* recordConsent(running, consent)
  yield* Effect.mapError(hosted.durable, journalRefused)
  yield* setAnalysis(running, isAnalysing(hosted.snapshot()))
})

/** Takes back every consent to a purpose. Done when that is durable; nothing is analysed from before on. */
export const withdraw = Effect.fnUntraced(function* (running: RunningConference, purpose: ConsentPurpose) {
  const { hosted } = running.conference
  const isAnalysis = purpose === "expressionAnalysis"
  if (isAnalysis) yield* setAnalysis(running, false)
  const { consent, otherConsents } = hosted.snapshot().context
  const others = Object.keys(otherConsents).filter((id) => otherConsents[id] === purpose)
  for (const withdrawn of isAnalysis ? (consent === null ? [] : [consent]) : others) {
    const said = { at: yield* Clock.currentTimeMillis, consent: withdrawn } as const
    yield* keepEvidence(running, { type: "WithdrawalEvidenced", ...said })
    yield* record(running, { type: "ConsentWithdrawn", ...said })
  }
  yield* Effect.mapError(hosted.durable, journalRefused)
})
