/** Asks the server over HTTP, as this page and nobody else; a refusal comes back as a fault with a tag and words. */
import { words } from "../design/language.ts"
import { designTexts } from "../design/texts.ts"

export class ApiFault extends Error {
  /** What kind of refusal: pages have words of their own for those they expect. */
  readonly tag: string
  readonly status: number
  readonly retryAfterMs: number | null
  readonly detail: string | null

  constructor(status: number, said: { error?: string; tag?: string; retryAfterMs?: number; detail?: string }) {
    super(said.error ?? words(designTexts).failed)
    this.status = status
    this.tag = said.tag ?? "Failed"
    this.retryAfterMs = said.retryAfterMs ?? null
    this.detail = said.detail ?? null
  }
}

type Method = "GET" | "POST" | "PUT" | "DELETE"

/** Rejects with `ApiFault`; status 0: no answer at all. */
export async function api<Answer>(method: Method, path: string, body?: unknown): Promise<Answer> {
  const response = await answerTo(method, path, body)
  return (response.status === 204 ? null : await response.json()) as Answer
}

/** Hands a file to the browser to keep, under the name that the server gave it, and answers that name; a refusal stays on the page. */
export async function download(path: string): Promise<string> {
  const response = await answerTo("GET", path)
  const name = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "")?.[1] ?? "file"
  const link = document.createElement("a")
  link.href = URL.createObjectURL(await response.blob())
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
  return name
}

async function answerTo(method: Method, path: string, body?: unknown): Promise<Response> {
  let response: Response
  try {
    response = await fetch(path, {
      method,
      credentials: "same-origin",
      headers: { "x-mimika": "1", ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
  } catch {
    throw new ApiFault(0, { error: words(designTexts).noAnswer, tag: "NoAnswer" })
  }
  if (response.ok) return response
  const said = await response.json().catch(() => ({}))
  if (response.status === 401 && said.tag === "NotSignedIn" && !location.pathname.startsWith("/sign-in")) {
    location.assign(`/sign-in?to=${encodeURIComponent(location.pathname)}`)
  }
  throw new ApiFault(response.status, said)
}

/** The page's own words for a fault, else the server's, else that the server failed. */
export function faultText(error: unknown, known: Readonly<Record<string, string>> = {}): string {
  if (!(error instanceof ApiFault)) return words(designTexts).failed
  return known[error.tag] ?? (error.status >= 500 ? words(designTexts).failed : error.message)
}
