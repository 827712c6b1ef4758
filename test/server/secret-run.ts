/**
 * Everything that people and platforms do with secrets, done once on a real server: enrolment, sign-in by code and by recovery code,
 * an invitation, a platform's calls, a client's link, codes, consent and erasure, and a wrong try of each. It learns every secret
 * that goes in or comes out, and keeps every answer in which none may stand.
 */
import { readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Secret as Base32 } from "otpauth"
import { expect } from "vitest"
import { totpCodeAt } from "../../infra/access/totp.ts"
import { codesFolder } from "../../infra/exchange/code-outbox.ts"
import { startConference } from "../../sdk/mimika.ts"
import { clipPictures, sdkOptions } from "./core.ts"
import type { OpenIdProvider } from "./openid-provider.ts"
import { Observed, sendPaced } from "./paced.ts"
import type { ServerProcess } from "./process.ts"
import { type Secret, secretOf } from "./secret-search.ts"
import { browserOf } from "./staff.ts"

export class SecretRun {
  readonly secrets: Secret[] = []
  /** Answers to wrong tries, and what is shown to those who watch the server. */
  readonly answers: string[] = []
  readonly #server: ServerProcess
  readonly #folder: string
  readonly #console: string

  constructor(server: ServerProcess, folder: string) {
    this.#server = server
    this.#folder = folder
    this.#console = /console: +(\S+)/.exec(server.said.join("\n"))?.[1] ?? ""
  }

  learn(name: string, secret: string | Uint8Array, home: RegExp | null = null): void {
    this.secrets.push(secretOf(name, secret, home))
  }

  /** A browser that learns the cookies it is given, and keeps refusals. */
  #browser(name: string) {
    const browser = browserOf(this.#console, this.#server.certificateFile)
    const known = new Set<string>()
    const send = async (method: string, path: string, body?: unknown) => {
      const answer = await browser.send(method, path, body)
      if (answer.status >= 400) this.answers.push(JSON.stringify(answer.headers), answer.text)
      for (const [cookie, value] of browser.cookies()) {
        if (value === "" || known.has(value)) continue
        known.add(value)
        this.learn(`${name}'s cookie ${cookie}`, value)
      }
      // biome-ignore lint/suspicious/noExplicitAny: each path has an answer of its own.
      return { ...answer, json: answer.json as any }
    }
    const must = async (method: string, path: string, body?: unknown) => {
      const answer = await send(method, path, body)
      expect([path, answer.status < 400, answer.status < 400 ? "" : answer.text]).toEqual([path, true, ""])
      return answer
    }
    return { send, must }
  }

  /** Enrols, signs in by code, out, and in again by a recovery code. */
  async enrol(link: string, brief: () => Promise<unknown>) {
    const linkSecret = new URL(link).hash.slice(1)
    this.learn("an enrolment link", linkSecret)
    const first = this.#browser("a new person")
    const looked = await first.must("POST", "/api/enrolment", { secret: linkSecret })
    const { login, totp, asksBriefing } = looked.json
    const password = "коростель ведает где зимуют раки"
    this.learn(`${login}'s password`, password)
    this.learn(`${login}'s authenticator, in base32`, totp.secret)
    this.learn(`${login}'s authenticator, in one word`, totp.secret.replaceAll(" ", ""))
    const key = new Uint8Array(Base32.fromBase32(totp.secret.replaceAll(" ", "")).buffer)
    this.learn(`${login}'s authenticator`, key)
    const codeAt = (stepsBack: number) => {
      const code = totpCodeAt(key, Date.now() - stepsBack * 30_000)
      this.learn(`${login}'s authenticator's code`, code)
      return code
    }
    const briefing = asksBriefing ? { heldAt: Date.now(), by: "security" } : null
    const finished = { secret: linkSecret, password, briefing }
    await first.send("POST", "/api/enrolment/finish", { ...finished, password: "раки", code: "000000" })
    const done = await first.must("POST", "/api/enrolment/finish", { ...finished, code: codeAt(1) })
    const codes: readonly string[] = done.json.recoveryCodes
    for (const code of codes) this.learn(`${login}'s recovery code`, code)
    await brief()

    const wrong = "коростель ведает где зимуют раки?"
    this.learn("a wrong password", wrong)
    await first.send("POST", "/api/sign-in", { login, password: wrong })
    await first.must("POST", "/api/sign-in", { login, password })
    await first.send("POST", "/api/sign-in/recovery", { code: codes[0]!.toUpperCase().slice(0, -1) })
    await first.must("POST", "/api/sign-in/totp", { code: codeAt(0) })
    await first.must("POST", "/api/sign-out")
    await first.send("GET", "/api/me")
    await first.must("POST", "/api/sign-in", { login, password })
    await first.must("POST", "/api/sign-in/recovery", { code: codes[1] })
    return first
  }

