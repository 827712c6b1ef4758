/**
 * The proof log in the database of the journal that it proves: leaf numbers in a table of their own, tiles, and the last
 * checkpoints. What `extend` answers is on disk. The fence is a term in a row that every extension locks; a sequencer of an
 * earlier term is refused, on whichever machine it runs.
 */
import { Effect, Layer } from "effect"
import type postgres from "postgres"
import { StoreUnavailable } from "../../actors/event-store.ts"
import { LogIdentity, ProofLog, SequencerSuperseded } from "../../actors/proof-log.ts"
import { parseCheckpoint } from "../../models/proof/checkpoint.ts"
import { hashBytes, type TreeHasher } from "../../models/proof/merkle-tree.ts"
import { parseNote } from "../../models/proof/signed-note.ts"
import { grownTiles, partialWidth, tileWidth } from "../../models/proof/tiles.ts"
import { addressOf, byteaArrayType, connect, type Sql, withLayoutLock } from "../journal/postgres.ts"

/** A client that was lost does not hold the end up for longer, in seconds. */
const closeSecondsMax = 1
/** Rows of one statement. */
const rowsMax = 4096

const layout = `
  CREATE TABLE mimika.proof_log (origin text NOT NULL, term integer NOT NULL, size bigint NOT NULL);
  CREATE TABLE mimika.proof_leaves (number bigint PRIMARY KEY, cursor text COLLATE "C" NOT NULL UNIQUE);
  CREATE TABLE mimika.proof_tiles (
    level integer NOT NULL, position bigint NOT NULL, hashes bytea STORAGE EXTERNAL NOT NULL, PRIMARY KEY (level, position)
  );
  CREATE TABLE mimika.proof_checkpoints (kind text PRIMARY KEY, size bigint NOT NULL, note text NOT NULL);`

/** The log of this identity beside the journal at `url`, made when it is not there. */
export function postgresProofLog(url: string) {
  return Layer.effect(
    ProofLog,
    Effect.gen(function* () {
      const { key, hasher } = yield* LogIdentity
      const sql = yield* opened(url, async (connected) => {
        await withLayoutLock(connected, async (transaction) => {
          const [found] = await transaction`SELECT to_regclass('mimika.proof_log') IS NOT NULL AS found`
          if (found!.found) return
          await transaction.unsafe(layout)
          await transaction`INSERT INTO mimika.proof_log (origin, term, size) VALUES (${key.name}, 0, 0)`
        })
        const origin = await originOf(connected)
        if (origin === key.name) return
        throw new Error(`it is the log "${origin}", not "${key.name}": the key in this folder is another log's`)
      })
      return proofLogOf(sql, addressOf(url), key.name, hasher)
    })
  )
}

/** The log as it is, beside the server that writes it. Needs no key: whoever reads it has a public one. */
export function postgresProofLogReader(url: string, hasher: TreeHasher) {
  return Layer.effect(
    ProofLog,
    Effect.gen(function* () {
      let origin = ""
      const sql = yield* opened(url, async (connected) => {
        const [found] = await connected`SELECT to_regclass('mimika.proof_log') IS NOT NULL AS found`
        if (!found!.found) throw new Error("there is no proof log here")
        origin = await originOf(connected)
      })
      return proofLogOf(sql, addressOf(url), origin, hasher)
    })
  )
}

/** The name of the log that is there; none when there is no log. */
export const postgresLogOrigin = (url: string) =>
  Effect.gen(function* () {
    let origin: string | undefined
    yield* opened(url, async (connected) => {
      const [found] = await connected`SELECT to_regclass('mimika.proof_log') IS NOT NULL AS found`
      if (found!.found) origin = await originOf(connected)
    })
    return origin
  }).pipe(Effect.scoped)

const opened = (url: string, prepare: (sql: Sql) => Promise<void>) => {
  const notOpened = (error: unknown) =>
    new StoreUnavailable({
      action: `open the proof log in PostgreSQL at "${addressOf(url)}"`,
      why: (error as Error).message || (error as { code?: string }).code || "the server does not answer",
      advice: "Check the address given by --journal; a server that has run with it has made one"
    })
  return Effect.gen(function* () {
    const sql = yield* Effect.acquireRelease(Effect.try({ try: () => connect(url), catch: notOpened }), (connected) =>
      Effect.promise(() => connected.end({ timeout: closeSecondsMax }))
    )
    yield* Effect.tryPromise({ try: () => prepare(sql), catch: notOpened })
    return sql
  })
}

async function originOf(sql: postgres.ISql): Promise<string> {
  const [row] = await sql`SELECT origin FROM mimika.proof_log`
  return row?.origin ?? ""
}

