/**
 * Passkeys (WebAuthn Level 3) by SimpleWebAuthn: what a browser is asked and whether its answer holds. User verification is
 * required, so a passkey is two factors by itself: the device, and a finger, face or PIN. Challenges live in memory, once.
 */
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse
} from "@simplewebauthn/server"
import type { Account, Passkey } from "./accounts.ts"

/** A person looks for a key or a phone. */
const challengeMsMax = 5 * 60_000
/** Sign-ins under way at once, many times over. */
const challengesMax = 10_000

/** Which site keys are for: its host name, and its origin with the port. */
export interface Site {
  readonly host: string
  readonly origin: string
}

export function makePasskeys() {
  /** Challenge to what it was made for. */
  const asked = new Map<string, { readonly use: string; readonly endsAt: number }>()
  const remember = (challenge: string, use: string, now: number) => {
    if (asked.size >= challengesMax) asked.delete(asked.keys().next().value!)
    asked.set(challenge, { use, endsAt: now + challengeMsMax })
  }
  const expect = (use: string, now: number) => (challenge: string) => {
    const found = asked.get(challenge)
    asked.delete(challenge)
    return found !== undefined && found.use === use && found.endsAt > now
  }

  return {
    async registrationOptions(site: Site, account: Account, known: readonly Passkey[], now: number) {
      const options = await generateRegistrationOptions({
        rpName: "Mimika",
        rpID: site.host,
        userID: new Uint8Array(Buffer.from(account.id)),
        userName: account.login,
        userDisplayName: account.name,
        attestationType: "none",
        excludeCredentials: known.map(({ id }) => ({ id })),
        authenticatorSelection: { residentKey: "required", userVerification: "required" }
      })
      remember(options.challenge, `register ${account.id}`, now)
      return options
    },
    /** Null when the answer does not hold. */
    async registered(
      site: Site,
      account: string,
      response: RegistrationResponseJSON,
      label: string,
      now: number
    ): Promise<Passkey | null> {
      const found = await verifyRegistrationResponse({
        response,
        expectedChallenge: expect(`register ${account}`, now),
        expectedOrigin: site.origin,
        expectedRPID: site.host,
        requireUserVerification: true
      }).catch(() => null)
      if (found?.verified !== true) return null
      const { id, publicKey, counter } = found.registrationInfo.credential
      return { id, publicKey, counter, label, addedAt: now }
    },
    async signInOptions(site: Site, now: number) {
      const options = await generateAuthenticationOptions({ rpID: site.host, userVerification: "required" })
      remember(options.challenge, "sign in", now)
      return options
    },
    /** The new counter, or null when the answer does not hold. */
    async signedIn(
      site: Site,
      response: AuthenticationResponseJSON,
      { id, publicKey, counter }: Passkey,
      now: number
    ): Promise<number | null> {
      const found = await verifyAuthenticationResponse({
        response,
        expectedChallenge: expect("sign in", now),
        expectedOrigin: site.origin,
        expectedRPID: site.host,
        requireUserVerification: true,
        credential: { id, publicKey, counter }
      }).catch(() => null)
      return found?.verified === true ? found.authenticationInfo.newCounter : null
    }
  }
}
