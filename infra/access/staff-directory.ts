/**
 * The bank's own directory of staff over OpenID Connect (Core 1.0, authorization code with PKCE, RFC 7636), by openid-client: where a
 * browser is sent, and who its answer says came. It checks issuer, audience, times, nonce and signature, and that a second factor was
 * shown. It knows no account: `directory-sign-in.ts` does.
 */
import {
  AuthorizationResponseError,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  ResponseBodyError,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  type ServerMetadata,
  WWWAuthenticateChallengeError
} from "openid-client"
import { fetchTrusting, NoAnswer } from "./fetch-trusting.ts"
import { absoluteMsMax } from "./sessions.ts"
import type { StaffDirectorySettings } from "./staff-directory-settings.ts"

/** A directory answers within milliseconds; a person looks at an empty page meanwhile. */
const answerSecondsMax = 10
/** How long what the directory says of itself is believed, in milliseconds; its keys are asked for at every sign-in. */
const metadataMsMax = 5 * 60_000

/** What is wrong with a directory's answer: a word for programs, and for pages that have sentences for each. */
export type AnswerFault =
  | "issuer"
  | "audience"
  | "expired"
  | "nonce"
  | "signature"
  | "code"
  | "client"
  | "metadata"
  | "other"

/** Why nobody came of it. `why` is for the log: it holds no token and no claim's value. */
export class DirectoryFailed extends Error {
  readonly kind: "unreachable" | "denied" | AnswerFault
  constructor(kind: DirectoryFailed["kind"], why: string) {
    super(why)
    this.kind = kind
  }
}

/** What one browser must bring back, and proves that it began. */
export interface DirectoryWay {
  /** Where the browser goes. */
  readonly url: string
  readonly redirectUri: string
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

export interface DirectoryPerson {
  /** The directory's stable id of the person (`sub`). */
  readonly subject: string
  /** Whether `amr` or `acr` proves a second factor. */
  readonly secondFactor: boolean
}

export type StaffDirectory = ReturnType<typeof openStaffDirectory>

export function openStaffDirectory(settings: StaffDirectorySettings) {
  const { issuer, clientId, secret, authorityFile, amr, acr } = settings
  const fetch = fetchTrusting(authorityFile)
  let known: { readonly metadata: Promise<ServerMetadata>; readonly endsAt: number } | null = null

  const ask = async (): Promise<ServerMetadata> => {
    const asking = { [customFetch]: fetch, timeout: answerSecondsMax }
    const metadata = (await discovery(issuer, clientId, {}, undefined, asking)).serverMetadata()
    // The client lets some clouds name another issuer than was asked for; we let none.
    if (new URL(metadata.issuer).href !== issuer.href) {
      throw new DirectoryFailed("metadata", "it calls itself by another name than the issuer that is configured")
    }
    return metadata
  }
  /** Asked once by all who come meanwhile; a failure is not remembered. */
  const metadataAt = (now: number) => {
    if (known !== null && now < known.endsAt) return known.metadata
    const metadata = ask()
    const asked = { metadata, endsAt: now + metadataMsMax }
    known = asked
    metadata.catch(() => {
      if (known === asked) known = null
    })
    return metadata
  }

  /** A new one each time, so that keys are asked for each time: a key that the directory takes back opens nothing from then on. */
  const configurationAt = async (now: number) => {
    const metadata = await metadataAt(now)
    const made = new Configuration(metadata, clientId, {}, authenticationFor(metadata, secret()))
    made[customFetch] = fetch
    made.timeout = answerSecondsMax
    enableNonRepudiationChecks(made)
    return made
  }

  /** A second factor of yesterday is none of today: where the directory says when it was shown, it must be within a working day. */
  const provedBy = (claims: Readonly<Record<string, unknown>>, now: number) => {
    const shownAt = typeof claims.auth_time === "number" ? claims.auth_time * 1000 : now
    if (now - shownAt > absoluteMsMax) return false
    const methods = Array.isArray(claims.amr) ? claims.amr : []
    return methods.some((method) => amr.includes(method as string)) || acr.includes(claims.acr as string)
  }

  return {
    /** For which accounts are linked. */
    issuer: issuer.href,

    /** Rejects with `DirectoryFailed`. */
    begin: (redirectUri: string, now: number): Promise<DirectoryWay> =>
      refusing(async () => {
        const [verifier, state, nonce] = [randomPKCECodeVerifier(), randomState(), randomNonce()]
        const url = buildAuthorizationUrl(await configurationAt(now), {
          redirect_uri: redirectUri,
          scope: "openid",
          state,
          nonce,
          code_challenge: await calculatePKCECodeChallenge(verifier),
          code_challenge_method: "S256",
          ...(acr.length === 0 ? {} : { acr_values: acr.join(" ") })
        })
        if (url.protocol !== "https:") throw new DirectoryFailed("metadata", "its sign-in page is not on https://")
        return { url: url.href, redirectUri, state, nonce, verifier }
      }),

    /** `query`: what the directory gave the browser to bring back. Rejects with `DirectoryFailed`. */
    finish: (
      { redirectUri, state, nonce, verifier }: DirectoryWay,
      query: string,
      now: number
    ): Promise<DirectoryPerson> =>
      refusing(async () => {
        const brought = new URL(redirectUri)
        brought.search = query
        const tokens = await authorizationCodeGrant(await configurationAt(now), brought, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true
        })
        const claims = tokens.claims()
        if (claims === undefined) throw new DirectoryFailed("other", "it sent no id token")
        return { subject: claims.sub, secondFactor: provedBy(claims, now) }
      }),

    /** What the directory says of itself, for the doctor. Rejects with `DirectoryFailed`. */
    metadata: (now: number) => refusing(() => metadataAt(now))
  }
}