function proofLogOf(sql: Sql, address: string, origin: string, hasher: TreeHasher) {
  const attempt = <A>(action: string, steps: () => Promise<A>) =>
    Effect.tryPromise({
      try: steps,
      catch: (error) =>
        error instanceof SequencerSuperseded
          ? error
          : new StoreUnavailable({
              action: `${action} the proof log in PostgreSQL at "${address}"`,
              why: (error as Error).message || String(error),
              advice: "Nothing of this step was kept, or all of it; check the server, then try again"
            })
    })
  /** Steps that are no sequencer's cannot be superseded. */
  const attemptPlain = <A>(action: string, steps: () => Promise<A>) =>
    Effect.catchTag(attempt(action, steps), "SequencerSuperseded", (error) => Effect.die(error))

  const tileAt = async (from: postgres.ISql, level: number, index: number): Promise<Uint8Array | undefined> => {
    const [row] = await from`SELECT hashes FROM mimika.proof_tiles WHERE level = ${level} AND position = ${index}`
    return row?.hashes
  }

  /** The last tile of each level as far as it is begun: what an extension goes on from. */
  const edgeOf = async (from: postgres.ISql, size: number): Promise<ReadonlyMap<string, Uint8Array>> => {
    const edge = new Map<string, Uint8Array>()
    for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / tileWidth)) {
      const index = Math.floor(count / tileWidth)
      const hashes = partialWidth(size, level) === 0 ? undefined : await tileAt(from, level, index)
      if (hashes !== undefined) edge.set(`${level}/${index}`, hashes)
    }
    return edge
  }

  const putCheckpoint = (to: postgres.ISql, kind: string, size: number, note: string) => to`
    INSERT INTO mimika.proof_checkpoints AS held (kind, size, note) VALUES (${kind}, ${size}, ${note})
    ON CONFLICT (kind) DO UPDATE SET size = excluded.size, note = excluded.note WHERE excluded.size >= held.size`

  return ProofLog.of({
    takeOver: () =>
      attemptPlain("take over", async () => {
        const [row] = await sql`UPDATE mimika.proof_log SET term = term + 1 RETURNING term, size::float8 AS size`
        return { term: row!.term as number, size: row!.size as number }
      }),
    extend: (term, size, leaves, checkpoint) =>
      attempt("extend", () =>
        sql
          .begin(async (transaction) => {
            // Locks the row, so that of two sequencers the second looks after the first is through.
            const [now] = await transaction`SELECT term, size::float8 AS size FROM mimika.proof_log FOR UPDATE`
            if (now?.term !== term || now?.size !== size) throw new SequencerSuperseded({ origin, term })
            const edge = await edgeOf(transaction, size)
            const hashes = leaves.map(({ hash }) => hash)
            const tiles = grownTiles(size, hashes, (level, index) => edge.get(`${level}/${index}`), hasher)
            for (const some of pagesOf(tiles)) {
              const bytes = transaction.typed(some.map((tile) => tile.hashes) as never, byteaArrayType)
              await transaction`
                INSERT INTO mimika.proof_tiles (level, position, hashes)
                SELECT * FROM unnest(${some.map(({ level }) => level)}::integer[], ${some.map(({ index }) => index)}::bigint[], ${bytes}::bytea[])
                ON CONFLICT (level, position) DO UPDATE SET hashes = excluded.hashes`
            }
            let number = size
            for (const some of pagesOf(leaves)) {
              await transaction`
                INSERT INTO mimika.proof_leaves (number, cursor)
                SELECT ${number}::bigint + ordinal - 1, cursor
                FROM unnest(${some.map(({ cursor }) => cursor)}::text[]) WITH ORDINALITY AS leaf (cursor, ordinal)`
              number += some.length
            }
            await transaction`UPDATE mimika.proof_log SET size = ${number}`
            await putCheckpoint(transaction, "signed", number, checkpoint)
          })
          .then(() => {})
      ),
    keepCosigned: (checkpoint) =>
      attemptPlain("write to", async () => {
        await putCheckpoint(sql, "cosigned", parseCheckpoint(parseNote(checkpoint).text).size, checkpoint)
      }),
    checkpoints: () =>
      attemptPlain("read", async () => {
        const rows = await sql`SELECT kind, note FROM mimika.proof_checkpoints`
        const noteOf = (kind: string): string | null => rows.find((row) => row.kind === kind)?.note ?? null
        return { signed: noteOf("signed"), cosigned: noteOf("cosigned") }
      }),
    cursors: (fromNumber, leavesMax) =>
      attemptPlain("read", async () => {
        const rows = await sql`
          SELECT cursor FROM mimika.proof_leaves WHERE number >= ${fromNumber} ORDER BY number LIMIT ${leavesMax}`
        return rows.map((row) => row.cursor as string)
      }),
    leafNumberOf: (cursor) =>
      attemptPlain("read", async () => {
        const [row] = await sql`SELECT number::float8 AS number FROM mimika.proof_leaves WHERE cursor = ${cursor}`
        return (row?.number as number | undefined) ?? null
      }),
    tile: (level, index) =>
      attemptPlain("read", async () => {
        const hashes = await tileAt(sql, level, index)
        return hashes === undefined || hashes.length % hashBytes !== 0 ? undefined : Uint8Array.from(hashes)
      })
  })
}

function* pagesOf<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let at = 0; at < items.length; at += rowsMax) yield items.slice(at, at + rowsMax)
}
