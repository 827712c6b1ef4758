/**
 * What a client may ask of everything kept about them: all of it as a copy, and that it be erased. An erasure is a
 * row of steps that may each be repeated; one that was begun stays owed until it is done, whatever fails between. It
 * shows nothing that it has not recorded, and calls nothing erased before the key is gone everywhere.
 */
import { Clock, Context, Effect, Layer, Schema, Semaphore, Stream } from "effect"
import { type Erasure, type Erasures, evolveErasures, noErasures } from "../projections/erasures.ts"
import { certificateOf, type ErasureProof, proofOf } from "./certificate.ts"
import { BarList, Fence, Notary, SubjectKeys } from "./erasure-ports.ts"
import { EventStore, type ReadFailed, type StoredEvent, StoreUnavailable, type SubjectErased } from "./event-store.ts"
import { type OperationNotRecorded, Operations } from "./operations.ts"
import { Directory, type PersonDetails } from "./ports.ts"

/** Who asks for what, and why; the reason is kept and must not name the person. */
export interface SubjectRequest {
  readonly subject: string
  readonly actor: string
  readonly purpose: string
}

/** A copy of everything is a row of records: who it is about, then every commit of every stream. */
export type ExportRecord =
  | {
      readonly record: "subject"
      readonly format: "mimika-subject-export-1"
      readonly subject: string
      readonly exportedAt: number
      readonly person: ({ readonly externalId: string } & PersonDetails) | null
      readonly streams: readonly string[]
    }
  | {
      readonly record: "commit"
      readonly stream: string
      readonly firstVersion: number
      readonly committedAt: number
      readonly events: readonly StoredEvent[]
    }

/** The wish cannot be granted as it was put; nothing was done. Pages have words for each fault. */
export class SubjectRefused extends Schema.TaggedError<SubjectRefused>()("SubjectRefused", {
  fault: Schema.Literals(["noReason", "namesPerson", "unknownClient", "severalClients", "erasedBefore"]),
  why: Schema.String
}) {
  override get message() {
    return this.why
  }
}
const refuse = (fault: SubjectRefused["fault"], why: string) => new SubjectRefused({ fault, why })

/** The person is not erased yet. What was done stays done, and the same wish goes on from there. */
export class ErasureIncomplete extends Schema.TaggedError<ErasureIncomplete>()("ErasureIncomplete", {
  subject: Schema.String,
  step: Schema.Literals(["fence", "bar", "destroy", "forget", "certify"]),
  why: Schema.String
}) {
  override get message() {
    return (
      `Cannot finish the erasure of "${this.subject}" (step "${this.step}"): ${this.why}. ` +
      `The person is NOT erased yet. Mend that, then repeat it with --subject ${this.subject}`
    )
  }
}

export type ErasureFailed = SubjectRefused | ErasureIncomplete | OperationNotRecorded | ReadFailed | SubjectErased

const purposeCharactersMax = 500

