/**
 * Links and visits of clients in `<data>/client-links.sqlite`: secrets as hashes, pseudonyms, and what was agreed to before a
 * conference, sealed under the client's key so that it goes with the client. It sends nothing.
 */
import { randomBytes } from "node:crypto"
import { join } from "node:path"
import { Clock, Effect, Layer } from "effect"
import { type AgreedConsent, ClientLinks, LinkRefused, type Visit } from "../../actors/client-links.ts"
import { AgreedBefore } from "../../actors/desk.ts"
import { StoreUnavailable } from "../../actors/event-store.ts"
import { inTransaction, openForWriting } from "../journal/sqlite.ts"
import { KeyStore } from "../keys/key-store.ts"
import { makeSealedBox } from "../keys/sealed-box.ts"
import { hashOf } from "./sessions.ts"

/** A link is sent the day before; weekends included. */
const linkMsMax = 3 * 24 * 3_600_000
/** The conference, and the evening after it, to look at one's data. */
const visitMsMax = 24 * 3_600_000
/** Reading the texts and deciding, without a second code. */
const provenMs = 30 * 60_000

const schema = `
  PRAGMA secure_delete = ON;
  CREATE TABLE IF NOT EXISTS links (
    hash BLOB PRIMARY KEY, meeting TEXT NOT NULL, subject TEXT NOT NULL, ends_at INTEGER NOT NULL, opened_at INTEGER
  ) STRICT;
  CREATE TABLE IF NOT EXISTS visits (
    hash BLOB PRIMARY KEY, meeting TEXT NOT NULL, subject TEXT NOT NULL, ends_at INTEGER NOT NULL,
    proven_until INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS agreed (meeting TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT;`

export const clientLinksFile = (dataFolder: string) => join(dataFolder, "client-links.sqlite")

export const sqliteClientLinks = (dataFolder: string) =>
  Layer.effect(
    ClientLinks,
    Effect.gen(function* () {
      const keys = yield* KeyStore
      const path = clientLinksFile(dataFolder)
      const database = yield* Effect.acquireRelease(
        Effect.sync(() => openForWriting(path, "DELETE")),
        (opened) => Effect.sync(() => opened.close())
      )
      database.exec(schema)
      const box = makeSealedBox(keys, "agreed before")
      const attempt = <A>(action: string, steps: (now: number) => A) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          Effect.andThen(
            keys.refresh(),
            Effect.try({
              try: () => steps(now),
              catch: (error) =>
                new StoreUnavailable({
                  action,
                  why: (error as Error).message,
                  advice: `Check the file "${path}" and the disk`
                })
            })
          )
        )

      const tidy = (now: number) => {
        database.prepare("DELETE FROM links WHERE ends_at < ?").run(now - linkMsMax)
        database.prepare("DELETE FROM visits WHERE ends_at < ?").run(now)
      }
      const opened = (token: string, now: number): string | "linkUsed" | "linkOver" =>
        inTransaction(database, () => {
          const link = database.prepare("SELECT * FROM links WHERE hash = ?").get(hashOf(token))
          if (link === undefined || Number(link.ends_at) < now) return "linkOver"
          if (link.opened_at !== null) return "linkUsed"
          database.prepare("UPDATE links SET opened_at = ? WHERE hash = ?").run(now, hashOf(token))
          const secret = randomBytes(32).toString("base64url")
          database
            .prepare("INSERT INTO visits VALUES (?, ?, ?, ?, 0)")
            .run(hashOf(secret), String(link.meeting), String(link.subject), Number(link.ends_at) + visitMsMax)
          return secret
        })
      const refusals = {
        linkUsed:
          "Cannot open the link: it was opened before, and binds to that browser. Ask the manager for a new one",
        linkOver: "Cannot open the link: it ran out or was replaced. Ask the manager for a new one"
      } as const

      return ClientLinks.of({
        invite: ({ id, subject }, base) =>
          attempt("make a client's link", (now) => {
            tidy(now)
            const token = randomBytes(24).toString("base64url")
            const expiresAt = now + linkMsMax
            inTransaction(database, () => {
              database.prepare("DELETE FROM links WHERE meeting = ? AND opened_at IS NULL").run(id)
              database.prepare("INSERT INTO links VALUES (?, ?, ?, ?, NULL)").run(hashOf(token), id, subject, expiresAt)
            })
            // Behind the #: programs that look at links to preview them open nothing.
            return { url: `${base}/c#${token}`, expiresAt }
          }),
        open: (token) =>
          Effect.flatMap(
            attempt("open a client's link", (now) => opened(token, now)),
            (answer) =>
              answer === "linkUsed" || answer === "linkOver"
                ? Effect.fail(new LinkRefused({ reason: answer, why: refusals[answer] }))
                : Effect.succeed(answer)
          ),
        visitOf: (secret) =>
          secret === null
            ? Effect.succeed(null)
            : attempt("look a visit up", (now) => {
                const row = database
                  .prepare("SELECT * FROM visits WHERE hash = ? AND ends_at > ?")
                  .get(hashOf(secret), now)
                if (row === undefined) return null
                const visit: Visit = {
                  meeting: String(row.meeting),
                  subject: String(row.subject),
                  provenUntil: Number(row.proven_until),
                  endsAt: Number(row.ends_at)
                }
                return visit
              }),
        prove: (secret) =>
          attempt("remember a proven visit", (now) => {
            database.prepare("UPDATE visits SET proven_until = ? WHERE hash = ?").run(now + provenMs, hashOf(secret))
          }),
        keepAgreed: (meeting, subject, agreed) =>
          attempt("keep what was agreed to", () => {
            const sealed = box.seal({ kind: "subject", subject }, meeting, Buffer.from(JSON.stringify(agreed)))
            if (sealed === null) throw new Error("the client was erased")
            database.prepare("INSERT OR REPLACE INTO agreed VALUES (?, ?)").run(meeting, sealed)
          }),
        agreedOf: (meeting) =>
          attempt("read what was agreed to", () => {
            const row = database.prepare("SELECT sealed FROM agreed WHERE meeting = ?").get(meeting)
            const plain = row === undefined ? null : box.open(meeting, row.sealed as Uint8Array)
            return plain === null ? [] : (JSON.parse(Buffer.from(plain).toString()) as readonly AgreedConsent[])
          })
      })
    })
  )

/** For the manager's list: what the client decided before the conference. */
export const agreedBefore = Layer.effect(
  AgreedBefore,
  Effect.map(ClientLinks, ({ agreedOf }) =>
    AgreedBefore.of({
      stateOf: (call) =>
        Effect.map(
          Effect.orElseSucceed(agreedOf(call), (): readonly AgreedConsent[] => []),
          (agreed) => {
            const own = agreed.filter(({ consent }) => consent.purposes.includes("expressionAnalysis"))
            if (own.some(({ withdrawn }) => !withdrawn)) return "given"
            return own.length > 0 ? "withdrawn" : "missing"
          }
        )
    })
  )
)
