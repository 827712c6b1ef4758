/**
 * What the console's server answers: a method, a path, the permission it takes by the table of doors, and what to do. A route
 * without a permission says why by its audience. It reads no cookie and sets no header: `console-door.ts` does.
 */
import type { Effect } from "effect"
import type { Permission, Person } from "../../actors/access.ts"
import { type OpenRoute, routes, type StaffRoute } from "../../actors/doors.ts"

export interface Asked<Who> {
  readonly request: Request
  /** What stands for `:name` in the path, decoded. */
  readonly parameters: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** Address of the peer, as text without port. */
  readonly address: string
  readonly person: Who
  /** The JSON body; undefined when there is none. Check it with a Schema. */
  readonly body: unknown
}

/** An error with a message for a person; the door answers 4xx with it. Others are defects: 500. */
export interface Refusal {
  readonly _tag: string
  readonly message: string
  /** Which of several reasons: pages have words for it. */
  readonly fault?: string
  readonly reason?: string
  /** Answered as 429: too early. */
  readonly retryAfterMs?: number
  readonly detail?: string
}

type Handler<Who> = (asked: Asked<Who>) => Effect.Effect<Response | object | null, Refusal>

/** A plain object is answered as JSON, null as 204, a Response as it is. */
export type Route =
  | {
      readonly method: Method
      readonly path: string
      readonly permission: Permission
      readonly handle: Handler<Person>
    }
  /** `anybody`: signing in and static pages. `client`: a client's page, which proves itself by its own cookie. */
  | {
      readonly method: Method
      readonly path: string
      readonly audience: "anybody" | "client"
      readonly handle: Handler<Person | null>
    }

const placeOf = (door: StaffRoute | OpenRoute) => {
  const [method, path] = door.split(" ", 2) as [Method, string]
  return { method, path }
}

/** A route for people who have the permission that the table of doors names for it. */
export const route = (door: StaffRoute, handle: Handler<Person>): Route => ({
  ...placeOf(door),
  permission: routes[door],
  handle
})

/** A route without a permission, for those who prove themselves otherwise or need not. */
export const openRoute = (door: OpenRoute, handle: Handler<Person | null>): Route => ({
  ...placeOf(door),
  audience: routes[door],
  handle
})

/** Of a file that is asked for: what the page is read in. */
export const languageOf = (query: URLSearchParams) => (query.get("lang") === "en" ? "en" : "ru")

/** A file to take away. */
export const attachment = (body: BodyInit, type: string, name: string) =>
  new Response(body, {
    headers: { "content-type": type, "content-disposition": `attachment; filename="${name}"` }
  })

export type Method = "GET" | "POST" | "PUT" | "DELETE"

/** The values of `:name` segments when the path fits, else null. */
export function matched(pattern: string, path: string): Readonly<Record<string, string>> | null {
  const wanted = pattern.split("/")
  const given = path.split("/")
  if (wanted.length !== given.length) return null
  const parameters: Record<string, string> = {}
  for (const [index, word] of wanted.entries()) {
    const text = given[index]!
    if (!word.startsWith(":")) {
      if (word !== text) return null
    } else {
      try {
        parameters[word.slice(1)] = decodeURIComponent(text)
      } catch {
        return null
      }
    }
  }
  return parameters
}
