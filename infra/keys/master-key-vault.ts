/**
 * The master key in HashiCorp Vault's transit engine: Vault wraps and unwraps, the key never comes here. HTTPS with full
 * verification only. An erasure rotates the key and deletes its earlier versions for good, which the token must allow.
 *
 * https://developer.hashicorp.com/vault/api-docs/secret/transit
 */
import { readFileSync } from "node:fs"
import { request } from "node:https"
import { Effect } from "effect"
import { keyBytes } from "./key-wrap.ts"
import { type MasterKey, MasterKeyUnavailable } from "./master-key.ts"

/** Vault answers in milliseconds; a server must not hang at start on one that does not. */
const answerMsMax = 10_000
/** A ciphertext of 32 bytes has about a hundred characters, the description of a key with many versions some kilobytes. */
const answerBytesMax = 256 * 1024

export interface VaultPlace {
  /** Such as `https://vault.example:8200`. */
  readonly address: string
  /** Read at every call, because an agent replaces it. */
  readonly tokenFile: string
  /** Where the engine is mounted. */
  readonly mount: string
  readonly key: string
  /** PEM of the authority to trust instead of the system's. */
  readonly authorityFile?: string | undefined
  readonly namespace?: string | undefined
}

export function vaultMasterKey(place: VaultPlace): MasterKey {
  const { address, mount, key } = place
  const provider = `${address}/v1/${mount}/keys/${key}`
  const unavailable = (why: string, advice: string) => new MasterKeyUnavailable({ provider, why, advice })
  const isText = (value: unknown): value is string => typeof value === "string"

  const ask = (method: "GET" | "POST", action: string, body?: object) =>
    Effect.tryPromise({
      try: () => answerOf(place, method, action, body),
      catch: (error) =>
        unavailable(
          (error as Error).message,
          "Check that Vault is unsealed and that the token's policy allows this path"
        )
    })
  const field = Effect.fnUntraced(function* (method: "GET" | "POST", action: string, name: string, body?: object) {
    const answer = yield* ask(method, action, body)
    const value = (answer as { data?: Record<string, unknown> } | null)?.data?.[name]
    if (value !== undefined) return value
    return yield* unavailable(`its answer to ${action} has no "${name}"`, "Check that the mount is a transit engine")
  })

  return {
    wrap: (secret) =>
      Effect.gen(function* () {
        const plaintext = Buffer.from(secret).toString("base64")
        const ciphertext = yield* field("POST", `encrypt/${key}`, "ciphertext", { plaintext })
        if (isText(ciphertext) && ciphertext.startsWith("vault:")) return Buffer.from(ciphertext, "utf8")
        return yield* unavailable("its ciphertext is not Vault's", "Check that the mount is a transit engine")
      }),
    unwrap: (wrapped) =>
      Effect.gen(function* () {
        const ciphertext = Buffer.from(wrapped).toString("utf8")
        if (!ciphertext.startsWith("vault:")) {
          return yield* unavailable(
            "the key store was not made with Vault",
            "Use the master key that belongs to this key store"
          )
        }
        const plaintext = yield* field("POST", `decrypt/${key}`, "plaintext", { ciphertext })
        const secret = Buffer.from(isText(plaintext) ? plaintext : "", "base64")
        if (secret.length === keyBytes) return secret
        return yield* unavailable("what it unwrapped is no key", "Use the master key that belongs to this key store")
      }),
    replacing: (steps) =>
      Effect.gen(function* () {
        yield* ask("POST", `keys/${key}/rotate`, {})
        const answer = yield* steps
        const version = yield* field("GET", `keys/${key}`, "latest_version")
        yield* ask("POST", `keys/${key}/config`, { min_decryption_version: version, min_encryption_version: version })
        yield* ask("POST", `keys/${key}/trim`, { min_available_version: version })
        return answer
      })
  }
}

/** The JSON of the answer, null when it has none. Rejects with why not, never with a secret in it. */
function answerOf(place: VaultPlace, method: "GET" | "POST", action: string, body?: object): Promise<unknown> {
  const { address, tokenFile, mount, authorityFile, namespace } = place
  if (!address.startsWith("https://")) throw new Error("its address does not begin with https://")
  const headers = {
    "x-vault-token": readFileSync(tokenFile, "utf8").trim(),
    "x-vault-request": "true",
    ...(namespace === undefined ? {} : { "x-vault-namespace": namespace }),
    ...(body === undefined ? {} : { "content-type": "application/json" })
  }
  const options = {
    method,
    headers,
    timeout: answerMsMax,
    agent: false,
    ...(authorityFile === undefined ? {} : { ca: readFileSync(authorityFile) })
  } as const
  return new Promise((resolve, reject) => {
    const sent = request(new URL(`/v1/${mount}/${action}`, address), options, (response) => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > answerBytesMax) sent.destroy(new Error(`its answer is longer than ${answerBytesMax} bytes`))
        else chunks.push(chunk)
      })
      response.on("error", reject)
      response.on("end", () => {
        const status = response.statusCode ?? 0
        const answer = jsonOf(Buffer.concat(chunks).toString("utf8"))
        if (status >= 200 && status < 300) return resolve(answer)
        const errors = (answer as { errors?: unknown } | null)?.errors
        reject(new Error(`it answered ${status}${Array.isArray(errors) ? ` (${errors.join("; ")})` : ""} to ${action}`))
      })
    })
    sent.on("timeout", () => sent.destroy(new Error(`it did not answer within ${answerMsMax / 1000} s`)))
    sent.on("error", reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
