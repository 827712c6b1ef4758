/**
 * What a client can do from the own page: agree to single purposes before or during a conference, withdraw at once, join the one
 * that runs, look at and touch the shared picture, answer at the end, take a copy of everything and have it erased. It trusts a
 * visit, and for what only the client may do, a visit that a one-time code has proven.
 */
import { Clock, Context, Effect, Layer, Schema } from "effect"
import type { ConsentText } from "../machines/consent-texts.ts"
import { type ConsentPurpose, consentPurposes } from "../machines/wire.ts"
import type { Brief } from "../models/illustration/brief.ts"
import type { ClientAnswers, ClientState, OfferedText, SharedPicture } from "../projections/client-page.ts"
import type { OwnReason } from "../projections/own-reasons.ts"
import { type AgreedConsent, ClientLinks, LinkRefused, type Visit } from "./client-links.ts"
import { Conferences } from "./conferences.ts"
import { Desk } from "./desk.ts"
import { EventStore } from "./event-store.ts"
import { Directory, Identity, Tokens } from "./ports.ts"
import { Subjects } from "./subjects.ts"
import { Withdrawals } from "./withdrawals.ts"

/** The client asked for something that cannot be done now; the page has words for each reason. */
export class ClientRefused extends Schema.TaggedError<ClientRefused>()("ClientRefused", {
  reason: Schema.Literals([
    "noMeeting",
    "notProven",
    "notRunning",
    "notShared",
    "noText",
    "answeredBefore",
    "badRequest"
  ]),
  why: Schema.String
}) {
  override get message() {
    return this.why
  }
}
const refuse = (reason: (typeof ClientRefused.Type)["reason"], why: string) => new ClientRefused({ reason, why })

/** Shared briefs remembered for the question at the end, by meeting. */
const briefsMax = 1_000

const answersStreamOf = (conference: string) => `answers-${conference}`

/** The newest text of each purpose and language; the last published counts. */
export function offeredTexts(texts: readonly ConsentText[]): readonly OfferedText[] {
  const newest = new Map(texts.map((text) => [`${text.purpose} ${text.language}`, text]))
  return [...newest.values()]
}

/** Of several that bring the same, each is right. */
export const isBest = ({ products }: Pick<Brief, "products">, index: number) => {
  const best = Math.max(...products.map(({ yieldPercent, yieldPercentTo }) => yieldPercentTo ?? yieldPercent))
  const chosen = products[index]
  return chosen !== undefined && (chosen.yieldPercentTo ?? chosen.yieldPercent) === best
}

