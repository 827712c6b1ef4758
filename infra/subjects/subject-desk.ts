/**
 * Where the command line brings a wish about a person: to the running server's admin door, or, when none runs on the
 * data folder, to the stores themselves. Both are the same code behind; nothing is tried twice in two places.
 */
import { existsSync, readFileSync } from "node:fs"
import { request as httpsRequest } from "node:https"
import { join } from "node:path"
import type { Readable } from "node:stream"
import { Context, Effect, Layer, Stream } from "effect"
import type { ErasureProof } from "../../actors/certificate.ts"
import { Operations } from "../../actors/operations.ts"
import { type ExportRecord, Subjects } from "../../actors/subjects.ts"
import {
  type AdminRequest,
  adminTokenFile,
  adminUrlFile,
  type BackupReport,
  type ReadReport
} from "../gateway/admin-door.ts"
import { journalAt } from "../journal/journal.ts"
import { sqliteDirectory } from "../keys/directory-sqlite.ts"
import { grantRetention, type RetentionAnswer, type RetentionWish } from "./retention-wishes.ts"
import { fenceAt } from "./shared-fence.ts"
import { noConferences, subjectsIn } from "./subject-stores.ts"

/** Answers end here only; a longer line than this is none of ours: the largest commit, written as JSON. */
const lineCharactersMax = 256 * 1024 * 1024

export interface SubjectDesk {
  readonly copyOf: (request: AdminRequest) => Stream.Stream<ExportRecord, Error>
  readonly erase: (request: AdminRequest) => Effect.Effect<ErasureProof, Error>
  readonly recordBackup: (report: BackupReport) => Effect.Effect<void, Error>
  readonly retention: (wish: RetentionWish) => Effect.Effect<RetentionAnswer, Error>
  /** Done when it is durable; only then may the data be shown. */
  readonly recordRead: (report: ReadReport) => Effect.Effect<void, Error>
}

export interface DeskPlace {
  readonly data: string
  readonly journal?: string | undefined
}

/** In the calling scope: the running server's desk, or one of our own. */
export const openDesk = Effect.fnUntraced(function* ({ data, journal }: DeskPlace) {
  if (existsSync(adminUrlFile(data))) {
    const post = doorOf(data)
    const reached = yield* Effect.tryPromise({ try: () => greet(post), catch: notReached(data) })
    if (reached) return remoteDesk(post)
  }
  if (journal === undefined && !existsSync(join(data, "journal.sqlite"))) {
    const why = `Cannot open the journal in "${data}": there is none. Name the server's folder with --data`
    return yield* Effect.fail(new Error(why))
  }
  const context = yield* Layer.build(storesAt({ data, journal }))
  const subjects = Context.get(context, Subjects)
  yield* subjects.settle
  const retention = (wish: RetentionWish) => Effect.provide(grantRetention(wish), context)
  return directDesk(subjects, Context.get(context, Operations), retention)
})

/** The stores of a data folder on which no server runs. */
export const storesAt = ({ data, journal }: DeskPlace) =>
  subjectsIn(data).pipe(
    Layer.provide(fenceAt(journal, noConferences, false)),
    Layer.provide(sqliteDirectory(data)),
    Layer.provideMerge(journalAt({ folder: data, url: journal }))
  )

function directDesk(
  subjects: Subjects["Service"],
  operations: Operations["Service"],
  retention: SubjectDesk["retention"]
): SubjectDesk {
  const asked = ({ client, subject, actor, purpose }: AdminRequest) =>
    Effect.map(subject !== undefined ? Effect.succeed(subject) : subjects.resolve(client ?? ""), (found) => ({
      subject: found,
      actor,
      purpose
    }))
  return {
    copyOf: (request) => Stream.unwrap(Effect.flatMap(asked(request), subjects.copyOf)),
    erase: (request) => Effect.flatMap(asked(request), subjects.erase),
    retention,
    recordBackup: (report) => Effect.asVoid(operations.record({ type: "BackupWritten", ...report })),
    recordRead: (report) => Effect.asVoid(operations.record({ type: "PersonalDataRead", ...report }))
  }
}

/** The door answered, and said no. */
export class DoorRefused extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

type Post = (path: string, body: object) => Promise<Readable>

function remoteDesk(post: Post): SubjectDesk {
  const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)))
  const ask = (path: string, request: AdminRequest | BackupReport | ReadReport | RetentionWish) =>
    Effect.tryPromise({ try: () => post(path, request), catch: asError })
  return {
    copyOf: (request) =>
      Stream.unwrap(
        Effect.map(ask("/admin/subject/export", request), (body) =>
          Stream.map(Stream.fromAsyncIterable(linesOf(body), asError), (line) => JSON.parse(line) as ExportRecord)
        )
      ),
    erase: (request) =>
      Effect.flatMap(ask("/admin/subject/erase", request), (body) =>
        Effect.tryPromise({ try: async () => JSON.parse(await textOf(body)) as ErasureProof, catch: asError })
      ),
    retention: (wish) =>
      Effect.flatMap(ask("/admin/retention", wish), (body) =>
        Effect.tryPromise({ try: async () => JSON.parse(await textOf(body)) as RetentionAnswer, catch: asError })
      ),
    recordBackup: (report) => Effect.map(ask("/admin/backup", report), (body) => void body.resume()),
    recordRead: (report) => Effect.map(ask("/admin/read", report), (body) => void body.resume())
  }
}

/** Whether a server is there. One that was killed could not take its address away, and nobody answers at it. */
async function greet(post: Post): Promise<boolean> {
  try {
    const body = await post("/admin/hello", {})
    body.resume()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ECONNREFUSED") return false
    throw error
  }
}

const notReached = (dataFolder: string) => (error: unknown) =>
  new Error(
    `Cannot reach the server that "${adminUrlFile(dataFolder)}" names: ${(error as Error).message}. ` +
      "If no server runs on this folder, remove that file"
  )

/** Posts to the door that the data folder names, trusting the server's own certificate and no other. */
export function doorOf(dataFolder: string): Post {
  const url = readFileSync(adminUrlFile(dataFolder), "utf8").trim()
  const token = readFileSync(adminTokenFile(dataFolder), "utf8").trim()
  const ca = readFileSync(join(dataFolder, "tls", "tls-certificate.pem"))
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" }
  // The very certificate is known, so neither who issued it nor which name it is for says more.
  const trust = { ca, allowPartialTrustChain: true, checkServerIdentity: () => undefined }
  return (path, body) =>
    new Promise((resolve, reject) => {
      const sent = httpsRequest(new URL(path, url), { method: "POST", ...trust, headers }, (response) => {
        if (response.statusCode === 200) return resolve(response)
        textOf(response).then((text) => reject(new DoorRefused(response.statusCode ?? 0, errorIn(text))), reject)
      })
      sent.on("error", reject)
      sent.end(JSON.stringify(body))
    })
}

function errorIn(text: string): string {
  try {
    return String((JSON.parse(text) as { error: unknown }).error)
  } catch {
    return `Cannot understand the server's answer: ${text.slice(0, 200)}. Check that it is of this version`
  }
}

export async function textOf(body: Readable): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString("utf8")
}

async function* linesOf(body: Readable): AsyncGenerator<string> {
  body.setEncoding("utf8")
  let rest = ""
  for await (const chunk of body) {
    const parts = `${rest}${chunk}`.split("\n")
    rest = parts.pop() ?? ""
    if (rest.length > lineCharactersMax) throw new Error("Cannot read the server's answer: a line of it never ends")
    yield* parts
  }
  if (rest !== "") throw new Error("Cannot finish the copy: the server's answer broke off. Repeat the command")
}
