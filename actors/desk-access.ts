/**
 * Whose conferences somebody may touch: managers their own ones, and read the reports of them; supervisors the reports of
 * their team's. Whatever is somebody else's is answered as if it were not there, and the attempt is recorded. Personal data is
 * shown only after its read is recorded.
 */
import { Clock, Context, Effect, Layer, Schema } from "effect"
import type { OwnReason } from "../projections/own-reasons.ts"
import type { Person } from "./access.ts"
import { Conferences } from "./conferences.ts"
import { Operations } from "./operations.ts"
import { Directory } from "./ports.ts"

/** A wish of the console that cannot be granted; the page has words for each fault. */
export class DeskRefused extends Schema.TaggedError<DeskRefused>()("DeskRefused", {
  fault: Schema.Literals(["unknownConference", "stillRunning", "badRequest", "unknownVariant", "unknownTrend"]),
  why: Schema.String
}) {
  override get message() {
    return this.why
  }
}

export interface StaffMember {
  readonly account: string
  readonly login: string
  readonly name: string
}

/** Who works with whom. */
export class Staff extends Context.Service<
  Staff,
  {
    /** Managers whose reports and trends the person may read as a supervisor, in the order of their names. */
    readonly teamOf: (person: Person) => readonly StaffMember[]
  }
>()("actors/Staff") {}

/** Reads of a list within this time are one record: a page that looks every few seconds must not fill the journal. */
const listRecordMs = 3_600_000
/** Sessions and lists remembered for that; the oldest is then recorded once more. */
const listsMax = 10_000

const unknown = (conference: string) =>
  new DeskRefused({
    fault: "unknownConference",
    why: `Cannot find the conference "${conference}" among yours. Look at the list of conferences`
  })

const make = Effect.gen(function* () {
  const conferences = yield* Conferences
  const directory = yield* Directory
  const operations = yield* Operations
  const staff = yield* Staff
  const recordedAt = new Map<string, number>()

  /** Null: the person has never led a conference. */
  const managerOf = ({ login }: { readonly login: string }) => directory.find("manager", login)

  const refuse = (conference: string) =>
    Effect.andThen(operations.refused("console", "a conference of somebody else"), Effect.fail(unknown(conference)))

  /** A conference that runs here and that the person leads. */
  const leads = Effect.fnUntraced(function* (person: Person, conference: string) {
    const running = conferences.all().find(({ id }) => id === conference)
    const manager = yield* managerOf(person)
    if (running === undefined) return yield* unknown(conference)
    return running.manager === manager ? running : yield* refuse(conference)
  })

  /** The managers whose reports the person may read. */
  const readable = Effect.fnUntraced(function* (person: Person) {
    const members = [...(person.roles.includes("manager") ? [person] : []), ...staff.teamOf(person)]
    const pseudonyms = yield* Effect.forEach(members, managerOf)
    return new Set(pseudonyms.filter((pseudonym) => pseudonym !== null))
  })

  const recordRead = (person: Person, purpose: OwnReason, what: string, subject?: string) =>
    operations.record({
      type: "PersonalDataRead",
      actor: `account:${person.account}`,
      purpose,
      what,
      ...(subject === undefined ? {} : { subject })
    })

  const recordList = Effect.fnUntraced(function* (person: Person, purpose: OwnReason, what: string) {
    const now = yield* Clock.currentTimeMillis
    const key = `${person.session} ${what}`
    if (now - (recordedAt.get(key) ?? Number.NEGATIVE_INFINITY) < listRecordMs) return
    yield* recordRead(person, purpose, what)
    recordedAt.delete(key)
    if (recordedAt.size >= listsMax) recordedAt.delete(recordedAt.keys().next().value!)
    recordedAt.set(key, now)
  })

  return { managerOf, leads, readable, refuse, recordRead, recordList, teamOf: staff.teamOf }
})

export class DeskAccess extends Context.Service<DeskAccess, Effect.Success<typeof make>>()("actors/DeskAccess") {
  static readonly layer = Layer.effect(DeskAccess, make)
}
