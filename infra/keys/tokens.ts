/**
 * Stream and resume tokens: a claim and its Ed25519 signature, in base64url with a dot between. The core signs; an edge
 * checks with the public key alone. A token names a conference, never a person, and is no secret worth more than it.
 */
import { createPublicKey, type KeyObject, sign, verify } from "node:crypto"
import { join } from "node:path"
import { Clock, Effect, Layer } from "effect"
import { type StreamClaim, TokenRefused, Tokens } from "../../actors/ports.ts"
import { signingKeyIn } from "./signing-key.ts"

/** From the start answer to the stream's opening: a round trip, and a slow client's TLS handshake many times over. */
const streamTokenMs = 60_000
/** The longest call, with a night between: after that the resume window has long closed. */
const resumeTokenMs = 24 * 3_600_000

interface Claim {
  readonly kind: "stream" | "resume"
  readonly conference: string
  readonly epoch?: number
  readonly edge?: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

const encode = (claim: Claim, key: KeyObject) => {
  const body = Buffer.from(JSON.stringify(claim))
  return `${body.toString("base64url")}.${sign(null, body, key).toString("base64url")}`
}

function decode(token: string, key: KeyObject, kind: Claim["kind"], nowMs: number): Claim | string {
  const [body, signature, more] = token.split(".")
  if (body === undefined || signature === undefined || more !== undefined) return "it is not of our making"
  const bytes = Buffer.from(body, "base64url")
  if (!verify(null, bytes, key, Buffer.from(signature, "base64url"))) return "its signature is wrong"
  const claim = claimIn(bytes)
  if (claim === null) return "it says nothing that is known"
  if (claim.kind !== kind) return `it is a ${claim.kind} token`
  if (claim.expiresAt < nowMs) return "it has run out"
  return claim
}

/** Signed by us and still nonsense is a key that was lent out, or a program of another version: refused, not trusted. */
function claimIn(bytes: Uint8Array): Claim | null {
  let said: unknown
  try {
    said = JSON.parse(Buffer.from(bytes).toString())
  } catch {
    return null
  }
  if (typeof said !== "object" || said === null) return null
  const { kind, conference, epoch, edge, expiresAt } = said as Record<string, unknown>
  const isKnown =
    (kind === "stream" || kind === "resume") &&
    typeof conference === "string" &&
    typeof expiresAt === "number" &&
    (epoch === undefined || Number.isSafeInteger(epoch)) &&
    (edge === undefined || typeof edge === "string")
  return isKnown ? (said as Claim) : null
}

/** The claim of a stream token, or why it is refused. For edges, which hold the public key only. */
export function verifyStreamToken(token: string, publicKeyPem: string, nowMs: number): StreamClaim | string {
  const claim = decode(token, createPublicKey(publicKeyPem), "stream", nowMs)
  if (typeof claim === "string") return claim
  return { conference: claim.conference, epoch: claim.epoch ?? 0, edge: claim.edge ?? "" }
}

/** The signing key in the folder, made at first start with mode 0600, so that resume tokens outlive a restart. */
export const fileTokens = (folder: string) =>
  Layer.effect(
    Tokens,
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const key = yield* Effect.sync(() => signingKeyIn(join(folder, "token-key.pem")))
      const publicKey = createPublicKey(key).export({ type: "spki", format: "pem" }).toString()
      const now = () => clock.currentTimeMillisUnsafe()
      return Tokens.of({
        publicKey,
        signStream: (claim) => encode({ kind: "stream", ...claim, expiresAt: now() + streamTokenMs }, key),
        signResume: (claim) => encode({ kind: "resume", ...claim, expiresAt: now() + resumeTokenMs }, key),
        verifyResume: (token) =>
          Effect.suspend(() => {
            const claim = decode(token, createPublicKey(key), "resume", now())
            return typeof claim === "string" ? Effect.fail(new TokenRefused({ why: claim })) : Effect.succeed(claim)
          })
      })
    })
  )