const make = Effect.gen(function* () {
  const store = yield* EventStore
  const operations = yield* Operations
  const directory = yield* Directory
  const keys = yield* SubjectKeys
  const barList = yield* BarList
  const notary = yield* Notary
  const fence = yield* Fence
  const turn = yield* Semaphore.make(1)

  const erasures = Effect.suspend(() => Stream.runFold(operations.read(), () => noErasures, evolveErasures))

  /** The person's details, as far as the reason names none of them. */
  const detailsUnnamed = Effect.fnUntraced(function* ({ subject, purpose }: SubjectRequest) {
    if (purpose.trim() === "" || purpose.length > purposeCharactersMax) {
      const why = `Cannot go on without a reason of 1 to ${purposeCharactersMax} characters. Say why, such as the number of the client's letter`
      return yield* refuse("noReason", why)
    }
    const person = yield* directory.detailsOf("client", subject)
    const said = purpose.toLowerCase()
    const identifying =
      person === null ? [] : [person.externalId, ...person.names, ...person.contacts, ...person.crmIds]
    if (identifying.some((text) => said.includes(text.toLowerCase()))) {
      const why =
        "Cannot keep this reason: it names the person, and it outlives the erasure. Give a letter's number instead"
      return yield* refuse("namesPerson", why)
    }
    return person
  })

  const resolve = Effect.fnUntraced(function* (client: string) {
    const own = yield* directory.find("client", client)
    const others = yield* directory.findBy("crmIds", client)
    const [found, another] = new Set([...(own === null ? [] : [own]), ...others])
    if (another !== undefined) {
      const why =
        "Cannot tell whom this is about: several clients have this id, in one system or another. Name the pseudonym with --subject"
      return yield* refuse("severalClients", why)
    }
    if (found !== undefined) return found
    const why = "Cannot find this client: nothing is kept under the id. Check it, or name the pseudonym with --subject"
    return yield* refuse("unknownClient", why)
  })

  /** The key and details of somebody of whom something is kept. */
  const keptOf = Effect.fnUntraced(function* (request: SubjectRequest) {
    const key = yield* keys.stateOf(request.subject)
    const named = `Cannot look at "${request.subject}":`
    if (key === null) {
      return yield* refuse("unknownClient", `${named} nothing is kept under this pseudonym. Check the pseudonym`)
    }
    if (key.destroyed) return yield* refuse("erasedBefore", `${named} the person was erased. Check the pseudonym`)
    return { key, person: yield* detailsUnnamed(request) }
  })

  const copyOf = Effect.fnUntraced(function* (request: SubjectRequest) {
    const { subject } = request
    const { key, person } = yield* keptOf(request)
    const streams = (yield* keys.streamsOf(key.keyId)).map(({ stream }) => stream)
    yield* operations.record({ type: "SubjectExported", ...request, streams })
    const exportedAt = yield* Clock.currentTimeMillis
    const format = "mimika-subject-export-1"
    const head: ExportRecord = { record: "subject", format, subject, exportedAt, person, streams }
    /** A stream that was kept long enough is gone, with its key; the person's own key tells that it was not the person. */
    const unlessExpired = (error: SubjectErased) =>
      Stream.unwrap(
        Effect.map(keys.stateOf(subject), (now) => (now?.destroyed === true ? Stream.fail(error) : Stream.empty))
      )
    const commits = Stream.flatMap(Stream.fromIterable(streams), (stream) =>
      Stream.map(
        Stream.catchTag(store.read(stream), "SubjectErased", unlessExpired),
        ({ firstVersion, committedAt, events }): ExportRecord => {
          return { record: "commit", stream, firstVersion, committedAt, events }
        }
      )
    )
    return Stream.concat(Stream.make(head), commits)
  })

  /** Opens an erasure, or finds the one that is owed. */
  const request = Effect.fnUntraced(function* (asked: SubjectRequest, known: Erasure | undefined) {
    const { subject, actor, purpose } = asked
    const key = yield* keys.stateOf(subject)
    if (known !== undefined) return { keyId: key?.keyId ?? null, erasure: known.id }
    if (key === null) {
      const why = `Cannot erase "${subject}": nothing is kept under this pseudonym. Check it`
      return yield* refuse("unknownClient", why)
    }
    if (!key.destroyed) yield* detailsUnnamed(asked)
    const erasure = globalThis.crypto.randomUUID()
    yield* operations.record({ type: "SubjectErasureRequested", actor, purpose, erasure, subject })
    return { keyId: key.keyId, erasure }
  })

  const certify = Effect.fnUntraced(function* (
    act: { readonly actor: string; readonly erasure: string; readonly subject: string },
    keyId: string | null
  ) {
    const streams = keyId === null ? [] : yield* keys.streamsOf(keyId)
    const steps = (yield* erasures).bySubject.get(act.subject)!
    const keyIds = (yield* keys.stateOf(act.subject))?.keyIds ?? []
    const certificate = certificateOf(steps, keyIds, streams, yield* Clock.currentTimeMillis)
    const signature = notary.sign(certificate)
    yield* operations.record({ type: "SubjectErased", ...act, certificate, signature })
  })

  const eraseOne = Effect.fnUntraced(function* (asked: SubjectRequest) {
    const { subject, actor } = asked
    const known = (yield* erasures).bySubject.get(subject)
    if (known?.done === true) return proofOf(known, notary.publicKey)
    const { keyId, erasure } = yield* request(asked, known)
    const act = { actor, erasure, subject }

    const step = <A>(name: ErasureIncomplete["step"], work: Effect.Effect<A, { readonly message: string }>) =>
      Effect.catch(work, ({ message: why }) => {
        const failed = operations.record({ type: "SubjectErasureFailed", ...act, step: name, why })
        return Effect.andThen(Effect.ignore(failed), Effect.fail(new ErasureIncomplete({ subject, step: name, why })))
      })

    yield* step(
      "fence",
      Effect.flatMap(fence.raise(subject), (endedConferences) =>
        operations.record({ type: "SubjectFenced", ...act, endedConferences })
      )
    )
    // Barred before it is destroyed: what is cut short in between is destroyed at the next start.
    const { number: barNumber } = yield* step("bar", barList.bar(subject, keyId))
    const masterKeyReplaced = keys.replacesMasterKey
    yield* step(
      "destroy",
      Effect.andThen(
        keys.destroy(subject),
        operations.record({ type: "SubjectKeyDestroyed", ...act, keyId, barNumber, masterKeyReplaced })
      )
    )
    yield* step(
      "forget",
      Effect.andThen(directory.forget(subject), operations.record({ type: "SubjectForgotten", ...act }))
    )
    yield* step("certify", certify(act, keyId))
    yield* fence.lower(subject)
    return proofOf((yield* erasures).bySubject.get(subject)!, notary.publicKey)
  })

  /** What a restore brought back and must not have. */
  const enforceBars = Effect.fnUntraced(function* ({ barredCount }: Erasures) {
    const bars = yield* barList.bars
    if (bars.length < barredCount) {
      return yield* new StoreUnavailable({
        action: "start",
        why: `the bar list names ${bars.length} destroyed keys, the journal knows of ${barredCount}`,
        advice:
          "Put the current bar list back (bars/bars.jsonl in the data folder); without it erased people could return"
      })
    }
    let returned = 0
    for (const { subject } of bars) {
      const key = yield* keys.stateOf(subject)
      if (key?.destroyed !== true) {
        yield* keys.destroy(subject)
        returned += key === null ? 0 : 1
      }
      if (yield* directory.forget(subject)) returned += 1
    }
    if (returned > 0)
      yield* Effect.logWarning(
        "What the bar list forbids was there, from a restored copy or an erasure cut short; it was erased again",
        { returned }
      )
  })

  const settle = Effect.gen(function* () {
    const known = yield* erasures
    yield* enforceBars(known)
    const owed = [...known.bySubject.values()].filter(({ done }) => !done)
    for (const { subject, actor, purpose } of owed) {
      yield* Effect.catch(Effect.asVoid(erase({ subject, actor, purpose })), (error) =>
        Effect.logError("An erasure is owed and could not be finished", { subject, why: error.message })
      )
    }
    return owed.length
  })

  const erase = (asked: SubjectRequest) => turn.withPermit(eraseOne(asked))
  const detailsOf = (request: SubjectRequest) => Effect.map(keptOf(request), ({ person }) => person)
  return Subjects.of({ resolve, detailsOf, copyOf, erase, erasures, settle })
})

