/**
 * A bank's directory for tests: an OpenID provider over real HTTPS with really signed tokens, codes that are good once, PKCE and a client
 * secret that it checks. What it says can be forged one token at a time.
 */
import { createHash, createHmac, generateKeyPairSync, type KeyObject, randomBytes, randomUUID, sign } from "node:crypto"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer, request, type Server } from "node:https"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import type { StaffDirectorySettings } from "../../infra/access/staff-directory-settings.ts"
import { tlsCertificate } from "../../infra/gateway/tls.ts"

type Json = Readonly<Record<string, unknown>>

/** What an id token is made of; a forger may change each part. */
export interface Token {
  readonly header: Json
  readonly claims: Json
  /** Null: no signature. A text: its HMAC key. */
  readonly key: KeyObject | string | null
}

interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly json?: Json
}

interface Granted {
  readonly redirectUri: string
  readonly nonce: string
  readonly challenge: string
  readonly claims: Json
}

const base64url = (value: string | Uint8Array) => Buffer.from(value as string).toString("base64url")
const newKey = () => ({ kid: randomUUID(), ...generateKeyPairSync("ec", { namedCurve: "P-256" }) })

export class OpenIdProvider {
  readonly clientId = "mimika"
  readonly clientSecret = randomBytes(24).toString("base64url")
  readonly certificateFile: string
  /** Who signs in there, and with what. */
  person: Json = { sub: "nobody" }
  /** Applied to every token until it is set back. */
  forge: (token: Token) => Token = (token) => token
  /** Applied to the token as it is written, signature and all. */
  tamper: (written: string) => string = (written) => written
  /** Applied to what it says of itself. */
  alter: (metadata: Json) => Json = (metadata) => metadata
  /** Where a browser is sent instead of back with a code. */
  denies: string | null = null
  issuer = ""
  /** All that the token endpoint was asked, headers first. */
  readonly asked: string[] = []
  /** All that it gave out, to look for: tokens and codes. */
  readonly issued: string[] = []
  #key = newKey()
  readonly #codes = new Map<string, Granted>()
  readonly #server: Server
  readonly #folder: string

