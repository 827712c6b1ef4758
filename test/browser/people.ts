/** People at the console, as the pages see them: enrolled by a link, briefed, signed in with a code of their authenticator app. */

import { Secret } from "otpauth"
import type { BrowserContext, Page } from "playwright-core"
import { expect } from "vitest"
import { totpCodeAt } from "../../infra/access/totp.ts"

export const password = "верный конь скачет степью"

export interface Enrolled {
  readonly login: string
  readonly secret: Uint8Array
  readonly recoveryCodes: readonly string[]
}

/** A code is good once, and a step lasts half a minute: tests take the previous, this and the next one in turn. */
const used = new Map<string, number>()
export function codeFor({ login, secret }: Pick<Enrolled, "login" | "secret">): string {
  const step = Math.floor(Date.now() / 30_000)
  const next = Math.max(step - 1, (used.get(login) ?? 0) + 1)
  if (next > step + 1) throw new Error("a test signs the same person in more than three times in half a minute")
  used.set(login, next)
  return totpCodeAt(secret, next * 30_000)
}

export async function enrol(page: Page, link: string): Promise<Enrolled> {
  await page.goto(link)
  await page.getByRole("heading", { name: "Регистрация" }).waitFor()
  const login = /\(([^)]+)\)/.exec((await page.locator("form").textContent()) ?? "")?.[1] ?? ""
  const typed = (await page.locator(".mono").first().textContent()) ?? ""
  const secret = new Uint8Array(Secret.fromBase32(typed.replaceAll(" ", "")).buffer)
  await page.getByLabel("Пароль", { exact: true }).fill(password)
  await page.getByLabel("Пароль ещё раз").fill(password)
  await page.getByLabel("Код из приложения").fill(codeFor({ login, secret }))
  const heldBy = page.getByLabel("Кто провёл")
  if (await heldBy.isVisible()) await heldBy.fill("Служба безопасности")
  await page.getByRole("button", { name: "Завершить регистрацию" }).click()
  await page.getByRole("heading", { name: "Коды восстановления" }).waitFor()
  const recoveryCodes = await page.locator(".codes li").allTextContents()
  expect(recoveryCodes).toHaveLength(10)
  return { login, secret, recoveryCodes }
}

export async function giveCode(page: Page, person: Enrolled): Promise<void> {
  await page.getByLabel("Логин").fill(person.login)
  await page.getByLabel("Пароль").fill(password)
  await page.getByRole("button", { name: "Продолжить" }).click()
  await page.getByLabel("Код из приложения").fill(codeFor(person))
  await page.getByRole("button", { name: "Войти", exact: true }).click()
}

export async function signIn(profile: BrowserContext, url: string, person: Enrolled): Promise<Page> {
  const page = await profile.newPage()
  await page.goto(`${url}/sign-in`)
  await giveCode(page, person)
  await page.getByRole("button", { name: "Выйти" }).waitFor()
  return page
}
