/**
 * The operator's door on the server's own address: exports and erasures for the command line while the server holds the
 * journal. POST only, with a token from a file that only the server's user may read; browsers are turned away. Refused
 * attempts are recorded.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto"
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Schema, Stream } from "effect"
import type { operatorWishes } from "../../actors/doors.ts"
import { Operations } from "../../actors/operations.ts"
import { Retention } from "../../actors/retention.ts"
import { Subjects } from "../../actors/subjects.ts"
import { SigningIn } from "../access/access.ts"
import { AccountWish, grantAccount } from "../access/account-wishes.ts"
import { makeRateLimiter, operatorRate } from "../security/rate-limit.ts"
import { grantRetention, RetentionWish } from "../subjects/retention-wishes.ts"

export const adminTokenFile = (dataFolder: string) => join(dataFolder, "admin-token")
/** Where a running server says its door is; gone when it stops. */
export const adminUrlFile = (dataFolder: string) => join(dataFolder, "admin-url")

/** A person by the platform's id or by pseudonym, and who asks for what reason. */
export const AdminRequest = Schema.Struct({
  client: Schema.optionalKey(Schema.String),
  subject: Schema.optionalKey(Schema.String),
  actor: Schema.String,
  purpose: Schema.String
})
export type AdminRequest = typeof AdminRequest.Type

/** A backup that was written and read back, to be put on record before anybody may use it. */
export const BackupReport = Schema.Struct({
  actor: Schema.String,
  purpose: Schema.String,
  holds: Schema.Literals(["journal", "keys"]),
  /** SHA-256 of the file. */
  sha256: Schema.String
})
export type BackupReport = typeof BackupReport.Type

/** Something of the journal that is about to be shown elsewhere on this machine. */
export const ReadReport = Schema.Struct({ actor: Schema.String, purpose: Schema.String, what: Schema.String })
export type ReadReport = typeof ReadReport.Type

const who = { actor: Schema.String, purpose: Schema.String }
/** What an operator asks of the edges; every answer is what they are then. */
export const EdgesWish = Schema.Union([
  Schema.Struct({ wish: Schema.Literal("list") }),
  Schema.Struct({ wish: Schema.Literal("add"), ...who }),
  Schema.Struct({ wish: Schema.Literal("drain"), edge: Schema.String, ...who })
])
export type EdgesWish = typeof EdgesWish.Type

type Wish = keyof typeof operatorWishes

/** What the door needs of the edges. */
export interface EdgesAtTheDoor {
  readonly list: () => readonly object[]
  readonly add: () => Promise<unknown>
  /** A string says why not. */
  readonly drain: (edge: string) => string | null
}

const ask = (edges: EdgesAtTheDoor, wish: EdgesWish) =>
  Effect.tryPromise({
    async try() {
      if (wish.wish === "add") await edges.add()
      const refused = wish.wish === "drain" ? edges.drain(wish.edge) : null
      if (refused !== null) throw new Error(refused)
      return edges.list()
    },
    catch: (error) => error as Error
  })