  private constructor(folder: string, tls: { certificateFile: string; keyFile: string }) {
    this.#folder = folder
    this.certificateFile = tls.certificateFile
    this.#server = createServer({ cert: readFileSync(tls.certificateFile), key: readFileSync(tls.keyFile) })
    this.#server.on("request", async (asked, answer) => {
      const url = new URL(asked.url ?? "/", this.issuer)
      const body = await text(asked)
      const { status, headers, json } = this.#answer(url, asked.headers.authorization ?? "", body)
      answer.writeHead(status, { "content-type": "application/json", ...headers })
      answer.end(json === undefined ? "" : JSON.stringify(json))
    })
  }

  static async start(): Promise<OpenIdProvider> {
    const folder = mkdtempSync(join(tmpdir(), "mimika-directory-"))
    const provider = new OpenIdProvider(folder, await tlsCertificate(folder))
    provider.#server.listen(0, "127.0.0.1")
    await once(provider.#server, "listening")
    provider.issuer = `https://localhost:${(provider.#server.address() as AddressInfo).port}`
    return provider
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve))
    rmSync(this.#folder, { recursive: true, force: true })
  }

  settings(more: Partial<StaffDirectorySettings> = {}): StaffDirectorySettings {
    const { clientId, clientSecret, certificateFile: authorityFile } = this
    const place = { issuer: new URL(this.issuer), clientId, secret: () => clientSecret, authorityFile }
    return { ...place, amr: [], acr: [], ...more }
  }

  /** A new signing key; the old one is published no more. Answers it. */
  rotate(): { readonly kid: string; readonly privateKey: KeyObject } {
    const old = this.#key
    this.#key = newKey()
    return old
  }

  /** A browser goes there and signs in: the query that it is sent back with. */
  visit(url: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const asked = request(url, { ca: readFileSync(this.certificateFile) }, (response) => {
        response.resume()
        const { location } = response.headers
        if (location === undefined) reject(new Error(`the directory sent nobody back: ${response.statusCode}`))
        else resolve(new URL(location).search)
      })
      asked.on("error", reject)
      asked.end()
    })
  }

  #answer(url: URL, authorization: string, body: string): Answered {
    const { pathname, searchParams } = url
    if (pathname === "/.well-known/openid-configuration") return ok(this.alter(this.#metadata()))
    if (pathname === "/keys") {
      const jwk = this.#key.publicKey.export({ format: "jwk" })
      return ok({ keys: [{ ...jwk, kid: this.#key.kid, use: "sig", alg: "ES256" }] })
    }
    if (pathname === "/authorize") return this.#authorize(searchParams)
    if (pathname !== "/token") return { status: 404, headers: {} }
    this.asked.push(authorization, url.href, body)
    return this.#token(authorization, new URLSearchParams(body))
  }

  /** It names `none` among its algorithms, as some do: whoever believes that is deceived. */
  #metadata() {
    const { issuer } = this
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/keys`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["ES256", "HS256", "none"],
      code_challenge_methods_supported: ["S256"],
      authorization_response_iss_parameter_supported: true
    }
  }

  #authorize(asked: URLSearchParams): Answered {
    const given = (name: string) => asked.get(name) ?? ""
    const wanted = { client_id: this.clientId, response_type: "code", scope: "openid", code_challenge_method: "S256" }
    const isWhole = Object.entries(wanted).every(([name, value]) => given(name) === value)
    if (!isWhole || given("code_challenge") === "") return { status: 400, headers: {} }
    const back = new URL(given("redirect_uri"))
    back.searchParams.set("state", given("state"))
    back.searchParams.set("iss", this.issuer)
    if (this.denies === null) {
      const code = randomBytes(24).toString("base64url")
      const [redirectUri, nonce, challenge] = [given("redirect_uri"), given("nonce"), given("code_challenge")]
      this.issued.push(code)
      this.#codes.set(code, { redirectUri, nonce, challenge, claims: this.person })
      back.searchParams.set("code", code)
    } else back.searchParams.set("error", this.denies)
    return { status: 302, headers: { location: back.href } }
  }

  #token(authorization: string, asked: URLSearchParams): Answered {
    // RFC 6749, section 2.3.1: encoded as in a form before it becomes the header.
    const [, given = ""] = /^Basic (.*)$/.exec(authorization) ?? []
    const byHeader = Buffer.from(given, "base64").toString().split(":").map(decodeURIComponent)
    const shown = given === "" ? [asked.get("client_id"), asked.get("client_secret")] : byHeader
    if (shown[0] !== this.clientId || shown[1] !== this.clientSecret) {
      return { status: 401, headers: {}, json: { error: "invalid_client" } }
    }
    const code = asked.get("code") ?? ""
    const granted = this.#codes.get(code)
    this.#codes.delete(code)
    const proof = base64url(
      createHash("sha256")
        .update(asked.get("code_verifier") ?? "")
        .digest()
    )
    if (granted?.challenge !== proof || granted.redirectUri !== asked.get("redirect_uri")) {
      return { status: 400, headers: {}, json: { error: "invalid_grant" } }
    }
    const idToken = this.tamper(this.#idToken(granted))
    const accessToken = randomBytes(24).toString("base64url")
    this.issued.push(accessToken, ...idToken.split(".").slice(1))
    return ok({ access_token: accessToken, token_type: "Bearer", id_token: idToken })
  }

  #idToken({ nonce, claims }: Granted): string {
    const now = Math.floor(Date.now() / 1000)
    const honest: Token = {
      header: { alg: "ES256", kid: this.#key.kid, typ: "JWT" },
      claims: { iss: this.issuer, aud: this.clientId, iat: now, exp: now + 300, nonce, ...claims },
      key: this.#key.privateKey
    }
    const { header, claims: said, key } = this.forge(honest)
    const signed = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(said))}`
    if (key === null) return `${signed}.`
    if (typeof key === "string") return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`
    return `${signed}.${base64url(sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" }))}`
  }
}

const ok = (json: Json): Answered => ({ status: 200, headers: {}, json })
