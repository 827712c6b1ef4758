/**
 * The bank's people who may sign in, in `<data>/accounts.sqlite`: who they are (sealed), their roles, their factors (sealed or
 * hashed), whom of the bank's directory they are, and whether their security briefing is on record. It decides nothing and knows no request: `sign-in.ts` does.
 */
import { randomBytes, randomUUID } from "node:crypto"
import { join } from "node:path"
import { type Role, roles } from "../../actors/access.ts"
import { inTransaction, openForWriting } from "../journal/sqlite.ts"
import type { KeyStore } from "../keys/key-store.ts"
import { fingerprintOf, makeSealedBox } from "../keys/sealed-box.ts"

export interface Account {
  /** Random; what the journal of operations names. */
  readonly id: string
  /** What the person signs in with: the bank's own id or mail address. */
  readonly login: string
  readonly name: string
  readonly roles: readonly Role[]
  readonly team: string | null
  readonly createdAt: number
  /** When the security briefing was held and by whom; null: not on record, so nobody signs in. */
  readonly briefing: { readonly at: number; readonly by: string } | null
  readonly disabledAt: number | null
  /** Enrolled: has a password and a second factor, or a passkey. */
  readonly enrolled: boolean
  readonly hasPassword: boolean
  readonly hasTotp: boolean
  readonly passkeyCount: number
  readonly recoveryCodesLeft: number
}

export interface Passkey {
  /** Of the credential, base64url. */
  readonly id: string
  readonly publicKey: Uint8Array<ArrayBuffer>
  readonly counter: number
  readonly label: string
  readonly addedAt: number
}

interface Row {
  readonly id: string
  readonly sealed: Uint8Array
  readonly roles: string
  readonly team: string | null
  readonly created_at: number
  readonly briefed_at: number | null
  readonly briefed_by: string | null
  readonly disabled_at: number | null
  readonly password_hash: string | null
  readonly totp_sealed: Uint8Array | null
  readonly totp_step: number
  readonly passkeys: number
  readonly codes: number
}

const schema = `
  CREATE TABLE IF NOT EXISTS accounts (
    id TEXT PRIMARY KEY, login_print BLOB NOT NULL UNIQUE, sealed BLOB NOT NULL, roles TEXT NOT NULL, team TEXT,
    created_at INTEGER NOT NULL, briefed_at INTEGER, briefed_by TEXT, disabled_at INTEGER,
    password_hash TEXT, totp_sealed BLOB, totp_step INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE IF NOT EXISTS passkeys (
    id TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE, public_key BLOB NOT NULL,
    counter INTEGER NOT NULL, label TEXT NOT NULL, added_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS recovery_codes (
    hash BLOB PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE
  ) STRICT;
  CREATE TABLE IF NOT EXISTS enrolments (
    hash BLOB PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE, ends_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS directory_links (
    print BLOB PRIMARY KEY, account TEXT NOT NULL UNIQUE REFERENCES accounts ON DELETE CASCADE, sealed BLOB NOT NULL
  ) STRICT;`

const select = `
  SELECT a.*, (SELECT count(*) FROM passkeys p WHERE p.account = a.id) AS passkeys,
    (SELECT count(*) FROM recovery_codes r WHERE r.account = a.id) AS codes FROM accounts a`

const scope = { kind: "staff" } as const
/** Before what is sealed in a column that held clear text once. */
const sealedMark = "sealed "

export type Accounts = ReturnType<typeof openAccounts>

