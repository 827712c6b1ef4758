/** `mimika account list | invite | brief | directory | revoke`: brings the wish to the running server, which records it as done by this user of the system. */
import { existsSync } from "node:fs"
import process from "node:process"
import type { AccountWish } from "../access/account-wishes.ts"
import { adminUrlFile } from "../gateway/admin-door.ts"
import type { Language } from "../report-table.ts"
import { osActor } from "../subjects/os-actor.ts"
import { doorOf, textOf } from "../subjects/subject-desk.ts"

export interface AccountOptions {
  readonly data: string
  readonly json: boolean
  readonly lang: Language
}

interface Shown {
  readonly login: string
  readonly name: string
  readonly roles: readonly string[]
  readonly enrolled: boolean
  readonly briefing: { readonly at: number; readonly by: string } | null
  readonly disabledAt: number | null
  /** With a person of the bank's directory. */
  readonly linked: boolean
  readonly sessionCount: number
}

const words = {
  ru: {
    head: "Логин | Имя | Роли | Состояние | Инструктаж | Каталог | Сеансов",
    linked: "связана",
    off: "выключена",
    enrolled: "работает",
    invited: "ждёт регистрации",
    none: "нет",
    link: "Ссылка для регистрации, один раз, до {until}. Передайте её так, чтобы её увидел только этот человек:",
    noConsole: "Консоль не открыта (--no-console): подставьте её адрес перед /enrol"
  },
  en: {
    head: "Login | Name | Roles | State | Briefing | Directory | Sessions",
    linked: "linked",
    off: "switched off",
    enrolled: "works",
    invited: "waits for enrolment",
    none: "none",
    link: "The link to enrol with, once, until {until}. Hand it over so that only this person sees it:",
    noConsole: "No console is served (--no-console): put its address before /enrol"
  }
} as const

const asked = async (wish: AccountWish, { data }: AccountOptions): Promise<string> => {
  if (!existsSync(adminUrlFile(data))) {
    throw new Error(`Cannot ask the server of "${data}": none runs there. Start one with "mimika serve"`)
  }
  return textOf(await doorOf(data)("/admin/accounts", wish))
}

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10)

function print(text: string, { json, lang }: AccountOptions): void {
  if (json) return void process.stdout.write(`${text}\n`)
  const word = words[lang]
  process.stdout.write(`| ${word.head} |\n|---|---|---|---|---|---|--:|\n`)
  for (const shown of (JSON.parse(text) as { readonly accounts: readonly Shown[] }).accounts) {
    const { login, name, roles, enrolled, briefing, disabledAt, linked, sessionCount } = shown
    const state = disabledAt !== null ? word.off : enrolled || linked ? word.enrolled : word.invited
    const briefed = briefing === null ? word.none : `${day(briefing.at)}, ${briefing.by}`
    const cells = [login, name, roles.join(", "), state, briefed, linked ? word.linked : word.none, sessionCount]
    process.stdout.write(`| ${cells.join(" | ")} |\n`)
  }
}

export const listAccounts = async (options: AccountOptions) => print(await asked({ wish: "list" }, options), options)

export interface InviteOptions extends AccountOptions {
  readonly name?: string
  readonly role?: readonly string[]
  readonly team?: string
}

export async function inviteAccount(login: string, options: InviteOptions): Promise<void> {
  const { name, role, team, json, lang } = options
  if ((name === undefined) !== (role === undefined)) {
    throw new Error(
      `Cannot invite "${login}": a new account needs both --name and --role. Give both, or neither for a new link to an account that is there`
    )
  }
  const actor = osActor()
  const wish =
    name === undefined || role === undefined
      ? ({ wish: "link", actor, login } as const)
      : ({ wish: "invite", actor, login, name, roles: role, team: team ?? null } as unknown as AccountWish)
  const text = await asked(wish, options)
  if (json) return void process.stdout.write(`${text}\n`)
  const { url, endsAt } = JSON.parse(text) as { readonly url: string; readonly endsAt: number }
  const word = words[lang]
  const until = new Date(endsAt).toISOString().slice(0, 16).replace("T", " ")
  process.stdout.write(`${word.link.replace("{until}", `${until} UTC`)}\n  ${url}\n`)
  if (url.startsWith("/")) process.stdout.write(`${word.noConsole}\n`)
}

export async function briefAccount(
  login: string,
  options: AccountOptions & { readonly by: string; readonly on?: string }
): Promise<void> {
  const { by, on } = options
  const heldAt = on === undefined ? Date.now() : Date.parse(on)
  if (Number.isNaN(heldAt)) throw new Error(`Cannot read the day "${on}". Write it as 2026-11-24`)
  print(await asked({ wish: "brief", actor: osActor(), login, heldAt, by }, options), options)
}

export async function revokeAccount(login: string, options: AccountOptions & { readonly restore: boolean }) {
  const wish = options.restore ? "restore" : "revoke"
  print(await asked({ wish, actor: osActor(), login }, options), options)
}

export async function linkAccount(
  login: string,
  options: AccountOptions & { readonly subject?: string; readonly unlink: boolean }
): Promise<void> {
  const { subject, unlink } = options
  if ((subject === undefined) !== unlink) {
    throw new Error(`Cannot link "${login}": it is not clear with whom. Give either --subject or --unlink`)
  }
  print(await asked({ wish: "directory", actor: osActor(), login, subject: subject ?? null }, options), options)
}