  async administrator() {
    const link = /^ +(https:\S+\/enrol#\S+)$/m.exec(this.#server.said.join("\n"))?.[1]
    if (link === undefined) throw new Error("the server said no enrolment link")
    return this.enrol(link, async () => {})
  }

  async person(admin: Awaited<ReturnType<SecretRun["administrator"]>>, login: string, roles: readonly string[]) {
    const invited = await admin.must("POST", "/api/accounts", { login, name: "Белозёрова Ульяна", roles, team: null })
    const { account, url } = invited.json
    const briefing = { heldAt: Date.now(), by: "security" }
    return this.enrol(url, () => admin.must("PUT", `/api/accounts/${account.id}/briefing`, briefing))
  }

  /** A person links with the bank's directory, comes through it, and somebody brings answers that do not hold. */
  async directory(provider: OpenIdProvider, admin: Awaited<ReturnType<SecretRun["administrator"]>>) {
    const { accounts } = (await admin.must("GET", "/api/accounts")).json
    provider.person = { sub: "d1rectory-4711", amr: ["mfa"] }
    await admin.must("PUT", `/api/accounts/${accounts[0].id}/directory`, { subject: "d1rectory-4711" })
    this.learn("the id of a person in the bank's directory", "d1rectory-4711")
    const honest = provider.forge
    for (const isForged of [true, false]) {
      const browser = this.#browser("a person of the directory")
      const { url } = (await browser.must("POST", "/api/sign-in/directory", {})).json
      const query = await provider.visit(url)
      provider.forge = isForged ? (token) => ({ ...token, key: "another's" }) : honest
      await browser.send("POST", "/api/sign-in/directory/finish", { query })
      await browser.send("POST", "/api/sign-in/directory/finish", { query })
      if (!isForged) await browser.must("GET", "/api/me")
    }
    for (const given of provider.issued) this.learn("what the directory gave out", given)
  }

  /** The newest code for a client; it is taken away, as the bank's gateway does. */
  #takeCode(): string {
    const folder = codesFolder(this.#folder)
    const [file] = readdirSync(folder)
    const { code } = JSON.parse(readFileSync(join(folder, file!), "utf8")) as { code: string }
    rmSync(join(folder, file!))
    this.learn("a client's code", code)
    return code
  }

  /** From the manager's plan over the client's consent to the erasure. */
  async client(manager: Awaited<ReturnType<SecretRun["enrol"]>>) {
    const wish = { clientId: "K-4711", clientLabel: "Иван Петров" }
    const { id } = (await manager.must("POST", "/api/conferences", wish)).json
    const { url } = (await manager.must("POST", `/api/conferences/${id}/link`)).json
    const token = new URL(url).hash.slice(1)
    this.learn("a client's link", token)
    const client = this.#browser("the client")
    await client.must("POST", "/client/api/open", { token })
    await this.#browser("a stranger").send("POST", "/client/api/open", { token })
    await client.send("POST", "/client/api/erase")
    await client.must("POST", "/client/api/code")
    await client.send("POST", "/client/api/code")
    const code = this.#takeCode()
    const guess = code === "111111" ? "222222" : "111111"
    await client.send("POST", "/client/api/code/check", { code: guess })
    await client.must("POST", "/client/api/code/check", { code })
    await client.must("POST", "/client/api/consents", { purposes: ["expressionAnalysis"], language: "ru" })
    const { conference } = (await manager.must("POST", `/api/conferences/${id}/start`)).json
    const { resumeToken } = (await client.must("POST", "/client/api/join")).json
    this.learn("the client page's resume token", resumeToken.split(".")[1])
    await client.must("GET", "/client/api/my-data.html")
    await manager.must("POST", `/api/conferences/${conference}/end`)
    await client.must("POST", "/client/api/erase")
  }

  /** A call by the platform with some frames, and a stranger's with a wrong token. */
  async platform() {
    const { url, accessToken, certificateFile } = this.#server
    this.learn("the platform's access token", accessToken, /^access-token$/)
    const observed = new Observed()
    const call = await startConference(sdkOptions({ url, accessToken, certificateFile }, "call-1", observed.handlers))
    await sendPaced(call, observed, await clipPictures(3))
    expect(await call.end()).toMatchObject({ counted: 3 })
    const guess = `${accessToken.slice(0, -1)}~`
    this.learn("a wrong access token", guess)
    const stranger = sdkOptions({ url, accessToken: guess, certificateFile }, "call-2")
    await startConference(stranger).catch((error: Error) => this.answers.push(error.message))
  }

  /** What stands in files that only the server's user may read, each with its home. */
  learnFiles(): void {
    const textOf = (file: string) => readFileSync(join(this.#folder, file), "utf8").trim()
    for (const name of ["admin-token", "analytics-token"]) this.learn(name, textOf(name), new RegExp(`^${name}$`))
    const pem = [...readdirSync(join(this.#folder, "keys")).map((file) => `keys/${file}`), "tls/tls-key.pem"]
    for (const file of pem.filter((name) => name.endsWith(".pem"))) {
      const home = new RegExp(`^${file.replaceAll(".", "\\.")}$`)
      const lines = textOf(file)
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("-----"))
      for (const line of lines) this.learn(`a line of ${file}`, line, home)
      // The scalar itself: the last 32 bytes of an Ed25519 key, within those of a P-256 one.
      const der = Buffer.from(lines.join(""), "base64")
      this.learn(`the key in ${file}`, der.length < 60 ? der.subarray(-32) : der.subarray(36, 68), home)
    }
    if (readdirSync(join(this.#folder, "keys")).includes("master.key")) {
      for (const line of textOf("keys/master.key").split("\n")) {
        this.learn("the master key", Buffer.from(line.split(" ")[1]!, "base64"), /^keys\/master\.key$/)
      }
    }
  }
}