/** Answers every request under `/admin/`, and null for all others. */
export const adminDoor = Effect.fnUntraced(function* (
  dataFolder: string,
  metrics: () => Promise<string>,
  edges: EdgesAtTheDoor,
  consoleUrl: () => string | null
) {
  const subjects = yield* Subjects
  const operations = yield* Operations
  const retention = yield* Retention
  const signingIn = yield* SigningIn
  const run = Effect.runPromiseWith(yield* Effect.context<never>())
  const expected = digestOf(yield* Effect.sync(() => tokenIn(dataFolder)))

  const asked = makeRateLimiter(operatorRate)
  const refused = (address: string) =>
    Effect.as(
      operations.refused("admin", "wrong token", address),
      answer(401, { error: `Cannot open this door: the token is wrong. It is in ${adminTokenFile("<data>")}` })
    )
  const tooMany = (address: string, waitMs: number) =>
    Effect.as(
      operations.refused("admin", "too many requests from one address", address),
      answer(
        429,
        { error: `Cannot answer so many requests. Try again in ${waitMs} ms`, retryAfterMs: waitMs },
        { "retry-after": `${Math.ceil(waitMs / 1000)}` }
      )
    )

  const subjectOf = ({ client, subject }: AdminRequest) =>
    subject !== undefined ? Effect.succeed(subject) : subjects.resolve(client ?? "")

  const copy = Effect.fnUntraced(function* (request: AdminRequest) {
    const { actor, purpose } = request
    const records = yield* subjects.copyOf({ subject: yield* subjectOf(request), actor, purpose })
    const lines = Stream.map(records, (record) => new TextEncoder().encode(`${JSON.stringify(record)}\n`))
    return new Response(Stream.toReadableStream(lines), { headers: { "content-type": "application/x-ndjson" } })
  })
  const erase = Effect.fnUntraced(function* (request: AdminRequest) {
    const { actor, purpose } = request
    return answer(200, yield* subjects.erase({ subject: yield* subjectOf(request), actor, purpose }))
  })

  const read = <S extends Schema.Top & { readonly DecodingServices: never }>(schema: S, text: string) =>
    Schema.decodeUnknownEffect(Schema.fromJsonString(schema))(text)

  /** What there is to ask; what each takes, the table of doors says. */
  const wishes: Readonly<Record<Wish, (text: string) => Effect.Effect<Response, { readonly message: string }>>> = {
    "/admin/hello": () => Effect.succeed(answer(200, {})),
    "/admin/metrics": () => Effect.map(Effect.promise(metrics), (text) => new Response(text)),
    "/admin/edges": Effect.fnUntraced(function* (text) {
      const wish = yield* read(EdgesWish, text)
      if (wish.wish === "list") return answer(200, yield* ask(edges, wish))
      const { wish: order, ...more } = wish
      return answer(200, yield* operations.recorded({ type: "EdgesOrdered", order, ...more }, ask(edges, wish)))
    }),
    "/admin/accounts": Effect.fnUntraced(function* (text) {
      return answer(200, yield* grantAccount(yield* read(AccountWish, text), signingIn, consoleUrl()))
    }),
    "/admin/backup": Effect.fnUntraced(function* (text) {
      yield* operations.record({ type: "BackupWritten", ...(yield* read(BackupReport, text)) })
      return answer(200, {})
    }),
    "/admin/read": Effect.fnUntraced(function* (text) {
      yield* operations.record({ type: "PersonalDataRead", ...(yield* read(ReadReport, text)) })
      return answer(200, {})
    }),
    "/admin/retention": Effect.fnUntraced(function* (text) {
      const granted = grantRetention(yield* read(RetentionWish, text))
      return answer(200, yield* Effect.provideService(granted, Retention, retention))
    }),
    "/admin/subject/export": (text) => Effect.flatMap(read(AdminRequest, text), copy),
    "/admin/subject/erase": (text) => Effect.flatMap(read(AdminRequest, text), erase)
  }
  const isWish = (path: string): path is Wish => Object.hasOwn(wishes, path)

  return async (request: Request, address: string): Promise<Response | null> => {
    const { pathname } = new URL(request.url)
    if (!pathname.startsWith("/admin/")) return null
    if (request.method !== "POST" || request.headers.has("origin")) {
      return answer(405, {
        error: "Cannot open this door in a browser. Use the mimika command on the server's machine"
      })
    }
    const waitMs = asked.waitMs(address, performance.now())
    if (waitMs > 0) return run(tooMany(address, waitMs))
    const token = request.headers.get("authorization")?.replace(/^Bearer /, "") ?? ""
    if (!timingSafeEqual(digestOf(token), expected)) return run(refused(address))
    const text = await request.text()
    if (!isWish(pathname)) return answer(404, { error: `Cannot do "${pathname}": there is no such wish` })
    const failed = ({ message }: { readonly message: string }) => Effect.succeed(answer(409, { error: message }))
    return run(Effect.catch(wishes[pathname](text), failed))
  }
})

/** Says where the door is for as long as the scope lives. */
export const announceAdminDoor = (dataFolder: string, url: string) =>
  Effect.acquireRelease(
    Effect.sync(() => writeFileSync(adminUrlFile(dataFolder), `${url}\n`, { mode: 0o600 })),
    () => Effect.sync(() => rmSync(adminUrlFile(dataFolder), { force: true }))
  )

const answer = (status: number, body: object, headers: Readonly<Record<string, string>> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } })

const digestOf = (token: string) => createHash("sha256").update(token).digest()

/** Made at first start with mode 0600. */
function tokenIn(dataFolder: string): string {
  const file = adminTokenFile(dataFolder)
  if (!existsSync(file)) {
    writeFileSync(file, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flush: true })
  }
  return readFileSync(file, "utf8").trim()
}
