/**
 * The connection to PostgreSQL: who may be talked to in clear, which failures leave the outcome of a statement
 * unknown, and the journal's tables. It knows no commit.
 */
import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import { isIP } from "node:net"
import { checkServerIdentity, type PeerCertificate } from "node:tls"
import postgres from "postgres"

export type Sql = postgres.Sql

/** Connections of one process: appends go one after the other, readers and followers beside them. */
const connectionsMax = 8
const connectSecondsMax = 5
/** No statement of the journal runs longer, in milliseconds; the largest is a page of 512 commits. */
const statementMsMax = 30_000

/** The layout's advisory lock: "mimika" as a number, the same in every version. */
const layoutLock = "1201910341"
const layoutVersion = 1

/**
 * `xid` and `position` are the global order: rows below `pg_snapshot_xmin` can no longer get company from a
 * transaction still open. Payloads are ciphertext, so they are never compressed.
 */
const layout = `
  CREATE TABLE mimika.store (id uuid NOT NULL, layout_version integer NOT NULL);
  CREATE TABLE mimika.streams (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE
  );
  CREATE TABLE mimika.commits (
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    position bigint GENERATED ALWAYS AS IDENTITY,
    committed_at bigint NOT NULL,
    stream_id integer NOT NULL,
    first_version integer NOT NULL,
    event_count integer NOT NULL,
    command_id bytea NOT NULL,
    sealed bytea STORAGE EXTERNAL NOT NULL,
    PRIMARY KEY (xid, position)
  );
  CREATE UNIQUE INDEX commits_in_stream ON mimika.commits (stream_id, first_version);
  CREATE UNIQUE INDEX commits_by_command ON mimika.commits (stream_id, command_id);`

/** PostgreSQL's number for an array of byte strings. Without it the client takes one for a single byte string. */
export const byteaArrayType = 1001

const arrayOf =
  <Item>(write: (item: Item) => string) =>
  (items: readonly Item[]) =>
    `{${items.map(write).join(",")}}`
const never = { from: [], parse: (text: string) => text }

/**
 * The arrays that the journal sends. The client could ask the server for them on each new connection, but a connection
 * that is lost in that very moment then rejects a promise that nobody holds, which ends the process.
 */
const arrayTypes = {
  integers: { ...never, to: 1007, serialize: arrayOf<number>(String) },
  bigIntegers: { ...never, to: 1016, serialize: arrayOf<number>(String) },
  texts: { ...never, to: 1009, serialize: arrayOf<string>((text) => `"${text.replace(/["\\]/g, "\\$&")}"`) },
  byteStrings: {
    ...never,
    to: byteaArrayType,
    serialize: arrayOf<Uint8Array>((bytes) => `"\\\\x${Buffer.from(bytes).toString("hex")}"`)
  }
}

/** Opens a pool. Anything but this machine is talked to over TLS with the server's certificate and name verified. */
export function connect(url: string): Sql {
  const { address, ssl, isNameless } = placeOf(url)
  return postgres(address, {
    ...(isNameless ? { host: "localhost" } : {}),
    ssl: ssl as never,
    max: connectionsMax,
    connect_timeout: connectSecondsMax,
    onnotice: () => {},
    fetch_types: false,
    types: arrayTypes as never,
    connection: {
      application_name: "mimika journal",
      statement_timeout: statementMsMax,
      // Whatever the server's default is: acknowledged means on disk.
      synchronous_commit: "on"
    }
  })
}