const make = Effect.gen(function* () {
  const links = yield* ClientLinks
  const desk = yield* Desk
  const conferences = yield* Conferences
  const subjects = yield* Subjects
  const withdrawals = yield* Withdrawals
  const directory = yield* Directory
  const store = yield* EventStore
  const tokens = yield* Tokens
  const { consentTexts } = yield* Identity
  const shownBriefs = new Map<string, Brief>()

  const meetingOf = Effect.fnUntraced(function* (visit: Visit) {
    const meeting = yield* desk.meeting(visit.meeting)
    return meeting ?? (yield* refuse("noMeeting", "Cannot find the meeting: its data were erased, or it is long over"))
  })
  const requireProven = Effect.fnUntraced(function* (visit: Visit) {
    if (visit.provenUntil > (yield* Clock.currentTimeMillis)) return
    return yield* refuse("notProven", "Cannot do this yet: it takes the code that the bank sent to you")
  })
  const runningOf = Effect.fnUntraced(function* (visit: Visit) {
    const { conference, state } = yield* meetingOf(visit)
    if (state !== "running" || conference === null)
      return yield* refuse("notRunning", "The conference does not run now")
    return yield* conferences.find(conference)
  })

  /** What stands now: in the conference while it runs, else what was agreed to before it. */
  const consentsOf = Effect.fnUntraced(function* (visit: Visit) {
    const agreed = yield* links.agreedOf(visit.meeting)
    const state = Object.fromEntries(consentPurposes.map((purpose) => [purpose, "none"])) as Record<
      ConsentPurpose,
      "none" | "given" | "withdrawn"
    >
    for (const { consent, withdrawn } of agreed) {
      for (const purpose of consent.purposes) state[purpose] = withdrawn ? "withdrawn" : "given"
    }
    return state
  })

  const isAnswered = (conference: string | null) => (conference === null ? false : answered.has(conference))
  const answered = new Set<string>()

  const stateOf = Effect.fnUntraced(function* (visit: Visit) {
    const { title, startsAt, state, conference } = yield* meetingOf(visit)
    const page: ClientState = {
      title,
      startsAt,
      conference: state,
      texts: offeredTexts(consentTexts),
      consents: yield* consentsOf(visit),
      provenUntil: visit.provenUntil,
      answered: isAnswered(conference)
    }
    return page
  })

  /** Hands what was agreed to before to the conference that runs; done again it changes nothing. */
  const hand = Effect.fnUntraced(function* (visit: Visit) {
    const running = yield* runningOf(visit)
    const { consent, otherConsents } = running.conference.hosted.snapshot().context
    for (const { consent: agreed, withdrawn } of yield* links.agreedOf(visit.meeting)) {
      if (withdrawn || agreed.id === consent || agreed.id in otherConsents) continue
      yield* conferences.giveConsent(running.conference.id, agreed)
    }
    return running.conference.id
  })

  const agree = Effect.fnUntraced(function* (visit: Visit, purposes: readonly ConsentPurpose[], language: "ru" | "en") {
    yield* requireProven(visit)
    const givenAt = yield* Clock.currentTimeMillis
    const before = (yield* links.agreedOf(visit.meeting)).map((one): AgreedConsent => one)
    const added: AgreedConsent[] = []
    for (const purpose of purposes) {
      if (before.some(({ consent, withdrawn }) => !withdrawn && consent.purposes.includes(purpose))) continue
      const text = offeredTexts(consentTexts).find((one) => one.purpose === purpose && one.language === language)
      if (text === undefined) return yield* refuse("noText", `No text is published for "${purpose}" in this language`)
      const { version: textVersion, sha256: textSha256 } = text
      const id = globalThis.crypto.randomUUID()
      added.push({ consent: { id, textVersion, textSha256, purposes: [purpose], givenAt }, withdrawn: false })
    }
    yield* links.keepAgreed(visit.meeting, visit.subject, [...before, ...added])
    if ((yield* meetingOf(visit)).state === "running") yield* hand(visit)
  })

  /** Acts first: nothing more is analysed by the time this is kept. It takes no code. */
  const withdraw = Effect.fnUntraced(function* (visit: Visit, purpose: ConsentPurpose) {
    const { state, conference } = yield* meetingOf(visit)
    if (state === "running" && conference !== null) yield* conferences.withdraw(conference, purpose)
    const agreed = yield* links.agreedOf(visit.meeting)
    const now = agreed.map((one) => (one.consent.purposes.includes(purpose) ? { ...one, withdrawn: true } : one))
    yield* links.keepAgreed(visit.meeting, visit.subject, now)
    // What rests on conferences that have ended counts no more from here on.
    if (purpose !== "expressionAnalysis") yield* withdrawals.withdraw(visit.subject, purpose)
  })

  const join = Effect.fnUntraced(function* (visit: Visit) {
    const conference = yield* hand(visit)
    return { conference, resumeToken: tokens.signResume({ conference }) }
  })

  const sharedOf = (visit: Visit) =>
    Effect.map(runningOf(visit), ({ illustration }) => {
      const { shared, variants } = illustration.hosted.snapshot().context
      return { illustration, variant: variants.find(({ variantIndex }) => variantIndex === shared) ?? null }
    })
  const picture = Effect.fnUntraced(function* (visit: Visit) {
    const { variant } = yield* sharedOf(visit)
    if (variant === null) return null
    if (shownBriefs.size >= briefsMax) shownBriefs.delete(shownBriefs.keys().next().value!)
    shownBriefs.set(visit.meeting, variant.brief)
    return variant
  })
  /** Only with that consent is it known what the client does with a picture. */
  const interact = Effect.fnUntraced(function* (visit: Visit, productIndex: number | null) {
    const { otherConsents } = (yield* runningOf(visit)).conference.hosted.snapshot().context
    if (!Object.values(otherConsents).includes("illustrationInteraction")) return
    const { illustration } = yield* sharedOf(visit)
    yield* illustration.command(
      productIndex === null ? { type: "LookAtIllustration" } : { type: "TapIllustration", productIndex }
    )
  })

  const answer = Effect.fnUntraced(function* (visit: Visit, { rating, clarity, again, check }: ClientAnswers) {
    const { conference, state, subject } = yield* meetingOf(visit)
    if (conference === null || state === "notStarted") {
      return yield* refuse("notRunning", "Cannot answer yet: the conference has not started")
    }
    if (answered.has(conference)) return yield* refuse("answeredBefore", "These questions were answered before")
    const brief = shownBriefs.get(visit.meeting)
    const at = yield* Clock.currentTimeMillis
    const checked =
      check === null || brief === undefined ? null : { ...check, correct: isBest(brief, check.productIndex) }
    const event = { type: "ClientAnswered", at, conference, rating, clarity, again, check: checked }
    const commandId = globalThis.crypto.randomUUID()
    const place = { stream: answersStreamOf(conference), expectedVersion: 0, commandId } as const
    yield* store
      .append({ ...place, keyScope: { kind: "subject", subject }, events: [event] })
      .pipe(
        Effect.catchTag("StaleStream", () =>
          Effect.fail(refuse("answeredBefore", "These questions were answered before"))
        )
      )
    answered.add(conference)
  })

  const own = ({ subject }: Visit, purpose: OwnReason) => ({ subject, actor: `client:${subject}`, purpose })
  const copyOf = (visit: Visit) =>
    Effect.andThen(requireProven(visit), subjects.copyOf(own(visit, "asked for by the client on the own page")))
  const erase = (visit: Visit) =>
    Effect.andThen(requireProven(visit), subjects.erase(own(visit, "asked for by the client on the own page")))

  /** Whom a code goes to. */
  const addressOf = Effect.fnUntraced(function* (visit: Visit) {
    const { client } = yield* meetingOf(visit)
    const details = yield* directory.detailsOf("client", visit.subject)
    return { client, contacts: details?.contacts ?? [] }
  })

  const shared = Effect.fnUntraced(function* (visit: Visit) {
    const variant = yield* picture(visit)
    if (variant === null) return null
    const shown: SharedPicture = { variantIndex: variant.variantIndex, brief: variant.brief }
    return shown
  })

  return {
    stateOf,
    agree,
    withdraw,
    join,
    hand,
    picture,
    shared,
    interact,
    answer,
    copyOf,
    erase,
    addressOf,
    meetingOf
  }
})

export class ClientDesk extends Context.Service<ClientDesk, Effect.Success<typeof make>>()("actors/ClientDesk") {
  static readonly layer = Layer.effect(ClientDesk, make)
}

/** The visit that a browser's secret stands for, or a refusal that says to open the link. */
export const visitOf = (links: ClientLinks["Service"], secret: string | null) =>
  Effect.flatMap(links.visitOf(secret), (visit) =>
    visit === null
      ? Effect.fail(
          new LinkRefused({ reason: "noVisit", why: "Cannot show this page: open the link from your manager first" })
        )
      : Effect.succeed(visit)
  )
