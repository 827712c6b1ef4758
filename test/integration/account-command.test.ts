/** The accounts from the command line: invited, briefed, listed and switched off, on record and by this user of the system. */
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { Effect, Stream } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { EventStore } from "../../actors/event-store.ts"
import { journalAt } from "../../infra/journal/journal.ts"
import { startServer, type TestServer } from "../server/core.ts"
import { browserOf, staffOf } from "../server/staff.ts"

const main = fileURLToPath(new URL("../../main.ts", import.meta.url))

describe("mimika account", () => {
  let server: TestServer
  beforeAll(async () => {
    const settings = { clientId: "mimika", secret: () => "x", authorityFile: null, amr: [], acr: [] }
    const staffDirectory = { issuer: new URL("https://login.bank.example"), ...settings }
    server = await startServer({ console: true, staffDirectory })
    await staffOf(server)
  })
  afterAll(() => server.stop())

  const account = async (...words: string[]) => {
    const command = [main, "account", ...words, "--data", server.dataFolder]
    const { stdout } = await promisify(execFile)(process.execPath, command)
    return stdout
  }
  const listed = async () => JSON.parse(await account("list", "--json")).accounts as { readonly login: string }[]

  it("invites with a link that enrols, briefs, lists and switches off", async () => {
    const said = await account("invite", "petrova", "--name", "Мария Петрова", "--role", "manager", "--lang", "en")
    const [link] = /https:\S+\/enrol#\S+/.exec(said) ?? []
    const browser = browserOf(server.core.console!.url, server.core.certificateFile)
    const looked = await browser.post("/api/enrolment", { secret: new URL(link!).hash.slice(1) })
    expect(looked.json).toMatchObject({ login: "petrova" })

    await account("brief", "petrova", "--by", "Служба безопасности", "--on", "2026-11-20")
    expect(await listed()).toContainEqual(
      expect.objectContaining({
        login: "petrova",
        roles: ["manager"],
        enrolled: false,
        disabledAt: null,
        briefing: { at: Date.parse("2026-11-20"), by: "Служба безопасности" }
      })
    )
    expect(await account("list")).toContain("| petrova | Мария Петрова | manager | ждёт регистрации | 2026-11-20")
    expect(await account("invite", "petrova", "--lang", "en")).toContain("/enrol#")
    expect(await account("revoke", "petrova", "--lang", "en")).toContain("switched off")
    expect(await account("revoke", "petrova", "--restore", "--lang", "en")).toContain("waits for enrolment")
  })

  it("links an account with a person of the bank's directory, and takes the link away", async () => {
    expect(await account("directory", "petrova", "--subject", "f1a7-0042", "--lang", "en")).toMatch(/\| linked \| 0 \|/)
    await expect(account("directory", "admin", "--subject", "f1a7-0042")).rejects.toThrow("another account is linked")
    expect(await account("directory", "petrova", "--unlink", "--lang", "en")).toMatch(/\| none \| 0 \|/)
  })

  it("refuses in words: nobody of this login, half an invitation, the last administrator", async () => {
    await expect(account("brief", "nobody", "--by", "x")).rejects.toThrow("Cannot find the account")
    await expect(account("invite", "ivanov", "--name", "Иван")).rejects.toThrow("needs both --name and --role")
    const [administrator] = (await listed()).filter(({ login }) => login !== "petrova")
    await expect(account("revoke", administrator!.login)).rejects.toThrow("last administrator")
  })

  it("is on record before it is done, as this user's act", async () => {
    const read = Effect.flatMap(EventStore, (store) => Stream.runCollect(store.read("operations")))
    const store = journalAt({ folder: server.dataFolder, readOnly: true })
    const events = (await Effect.runPromise(Effect.provide(read, store))).flatMap((commit) => commit.events)
    const acts = events.filter(({ actor }) => String(actor).startsWith("os:")).map(({ type }) => type)
    const expected = ["AccountInvited", "BriefingRecorded", "AccountSwitched", "DirectoryLinkChanged"]
    expect(acts).toEqual(expect.arrayContaining(expected))
  })
})