/** In the body where the directory says that it takes it there; else by the header, as the standard's default is. */
function authenticationFor(
  { token_endpoint_auth_methods_supported: taken }: ServerMetadata,
  secret: string
): ClientAuth {
  // Not everybody decodes what the standard has encoded in the header.
  return taken?.includes("client_secret_post") ? ClientSecretPost(secret) : ClientSecretBasic(secret)
}

async function refusing<A>(work: () => Promise<A>): Promise<A> {
  try {
    return await work()
  } catch (error) {
    throw failureOf(error)
  }
}

const faultOfClaim: Readonly<Record<string, AnswerFault>> = {
  iss: "issuer",
  aud: "audience",
  azp: "audience",
  nonce: "nonce"
}

/** What the client library refused, in one word. Its causes hold tokens, so nothing of them is passed on. */
function failureOf(error: unknown): DirectoryFailed {
  const chain = causesOf(error)
  const own = chain.find((one) => one instanceof DirectoryFailed)
  if (own !== undefined) return own
  const away = chain.find((one) => one instanceof NoAnswer)
  if (away !== undefined) return new DirectoryFailed("unreachable", away.message)
  if (error instanceof AuthorizationResponseError) return new DirectoryFailed("denied", error.error.slice(0, 80))
  if (error instanceof WWWAuthenticateChallengeError)
    return new DirectoryFailed("client", "it does not take our secret")
  if (error instanceof ResponseBodyError) {
    const kind = error.error === "invalid_grant" ? "code" : /client/.test(error.error) ? "client" : "other"
    return new DirectoryFailed(kind, `it answered ${error.error.slice(0, 80)}`)
  }
  const codes = chain.map(({ code }) => code)
  const cause = chain.map(({ cause: given }) => given as { claim?: string; header?: object } | undefined)
  const claim = cause.find((one) => typeof one?.claim === "string")?.claim ?? ""
  const said = chain[0]?.message ?? "unknown"
  if (codes.includes("OAUTH_TIMEOUT"))
    return new DirectoryFailed("unreachable", `no answer within ${answerSecondsMax} s`)
  if (codes.includes("OAUTH_RESPONSE_IS_NOT_CONFORM"))
    return new DirectoryFailed("unreachable", "it answered with an error")
  if (codes.includes("OAUTH_JWT_TIMESTAMP_CHECK_FAILED")) return new DirectoryFailed("expired", `${said} (${claim})`)
  if (codes.includes("OAUTH_JWT_CLAIM_COMPARISON_FAILED")) {
    return new DirectoryFailed(faultOfClaim[claim] ?? "other", `${said} (${claim})`)
  }
  const isMetadata = codes.some((code) =>
    /JSON_ATTRIBUTE_COMPARISON|SERVER_METADATA|REQUEST_FORBIDDEN/.test(code ?? "")
  )
  if (isMetadata) return new DirectoryFailed("metadata", said)
  const isSignature =
    codes.includes("OAUTH_KEY_SELECTION_FAILED") ||
    codes.includes("OAUTH_UNSUPPORTED_OPERATION") ||
    chain.some(({ message }) => /signature|"alg"/i.test(message))
  return new DirectoryFailed(isSignature ? "signature" : "other", said)
}

type Link = Error & { readonly code?: string }
/** Causes nest three deep at most: the client's, the protocol's, the reason. */
const causesMax = 8

function causesOf(error: unknown): readonly Link[] {
  const chain: Link[] = []
  for (let one = error; one instanceof Error && chain.length < causesMax; one = one.cause) chain.push(one)
  return chain
}
