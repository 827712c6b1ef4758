/** People of the bank at the console of a test's server, over HTTPS as a browser would come: enrolled, briefed and signed in with a second factor. */
import { readFileSync } from "node:fs"
import { request as httpsRequest } from "node:https"
import { Secret } from "otpauth"
import type { Role } from "../../actors/access.ts"
import { totpCodeAt } from "../../infra/access/totp.ts"
import type { TestServer } from "./core.ts"
import { RawSocket } from "./raw-client.ts"

export const password = "верный конь скачет степью"

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** Of the JSON body, or undefined. */
  readonly json: unknown
}

/** A browser of one person: cookies, and the headers that our own pages send. */
export function browserOf(url: string, certificateFile: string) {
  const ca = readFileSync(certificateFile, "utf8")
  const cookies = new Map<string, string>()
  const ask = (
    method: string,
    path: string,
    body?: unknown,
    more: Readonly<Record<string, string>> = {}
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? "" : JSON.stringify(body)
      const headers = {
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
        origin: url,
        "x-mimika": "1",
        // Node sends the body of a DELETE without its length otherwise, and the next request begins in the middle.
        ...(text === ""
          ? {}
          : { "content-type": "application/json", "content-length": String(Buffer.byteLength(text)) }),
        ...more
      }
      const sent = httpsRequest(new URL(path, url), { method, ca, headers }, (response) => {
        const parts: Buffer[] = []
        response.on("data", (part: Buffer) => parts.push(part))
        response.on("end", () => {
          for (const set of response.headers["set-cookie"] ?? []) {
            const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? []
            if (/max-age=0/i.test(set)) cookies.delete(name)
            else cookies.set(name, value)
          }
          const said = Buffer.concat(parts).toString("utf8")
          const isJson = /json/.test(response.headers["content-type"] ?? "")
          const json = isJson ? JSON.parse(said) : undefined
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text: said, json })
        })
      })
      sent.on("error", reject)
      sent.end(text)
    })
  return {
    /** For a real browser that goes on as this person. */
    cookies: (): ReadonlyMap<string, string> => cookies,
    get: (path: string) => ask("GET", path),
    post: (path: string, body?: unknown) => ask("POST", path, body),
    put: (path: string, body?: unknown) => ask("PUT", path, body),
    /** Any method, and headers in place of a page's own. */
    send: (method: string, path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
      ask(method, path, body, headers),
    /** A feed's messages as they come, from the ticket on. */
    async hear(path: string, body: unknown) {
      const answer = await ask("POST", path, body)
      if (answer.status !== 200) throw new Error(`no ticket: ${answer.status} ${answer.text}`)
      const { ticket } = answer.json as { readonly ticket: string }
      const socket = new RawSocket(`${url.replace("https", "wss")}/feed`, certificateFile)
      socket.socket.on("open", () => socket.say(ticket))
      return socket
    }
  }
}

export type StaffBrowser = ReturnType<typeof browserOf>

/** A code is good once: the enrolment takes the previous step's, the sign-in this one's. */
const codeAt = (secret: Uint8Array, stepsBack: number) => totpCodeAt(secret, Date.now() - stepsBack * 30_000)

async function enrolled(url: string, certificateFile: string, link: string) {
  const browser = browserOf(url, certificateFile)
  const secret = new URL(link).hash.slice(1)
  const looked = await browser.post("/api/enrolment", { secret })
  const { login, totp, asksBriefing } = looked.json as {
    login: string
    totp: { secret: string }
    asksBriefing: boolean
  }
  const key = new Uint8Array(Secret.fromBase32(totp.secret.replaceAll(" ", "")).buffer)
  const briefing = asksBriefing ? { heldAt: Date.now(), by: "security" } : null
  const done = await browser.post("/api/enrolment/finish", { secret, password, code: codeAt(key, 1), briefing })
  if (done.status !== 200) throw new Error(`not enrolled: ${done.text}`)
  const signIn = async () => {
    await browser.post("/api/sign-in", { login, password })
    const signed = await browser.post("/api/sign-in/totp", { code: codeAt(key, 0) })
    if (signed.status !== 200) throw new Error(`not signed in: ${signed.text}`)
  }
  const { recoveryCodes } = done.json as { readonly recoveryCodes: readonly string[] }
  return Object.assign(browser, { signIn, recoveryCodes })
}

/** The first administrator, who invites and briefs everybody else. */
export async function staffOf({ core }: TestServer) {
  if (core.console === null) throw new Error("the test's server has no console")
  const { url, firstEnrolment } = core.console
  const signedIn = async (link: string, brief: (browser: StaffBrowser) => Promise<unknown>) => {
    const browser = await enrolled(url, core.certificateFile, link)
    await brief(browser)
    await browser.signIn()
    return browser
  }
  const admin = await signedIn(firstEnrolment!, async () => {})
  return {
    admin,
    async person(login: string, roles: readonly Role[], team: string | null = null) {
      const invited = await admin.post("/api/accounts", { login, name: `Имя ${login}`, roles, team })
      const { account, url: link } = invited.json as { account: { id: string }; url: string }
      const briefing = { heldAt: Date.now(), by: "security" }
      const browser = await signedIn(link, () => admin.put(`/api/accounts/${account.id}/briefing`, briefing))
      return Object.assign(browser, { account: account.id })
    }
  }
}
