/**
 * Who is signed in on which device, in `<data>/sessions.sqlite`: tokens as hashes, with an idle and an absolute limit; and which devices
 * have signed in before. Losing the file signs everybody out and makes all devices new, and nothing else. It knows no password and no
 * role.
 */
import { createHash, randomBytes, randomUUID } from "node:crypto"
import { join } from "node:path"
import { inTransaction, openForWriting } from "../journal/sqlite.ts"

/** A manager's longest talk with a client, and a pause; OWASP ASVS 5 (7.3) asks for a documented idle limit. */
export const idleMsMax = 60 * 60_000
/** A working day: everybody signs in each morning. */
export const absoluteMsMax = 12 * 60 * 60_000
/** How exactly last use is kept, in milliseconds: a write a minute and person is nothing. */
const seenEveryMs = 60_000
/** How long a device stays known, in milliseconds: as long as its cookie. */
export const deviceMsMax = 365 * 24 * 60 * 60_000
/** Of one account: a desk, a laptop, a phone, and what replaced them. The one seen longest ago is forgotten. */
const devicesMax = 20

export type Factor = "totp" | "recovery" | "passkey" | "directory"

export interface Session {
  readonly id: string
  readonly account: string
  readonly startedAt: number
  readonly seenAt: number
  readonly endsAt: number
  readonly factor: Factor
  /** Browser and system in a few words. */
  readonly device: string
  readonly address: string
}

const schema = `
  CREATE TABLE IF NOT EXISTS sessions (
    token_hash BLOB PRIMARY KEY, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, started_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL, ends_at INTEGER NOT NULL, factor TEXT NOT NULL, device TEXT NOT NULL, address TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS sessions_of_account ON sessions (account);
  CREATE TABLE IF NOT EXISTS devices (
    hash BLOB NOT NULL, account TEXT NOT NULL, seen_at INTEGER NOT NULL, PRIMARY KEY (account, hash)
  ) STRICT;`

export const hashOf = (secret: string): Uint8Array => createHash("sha256").update(secret).digest()

export type Sessions = ReturnType<typeof openSessions>

export function openSessions(dataFolder: string) {
  const database = openForWriting(join(dataFolder, "sessions.sqlite"), "DELETE")
  database.exec(`PRAGMA secure_delete = ON; ${schema}`)
  const sessionOf = (row: Record<string, unknown>): Session => ({
    id: String(row.id),
    account: String(row.account),
    startedAt: Number(row.started_at),
    seenAt: Number(row.seen_at),
    endsAt: Number(row.ends_at),
    factor: row.factor as Factor,
    device: String(row.device),
    address: String(row.address)
  })
  const alive = "ends_at > ? AND seen_at > ?"

  return {
    /** Answers the token, which is kept nowhere. */
    start(given: Pick<Session, "account" | "factor" | "device" | "address">, now: number): string {
      const token = randomBytes(32).toString("base64url")
      database.prepare("DELETE FROM sessions WHERE NOT (ends_at > ? AND seen_at > ?)").run(now, now - idleMsMax)
      database
        .prepare("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .run(
          hashOf(token),
          randomUUID(),
          given.account,
          now,
          now,
          now + absoluteMsMax,
          given.factor,
          given.device,
          given.address
        )
      return token
    },
    /** A browser from which somebody has signed in to the account, by its secret. */
    know(account: string, device: string, now: number): void {
      const oldest = "SELECT hash FROM devices WHERE account = ? ORDER BY seen_at DESC LIMIT -1 OFFSET ?"
      inTransaction(database, () => {
        database.prepare("INSERT OR REPLACE INTO devices VALUES (?, ?, ?)").run(hashOf(device), account, now)
        database
          .prepare(`DELETE FROM devices WHERE account = ? AND hash IN (${oldest})`)
          .run(account, account, devicesMax)
      })
    },
    knows: (account: string, device: string, now: number): boolean =>
      database
        .prepare("SELECT 1 FROM devices WHERE account = ? AND hash = ? AND seen_at > ?")
        .get(account, hashOf(device), now - deviceMsMax) !== undefined,
    /** The session of a token while it lasts; using it is being there. */
    use(token: string, now: number): Session | null {
      const row = database
        .prepare(`SELECT * FROM sessions WHERE token_hash = ? AND ${alive}`)
        .get(hashOf(token), now, now - idleMsMax)
      if (row === undefined) return null
      const session = sessionOf(row)
      if (now - session.seenAt >= seenEveryMs) {
        database.prepare("UPDATE sessions SET seen_at = ? WHERE id = ?").run(now, session.id)
      }
      return session
    },
    ofAccount: (account: string, now: number): readonly Session[] =>
      database
        .prepare(`SELECT * FROM sessions WHERE account = ? AND ${alive} ORDER BY started_at DESC`)
        .all(account, now, now - idleMsMax)
        .map(sessionOf),
    /** By its token, whoever's it is. */
    endToken: (token: string) => database.prepare("DELETE FROM sessions WHERE token_hash = ?").run(hashOf(token)),
    /** True when it was there. */
    end: (account: string, id: string): boolean =>
      Number(database.prepare("DELETE FROM sessions WHERE account = ? AND id = ?").run(account, id).changes) === 1,
    /** All of an account's, but for one. Answers how many. */
    endAll: (account: string, butFor = ""): number =>
      Number(database.prepare("DELETE FROM sessions WHERE account = ? AND id <> ?").run(account, butFor).changes),
    close: () => database.close()
  }
}