export class Subjects extends Context.Service<
  Subjects,
  {
    /** The pseudonym of a client by the platform's id, or by one of another system. */
    readonly resolve: (client: string) => Effect.Effect<string, SubjectRefused | StoreUnavailable>
    /** Who somebody is of whom something is kept; whoever shows it has recorded that look before, for this reason. */
    readonly detailsOf: (
      request: SubjectRequest
    ) => Effect.Effect<({ readonly externalId: string } & PersonDetails) | null, SubjectRefused | StoreUnavailable>
    /** Everything kept of a subject. That it was handed out is durable before the first record leaves. */
    readonly copyOf: (
      request: SubjectRequest
    ) => Effect.Effect<
      Stream.Stream<ExportRecord, ReadFailed | SubjectErased>,
      SubjectRefused | StoreUnavailable | OperationNotRecorded
    >
    /** Erases, or goes on with the erasure that is owed; for somebody erased already, the proof again. */
    readonly erase: (request: SubjectRequest) => Effect.Effect<ErasureProof, ErasureFailed>
    /** Every erasure that was asked for, done or owed. */
    readonly erasures: Effect.Effect<Erasures, ReadFailed | SubjectErased>
    /** At start, before any conference: destroys what a restore brought back, and finishes what is owed; answers how many were. */
    readonly settle: Effect.Effect<number, ReadFailed | SubjectErased>
  }
>()("actors/Subjects") {
  static readonly layer = Layer.effect(Subjects, make)
}