/** Opens or makes the file. Case and spaces tell no two logins apart. */
export function openAccounts(dataFolder: string, keys: KeyStore["Service"]) {
  const database = openForWriting(join(dataFolder, "accounts.sqlite"), "DELETE")
  database.exec(`PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON; ${schema}`)
  const box = makeSealedBox(keys, "account")
  const printOf = (login: string) => required(fingerprintOf(keys, "account login", login.trim().toLowerCase()))
  const subjectPrintOf = (issuer: string, subject: string) =>
    required(fingerprintOf(keys, "directory subject", JSON.stringify([issuer, subject])))
  const seal = (place: string, plain: Uint8Array | string) => required(box.seal(scope, place, Buffer.from(plain)))
  const open = (place: string, sealed: Uint8Array) => required(box.open(place, sealed))
  const change = (sql: string, ...given: (string | number | null | Uint8Array)[]) =>
    Number(database.prepare(sql).run(...given).changes)

  /** Who briefed somebody is a name too. Rows of earlier versions have it in clear, until they are opened here. */
  const sealName = (id: string, name: string) =>
    sealedMark + Buffer.from(seal(`${id} briefing`, name)).toString("base64")
  const nameIn = (id: string, kept: string) =>
    kept.startsWith(sealedMark)
      ? Buffer.from(open(`${id} briefing`, Buffer.from(kept.slice(sealedMark.length), "base64"))).toString()
      : kept
  for (const { id, briefed_by: kept } of database.prepare("SELECT id, briefed_by FROM accounts").all()) {
    if (kept === null || String(kept).startsWith(sealedMark)) continue
    change("UPDATE accounts SET briefed_by = ? WHERE id = ?", sealName(String(id), String(kept)), String(id))
  }

  const accountOf = (row: Row): Account => {
    const { login, name } = JSON.parse(Buffer.from(open(row.id, row.sealed)).toString()) as Account
    return {
      id: row.id,
      login,
      name,
      roles: (JSON.parse(row.roles) as Role[]).filter((role) => roles.includes(role)),
      team: row.team,
      createdAt: row.created_at,
      briefing: row.briefed_at === null ? null : { at: row.briefed_at, by: nameIn(row.id, row.briefed_by ?? "") },
      disabledAt: row.disabled_at,
      enrolled: (row.password_hash !== null && row.totp_sealed !== null) || row.passkeys > 0,
      hasPassword: row.password_hash !== null,
      hasTotp: row.totp_sealed !== null,
      passkeyCount: row.passkeys,
      recoveryCodesLeft: row.codes
    }
  }
  const rowOf = (id: string) => database.prepare(`${select} WHERE a.id = ?`).get(id) as Row | undefined
  const orNull = (row: unknown) => (row === undefined ? null : accountOf(row as Row))

  return {
    list: () => (database.prepare(`${select} ORDER BY a.created_at, a.id`).all() as unknown as Row[]).map(accountOf),
    find: (id: string) => orNull(rowOf(id)),
    findByLogin: (login: string) => orNull(database.prepare(`${select} WHERE a.login_print = ?`).get(printOf(login))),

    /** Throws when the login is taken. */
    add(given: { login: string; name: string; roles: readonly Role[]; team: string | null; at: number }): Account {
      const id = randomUUID()
      const details = JSON.stringify({ login: given.login.trim(), name: given.name.trim() })
      change(
        "INSERT INTO accounts (id, login_print, sealed, roles, team, created_at) VALUES (?, ?, ?, ?, ?, ?)",
        id,
        printOf(given.login),
        seal(id, details),
        JSON.stringify(given.roles),
        given.team,
        given.at
      )
      return required(orNull(rowOf(id)))
    },
    setRoles: (id: string, given: readonly Role[], team: string | null) =>
      change("UPDATE accounts SET roles = ?, team = ? WHERE id = ?", JSON.stringify(given), team, id),
    brief: (id: string, at: number, by: string) =>
      change("UPDATE accounts SET briefed_at = ?, briefed_by = ? WHERE id = ?", at, sealName(id, by), id),
    setDisabled: (id: string, at: number | null) => change("UPDATE accounts SET disabled_at = ? WHERE id = ?", at, id),

    passwordHashOf: (id: string) => rowOf(id)?.password_hash ?? null,
    setPassword: (id: string, hash: string) => change("UPDATE accounts SET password_hash = ? WHERE id = ?", hash, id),

    totpSecretOf(id: string): Uint8Array | null {
      const sealed = rowOf(id)?.totp_sealed ?? null
      return sealed === null ? null : open(`${id} totp`, sealed)
    },
    setTotp: (id: string, secret: Uint8Array) =>
      change("UPDATE accounts SET totp_sealed = ?, totp_step = 0 WHERE id = ?", seal(`${id} totp`, secret), id),
    /** False: this step, or a later one, was used before. */
    useTotpStep: (id: string, step: number) =>
      change("UPDATE accounts SET totp_step = ? WHERE id = ? AND totp_step < ?", step, id, step) === 1,

    setRecoveryCodes: (id: string, hashes: readonly Uint8Array[]) =>
      inTransaction(database, () => {
        change("DELETE FROM recovery_codes WHERE account = ?", id)
        for (const hash of hashes) change("INSERT INTO recovery_codes (hash, account) VALUES (?, ?)", hash, id)
      }),
    /** True once for each code. */
    useRecoveryCode: (id: string, hash: Uint8Array) =>
      change("DELETE FROM recovery_codes WHERE account = ? AND hash = ?", id, hash) === 1,

    passkeysOf: (id: string): readonly Passkey[] =>
      database
        .prepare("SELECT * FROM passkeys WHERE account = ? ORDER BY added_at")
        .all(id)
        .map((row) => ({
          id: String(row.id),
          publicKey: new Uint8Array(row.public_key as Uint8Array),
          counter: Number(row.counter),
          label: String(row.label),
          addedAt: Number(row.added_at)
        })),
    ownerOfPasskey: (passkey: string) => {
      const row = database.prepare("SELECT account FROM passkeys WHERE id = ?").get(passkey)
      return row === undefined ? null : String(row.account)
    },
    addPasskey: (id: string, { id: passkey, publicKey, counter, label, addedAt }: Passkey) =>
      change("INSERT INTO passkeys VALUES (?, ?, ?, ?, ?, ?)", passkey, id, publicKey, counter, label, addedAt),
    countPasskey: (passkey: string, counter: number) =>
      change("UPDATE passkeys SET counter = ? WHERE id = ?", counter, passkey),
    removePasskey: (id: string, passkey: string) =>
      change("DELETE FROM passkeys WHERE account = ? AND id = ?", id, passkey) === 1,

    /** The person of a directory whom the account belongs to; null: of this directory, none. */
    subjectOf(id: string, issuer: string): string | null {
      const row = database.prepare("SELECT sealed FROM directory_links WHERE account = ?").get(id)
      if (row === undefined) return null
      const linked = JSON.parse(Buffer.from(open(`${id} subject`, row.sealed as Uint8Array)).toString())
      return linked.issuer === issuer ? linked.subject : null
    },
    ownerOfSubject(issuer: string, subject: string): string | null {
      const print = subjectPrintOf(issuer, subject)
      const row = database.prepare("SELECT account FROM directory_links WHERE print = ?").get(print)
      return row === undefined ? null : String(row.account)
    },
    /** In place of an earlier one; null takes it away. Throws when another account has this subject. */
    setSubject: (id: string, issuer: string, subject: string | null) =>
      inTransaction(database, () => {
        change("DELETE FROM directory_links WHERE account = ?", id)
        if (subject === null) return
        const sealed = seal(`${id} subject`, JSON.stringify({ issuer, subject }))
        change("INSERT INTO directory_links VALUES (?, ?, ?)", subjectPrintOf(issuer, subject), id, sealed)
      }),

    /** A link that enrols once; earlier ones of the account stop working. Answers its secret. */
    openEnrolment(id: string, endsAt: number, hashOf: (secret: string) => Uint8Array): string {
      const secret = randomBytes(32).toString("base64url")
      change("DELETE FROM enrolments WHERE account = ?", id)
      change("INSERT INTO enrolments VALUES (?, ?, ?)", hashOf(secret), id, endsAt)
      return secret
    },
    enrolmentOf(hash: Uint8Array, now: number): Account | null {
      const row = database.prepare("SELECT account FROM enrolments WHERE hash = ? AND ends_at > ?").get(hash, now)
      return row === undefined ? null : orNull(rowOf(String(row.account)))
    },
    /** True once. */
    closeEnrolment: (hash: Uint8Array) => change("DELETE FROM enrolments WHERE hash = ?", hash) === 1,
    close: () => database.close()
  }
}

function required<A>(value: A | null): A {
  if (value === null)
    throw new Error("the data key of the staff was destroyed, or the accounts' file is another server's")
  return value
}