/** Where to connect and how to trust it. The environment's own settings for PostgreSQL never make it less than that. */
function placeOf(url: string) {
  const parsed = new URL(url)
  const { hostname, searchParams } = parsed
  const mode = searchParams.get("sslmode")
  const rootFile = searchParams.get("sslrootcert")
  const isLocal = ["localhost", "127.0.0.1", "[::1]", ""].includes(hostname)
  if (!isLocal && mode !== "verify-full") {
    throw new Error(`the connection to "${hostname}" would not be verified; add ?sslmode=verify-full to its address`)
  }
  if (mode !== null && mode !== "verify-full" && mode !== "disable") {
    throw new Error(`"sslmode=${mode}" verifies nothing; use verify-full, or leave it out on this machine`)
  }
  for (const name of ["sslmode", "sslrootcert", "ssl"]) searchParams.delete(name)
  const address = parsed.toString()
  const isNameless = hostname === ""
  if (mode !== "verify-full") return { address, ssl: false, isNameless }
  const name = hostname.replace(/^\[|\]$/g, "")
  const ssl = {
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(rootFile === null ? {} : { ca: readFileSync(rootFile, "utf8") }),
    // The client library tells Node no name for an address, and Node would then check for "localhost".
    checkServerIdentity: (_name: string, certificate: PeerCertificate) => checkServerIdentity(name, certificate)
  }
  return { address, ssl, isNameless }
}

/** The address without its password, for messages. */
export function addressOf(url: string): string {
  const { hostname, port, pathname } = new URL(url)
  return `${hostname}${port === "" ? "" : `:${port}`}${pathname}`
}

/** Makes the tables at first start, one process at a time, and answers the id of the store. */
export const prepareLayout = (sql: Sql): Promise<string> => ensureLayout(sql, randomUUID())

/** The same; a store that is made gets this id, one that is there keeps its own. */
export async function ensureLayout(sql: Sql, storeId: string): Promise<string> {
  return sql.begin(async (transaction) => {
    await transaction`SELECT pg_advisory_xact_lock(${layoutLock})`
    await transaction`CREATE SCHEMA IF NOT EXISTS mimika`
    const [found] = await transaction`SELECT to_regclass('mimika.store') IS NOT NULL AS found`
    if (!found!.found) await fillLayout(transaction, storeId)
    return requireLayout(transaction)
  }) as Promise<string>
}

/** Changes tables while no other process does; the schema is there from the journal's first start on. */
export async function withLayoutLock(
  sql: Sql,
  steps: (transaction: postgres.TransactionSql) => Promise<unknown>
): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction`SELECT pg_advisory_xact_lock(${layoutLock})`
    await transaction`CREATE SCHEMA IF NOT EXISTS mimika`
    await steps(transaction)
  })
}

/** Makes the tables for a store that has an id already. Throws when there is a journal. */
export async function makeLayout(transaction: postgres.TransactionSql, storeId: string): Promise<void> {
  await transaction`SELECT pg_advisory_xact_lock(${layoutLock})`
  const [found] = await transaction`SELECT to_regnamespace('mimika') IS NOT NULL AS found`
  if (found!.found) throw new Error("the database holds a journal already, or what is left of one")
  await transaction`CREATE SCHEMA mimika`
  await fillLayout(transaction, storeId)
}

async function fillLayout(transaction: postgres.TransactionSql, storeId: string): Promise<void> {
  await transaction.unsafe(layout)
  await transaction`INSERT INTO mimika.store (id, layout_version) VALUES (${storeId}, ${layoutVersion})`
}

/** The id of the store that is there, in the layout this program knows. */
export async function requireLayout(sql: postgres.ISql): Promise<string> {
  const [store] = await sql`SELECT id, layout_version FROM mimika.store`
  if (store === undefined) throw new Error("the schema mimika holds no journal")
  if (store.layout_version !== layoutVersion) {
    throw new Error(`its layout is version ${store.layout_version}, this program knows ${layoutVersion}`)
  }
  return store.id
}

const connectionLost = new Set([
  ...[
    "CONNECTION_CLOSED",
    "CONNECTION_DESTROYED",
    "CONNECT_TIMEOUT",
    "ECONNREFUSED",
    "ECONNRESET",
    "ECONNABORTED",
    "EPIPE",
    "ETIMEDOUT"
  ],
  // The server is shutting down, has crashed, or is not up yet; a connection error seen by the server.
  ...["57P01", "57P02", "57P03", "08000", "08003", "08006"],
  // A deadlock or a serialization failure undid the statement.
  ...["40P01", "40001"]
])

/** Whether the statement may or may not have happened, or surely did not but may be repeated: read before writing again. */
export function isOutcomeUnknown(error: unknown): boolean {
  return connectionLost.has((error as { code?: string }).code ?? "")
}
