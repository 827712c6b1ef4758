/**
 * A client's rights as routes of the console, for the data-protection officer: find somebody and see what is kept, hand out a copy,
 * erase, prove it; and what rests on each consent text. Each look is on record before it is shown. The rules are in `actors/subjects.ts`.
 */
import { Clock, Effect, Result, Schema, Stream } from "effect"
import type { Person } from "../../actors/access.ts"
import { proofOf } from "../../actors/certificate.ts"
import { ConsentCounts } from "../../actors/consent-counts.ts"
import { Notary } from "../../actors/erasure-ports.ts"
import { Holdings } from "../../actors/holdings.ts"
import { Operations } from "../../actors/operations.ts"
import { type SubjectRefused, Subjects } from "../../actors/subjects.ts"
import { erasureViewOf } from "../../projections/erasures.ts"
import { subjectTraits } from "../../projections/holdings.ts"
import type { OwnReason } from "../../projections/own-reasons.ts"
import { SigningIn } from "../access/access.ts"
import { refuse } from "../access/access-refused.ts"
import { makeExportDocument } from "../subjects/export-document.ts"
import { makeExportPage } from "../subjects/export-page.ts"
import { proofFiles } from "../subjects/proof-files.ts"
import { makeLooks, Reason } from "./looks.ts"
import { type Asked, attachment, languageOf, type Route, route } from "./route.ts"
import { read } from "./routes-access.ts"

/** A bank's ids are shorter; a pseudonym has 36 characters. */
const Value = Schema.Trim.check(Schema.isMinLength(1), Schema.isMaxLength(200))
const Search = Schema.Struct({ by: Schema.Literals(subjectTraits), value: Value, reason: Reason })
/** The password again, as before every change of one's own factors: an open screen is not enough. */
const Erasing = Schema.Struct({
  /** Not needed to finish what was begun: it has one. */
  reason: Schema.optionalKey(Reason),
  password: Schema.String.check(Schema.isMaxLength(512))
})

class NotThere extends Schema.TaggedError<NotThere>()("NotThere", {
  fault: Schema.Literals(["noLook", "unknownErasure"]),
  message: Schema.String
}) {}

const nobodyShown = "a search for a client that showed nobody"
const unkept: OwnReason = "(the reason named the client, so it is not kept)"

export const subjectRoutes = Effect.gen(function* () {
  const subjects = yield* Subjects
  const holdings = yield* Holdings
  const consents = yield* ConsentCounts
  const notary = yield* Notary
  const { desk } = yield* SigningIn
  const looks = makeLooks(yield* Operations)

  const actorOf = ({ account }: Person) => `account:${account}`
  const whatOf = (subject: string) => `everything kept of ${subject}`

  const looked = Effect.fnUntraced(function* ({ person, body }: Asked<Person>) {
    const { by, value, reason } = yield* read(Search, body)
    const found = yield* Effect.result(
      Effect.flatMap(holdings.find(by, value), (subject) =>
        holdings.of({ subject, actor: actorOf(person), purpose: reason })
      )
    )
    if (Result.isSuccess(found)) {
      const { subject } = found.success
      yield* looks.open(person, { what: whatOf(subject), reason, subject })
      return { lookedAt: yield* Clock.currentTimeMillis, holdings: found.success }
    }
    // Whether somebody is a client here is personal data too: it is told after it is on record.
    const isNaming = (found.failure as Partial<SubjectRefused>).fault === "namesPerson"
    yield* looks.open(person, { what: nobodyShown, reason: isNaming ? unkept : reason })
    return yield* Effect.fail(found.failure)
  })

  /** For the reason that the person gave when looking. */
  const copied = Effect.fnUntraced(function* ({ person, parameters }: Asked<Person>) {
    const subject = parameters.subject ?? ""
    const purpose = yield* looks.reasonFor(person, whatOf(subject))
    if (purpose === null) {
      const message = "Cannot hand out a copy: say first why you look at this client; the reason is recorded"
      return yield* new NotThere({ fault: "noLook", message })
    }
    return yield* subjects.copyOf({ subject, actor: actorOf(person), purpose })
  })

  const erasureOf = Effect.fnUntraced(function* (id: string) {
    const { bySubject } = yield* subjects.erasures
    const erasure = [...bySubject.values()].find((one) => one.id === id)
    if (erasure?.done === true) return erasure
    const message = "Cannot find this erasure, or it is not done yet. Look at the list of erasures"
    return yield* new NotThere({ fault: "unknownErasure", message })
  })

  const routes: readonly Route[] = [
    route("POST /api/subjects", looked),
    route("GET /api/subjects/:subject/export.json", (asked) =>
      Effect.map(copied(asked), (records) => {
        const text = makeExportDocument()
        const pieces = Stream.concat(
          Stream.map(records, (record) => text.take(record)),
          Stream.suspend(() => Stream.make(text.finish()))
        )
        const bytes = Stream.toReadableStream(Stream.encodeText(pieces))
        return attachment(bytes, "application/json", `${asked.parameters.subject}.json`)
      })
    ),
    route("GET /api/subjects/:subject/export.html", (asked) =>
      Effect.gen(function* () {
        const page = makeExportPage(languageOf(asked.query))
        yield* Stream.runForEach(yield* copied(asked), (record) => Effect.sync(() => page.take(record)))
        return attachment(page.finish(), "text/html; charset=utf-8", `${asked.parameters.subject}.html`)
      })
    ),
    route("POST /api/subjects/:subject/erasure", ({ person, parameters, body }) =>
      Effect.gen(function* () {
        const { reason, password } = yield* read(Erasing, body)
        const subject = parameters.subject ?? ""
        const purpose = reason ?? (yield* subjects.erasures).bySubject.get(subject)?.purpose
        if (purpose === undefined) return yield* refuse("badRequest")
        yield* desk.own.requirePassword(person, password)
        yield* subjects.erase({ subject, actor: actorOf(person), purpose })
        return erasureViewOf((yield* subjects.erasures).bySubject.get(subject)!)
      })
    ),
    route("GET /api/erasures", () =>
      Effect.map(subjects.erasures, ({ bySubject }) => ({
        erasures: [...bySubject.values()].map(erasureViewOf).sort((a, b) => b.requestedAt - a.requestedAt)
      }))
    ),
    route("GET /api/erasures/:erasure/:file", ({ parameters }) =>
      Effect.gen(function* () {
        const { erasure: id = "", file = "" } = parameters
        const files = proofFiles(proofOf(yield* erasureOf(id), notary.publicKey))
        const found = Object.hasOwn(files, file) ? files[file] : undefined
        if (found === undefined) {
          const message = `Cannot find "${file}": an erasure leaves ${Object.keys(files).join(", ")}`
          return yield* new NotThere({ fault: "unknownErasure", message })
        }
        return attachment(found.content, found.type, `${id}-${file}`)
      })
    ),
    route("GET /api/consent-texts", () => consents.texts)
  ]
  return routes
})
