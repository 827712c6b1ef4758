/** TLS to PostgreSQL: only a server whose certificate was signed by whom we trust, for the name we called it by, is talked to. */
import { webcrypto } from "node:crypto"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { EventStore } from "../../actors/event-store.ts"
import { tlsCertificate } from "../../infra/gateway/tls.ts"
import { postgresEventStore } from "../../infra/journal/event-store.ts"
import { connect } from "../../infra/journal/postgres.ts"
import { commitOf, ticks } from "../contract/journal-storage.ts"
import { startPostgres, type TestPostgres } from "../postgres.ts"
import { freshFolder } from "../server/core.ts"

const folder = freshFolder()
let trusted: string
let stranger: string
const servers: TestPostgres[] = []
const [url, elsewhere, plain] = ["", "", ""].map(() => ({ address: "" })) as [Place, Place, Place]
interface Place {
  address: string
}

/** A certificate for another machine's name, signed by itself. */
async function certificateFor(name: string) {
  const x509 = await import("@peculiar/x509")
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])
  const made = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: "CN=another",
      keys: keys as CryptoKeyPair,
      signingAlgorithm: algorithm,
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: name }])]
    },
    webcrypto as unknown as Crypto
  )
  const key = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64")
  return {
    certificate: made.toString("pem"),
    key: `-----BEGIN PRIVATE KEY-----\n${key.replace(/.{64}/g, "$&\n").trimEnd()}\n-----END PRIVATE KEY-----\n`
  }
}

beforeAll(async () => {
  const { certificateFile, keyFile } = await tlsCertificate(join(folder, "tls"))
  trusted = certificateFile
  const own = { certificate: readFileSync(certificateFile, "utf8"), key: readFileSync(keyFile, "utf8") }
  const other = await certificateFor("db.bank.example")
  stranger = join(folder, "stranger.pem")
  writeFileSync(stranger, other.certificate)
  for (const [place, tls] of [
    [url, { tls: own }],
    [elsewhere, { tls: other }],
    [plain, {}]
  ] as const) {
    const server = await startPostgres(tls)
    servers.push(server)
    place.address = await server.freshDatabase()
  }
})
afterAll(async () => {
  for (const server of servers) await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

const verified = ({ address }: Place, root: string, host = "localhost") =>
  `${address.replace("127.0.0.1", host)}?sslmode=verify-full&sslrootcert=${encodeURIComponent(root)}`
const open = (address: string) =>
  Effect.runPromise(
    Effect.flatMap(EventStore, (store) => store.append(commitOf("a", 0, ticks(1)))).pipe(
      Effect.scoped,
      Effect.provide(Layer.fresh(postgresEventStore({ url: address, folder }))),
      Effect.match({ onSuccess: (version) => version as number | string, onFailure: (error) => error.message })
    )
  )

describe("sslmode=verify-full", () => {
  it("talks TLS to a server that it knows, by name and by address", async () => {
    expect(await open(verified(url, trusted))).toBe(1)
    for (const host of ["localhost", "127.0.0.1"]) {
      const sql = connect(verified(url, trusted, host))
      const [row] = await sql`SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()`
      await sql.end()
      expect(row).toMatchObject({ ssl: true, version: "TLSv1.3" })
    }
  })

  it("refuses one that nobody vouches for, one that is called otherwise, and one that speaks no TLS", async () => {
    expect(await open(verified(url, stranger))).toMatch(/Cannot open the journal .*certificate/)
    expect(await open(`${url.address}?sslmode=verify-full`)).toMatch(/Cannot open the journal .*certificate/)
    expect(await open(verified(elsewhere, stranger))).toMatch(/does not match|altnames/i)
    expect(await open(verified(elsewhere, stranger, "127.0.0.1"))).toMatch(/does not match|altnames|not in the cert/i)
    expect(await open(verified(plain, trusted))).toContain("Cannot open the journal")
  })

  it("cannot be weakened by the rest of the address or by the environment", async () => {
    expect(await open(`${verified(url, stranger)}&ssl=false`)).toMatch(/certificate/)
    expect(await open(`${url.address}?sslmode=require`)).toContain("verifies nothing")
    process.env.PGSSL = "prefer"
    expect(await open(verified(url, stranger))).toMatch(/certificate/)
    delete process.env.PGSSL
  })
})
