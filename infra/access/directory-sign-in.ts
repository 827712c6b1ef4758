/**
 * Signing in through the bank's own directory: a way out that comes back once, to the browser that began it, and the account that an
 * administrator has linked with whoever came. It makes no account. Without a second factor that the directory proves, ours follows.
 */
import { randomBytes } from "node:crypto"
import { Clock, Effect } from "effect"
import { type AccessFault, refuse } from "./access-refused.ts"
import type { Accounts } from "./accounts.ts"
import { countAttempts } from "./attempts.ts"
import { hashOf } from "./sessions.ts"
import type { From, makeSignIn } from "./sign-in.ts"
import type { DirectoryFailed, DirectoryWay, StaffDirectory } from "./staff-directory.ts"

/** Somebody is asked for a password and a second factor over there. */
export const wayMsMax = 10 * 60_000
/** Sign-ins under way at once, many times over; the oldest gives way. */
const waysMax = 10_000
/** A browser brings back a code and a state of some hundred characters each. */
export const queryCharactersMax = 8_192

export interface DirectorySignInPorts {
  readonly accounts: Accounts
  readonly signIn: ReturnType<typeof makeSignIn>
  readonly directory: StaffDirectory
}

export function makeDirectorySignIn({ accounts, signIn, directory }: DirectorySignInPorts) {
  /** By the hash of the cookie that the browser which began it holds. */
  const ways = new Map<string, DirectoryWay & { readonly endsAt: number }>()
  /** Apart from those at passwords: a directory that is set up wrongly must not keep anybody from another way in. */
  const attempts = countAttempts()
  const nameOf = (secret: string) => Buffer.from(hashOf(secret)).toString("hex")

  const mayTry = Effect.fnUntraced(function* ({ address }: From) {
    const retryAfterMs = attempts.waitMs(null, address, null, yield* Clock.currentTimeMillis)
    if (retryAfterMs > 0) return yield* refuse("slowDown", { retryAfterMs })
  })
  const refused = Effect.fnUntraced(function* (fault: AccessFault, from: From, detail?: string) {
    yield* signIn.recordRefusal(null, fault, from)
    return yield* refuse(fault, detail === undefined ? {} : { detail })
  })
  /** An answer that does not hold: what a forger would send, so it is slowed down. */
  const notHeld = Effect.fnUntraced(function* (fault: AccessFault, from: From, detail?: string) {
    attempts.failed(null, from.address, null, yield* Clock.currentTimeMillis)
    return yield* refused(fault, from, detail)
  })

  const failed = Effect.fnUntraced(function* ({ kind, message }: DirectoryFailed, from: From) {
    yield* Effect.logWarning("Nobody could be signed in through the directory", { kind, why: message })
    if (kind === "unreachable") return yield* refused("directoryUnreachable", from)
    if (kind === "denied") return yield* refused("directoryDenied", from)
    return yield* notHeld("directoryAnswer", from, kind)
  })
  const asked = <A>(work: (now: number) => Promise<A>, from: From) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.tryPromise({ try: () => work(now), catch: (error) => error as DirectoryFailed })
    ).pipe(Effect.catch((failure) => failed(failure, from)))

  /** Answers where the browser goes, and the secret by which it is known when it comes back. */
  const begin = Effect.fnUntraced(function* (redirectUri: string, from: From) {
    yield* mayTry(from)
    const way = yield* asked((now) => directory.begin(redirectUri, now), from)
    const secret = randomBytes(32).toString("base64url")
    if (ways.size >= waysMax) ways.delete(ways.keys().next().value!)
    ways.set(nameOf(secret), { ...way, endsAt: (yield* Clock.currentTimeMillis) + wayMsMax })
    return { url: way.url, secret }
  })

  /** Good once, whatever comes of it: a second answer finds nothing. */
  const take = Effect.fnUntraced(function* (secret: string | null, query: string, from: From) {
    const name = nameOf(secret ?? "")
    const way = ways.get(name)
    ways.delete(name)
    const isMine = way !== undefined && new URLSearchParams(query).get("state") === way.state
    if (isMine && way.endsAt > (yield* Clock.currentTimeMillis)) return way
    return yield* notHeld("directoryState", from)
  })

  const finish = Effect.fnUntraced(function* (secret: string | null, query: string, from: From) {
    yield* mayTry(from)
    const way = yield* take(secret, query, from)
    const { subject, secondFactor } = yield* asked((now) => directory.finish(way, query, now), from)
    const owner = accounts.ownerOfSubject(directory.issuer, subject)
    const account = owner === null ? null : accounts.find(owner)
    // Told to the directory's own person alone: the administrator needs it to link the account.
    if (account === null) return yield* refused("directoryStranger", from, subject)
    if (secondFactor) return { in: yield* signIn.begin(account, "directory", from) }
    return { next: yield* signIn.secondStep(account, from, "directory") }
  })

  return { begin, finish }
}
