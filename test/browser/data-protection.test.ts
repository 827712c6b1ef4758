/** The data-protection officer's day in a browser: a look, a copy, an erasure that fails half way and is finished, its proofs; consent texts and retention. */
import { appendFileSync, truncateSync, writeFileSync } from "node:fs"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, it } from "vitest"
import { conferencesFile } from "../../infra/exchange/agenda-store.ts"
import { barListFile } from "../../infra/subjects/bar-list.ts"
import type { ErasureView } from "../../projections/erasures.ts"
import { startConference } from "../../sdk/mimika.ts"
import { clipPictures, consentTo, sdkOptions, startServer, type TestServer } from "../server/core.ts"
import { Observed, sendPaced } from "../server/paced.ts"
import { recordedOf } from "../server/recorded.ts"
import { password, staffOf } from "../server/staff.ts"
import { axeOf, complaintsOf, openBrowser, profileOf, shoot } from "./rig.ts"

const client = { id: "client-4711", name: "Анна Петровна Кузнецова", contacts: ["+7 900 000-00-01"], crmId: "crm-9" }
const reason = "обращение № 17"
let server: TestServer
let browser: Browser
let url: string
let staff: Awaited<ReturnType<typeof staffOf>>
let page: Page
let complaints: readonly string[]

beforeAll(async () => {
  server = await startServer({ console: true })
  url = server.core.console?.url ?? ""
  browser = await openBrowser()
  staff = await staffOf(server)
  const observed = new Observed()
  const ended = await startConference(sdkOptions(server.core, "call-1", { ...observed.handlers, client: client.id }))
  await sendPaced(ended, observed, await clipPictures(6))
  for (const purpose of ["trends", "crmTransfer"] as const) await ended.giveConsent(consentTo(purpose, purpose))
  await ended.withdraw("trends")
  await ended.end()
  // One that a manager leads runs on: who the client is comes with it from the bank.
  const entry = { call: "call-2", manager: "ivanova", client, title: "Вклад", startsAt: new Date().toISOString() }
  const list = { format: "mimika-conferences-1", conferences: [entry] }
  writeFileSync(conferencesFile(server.dataFolder), JSON.stringify(list))
  const manager = await staff.person("ivanova", ["manager"])
  const scheduled = (await manager.get("/api/conferences")).json as { scheduled: readonly { readonly id: string }[] }
  await manager.post(`/api/conferences/${scheduled.scheduled[0]!.id}/start`)
  const officer = await staff.person("officer", ["dataProtectionOfficer"])
  page = await (await profileOf(browser, url, officer)).newPage()
  complaints = complaintsOf(page)
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

const english = async (run: () => Promise<void>) => {
  await page.getByRole("button", { name: "ENG" }).click()
  await run()
  await page.getByRole("button", { name: "РУС" }).click()
}

it("shows the consent texts with how much rests on each", async () => {
  await page.goto(`${url}/data-protection/consents`)
  await page.getByText("Опубликованные тексты не меняются").waitFor()
  await page.locator("summary").first().click()
  const numbers = page.locator("tr", { hasText: "Анализ выражения лица" }).first().locator("td.number")
  expect(await numbers.allTextContents()).toEqual(["1", "1", "1"])
  expect(await axeOf(page)).toEqual([])
  await shoot(page, "consent-texts-ru")
})

it("finds a client after a reason, and says in the page's own words when there is none", async () => {
  await page.goto(`${url}/data-protection`)
  await page.getByRole("heading", { name: "Защита данных" }).waitFor()
  const sections = await page.getByRole("navigation").getByRole("link").allTextContents()
  expect(sections[0]).toBe("Защита данных")
  expect(sections).toContain("Сроки хранения")
  await page.getByLabel("Идентификатор клиента").fill("client-0000")
  await page.getByLabel("Причина").fill(reason)
  await page.getByRole("button", { name: "Показать" }).click()
  await page.getByText("Такого клиента нет").waitFor()
  expect(await axeOf(page)).toEqual([])
  await page.getByLabel("Идентификатор клиента").fill("CRM-9")
  await page.getByRole("button", { name: "Показать" }).click()
  await page.getByText(client.name).waitFor()
  expect(await page.getByText("Доказательства согласий").count()).toBe(1)
  expect(await page.locator(".tag", { hasText: "идёт" }).count()).toBe(1)
  expect(await axeOf(page)).toEqual([])
  await shoot(page, "data-protection-ru")
  await english(async () => {
    await page.getByText("What is kept, and until when").waitFor()
    await shoot(page, "data-protection-en")
  })
})

it("hands out a copy, which is on record", async () => {
  const saved = page.waitForEvent("download")
  await page.getByRole("button", { name: "Выгрузить для чтения" }).click()
  expect((await saved).suggestedFilename()).toMatch(/^[0-9a-f-]{36}\.html$/)
  await page.getByText("Выгрузка сохранена").waitFor()
  expect((await recordedOf(server)).at(-1)).toMatchObject({ type: "SubjectExported", purpose: reason })
})

it("erases after the password, shows a failure as one with what to do, and finishes", async () => {
  await page.getByRole("button", { name: "Удалить данные…" }).click()
  const dialog = page.getByRole("dialog")
  await dialog.getByText("Сейчас у клиента идёт конференция").waitFor()
  await dialog.getByLabel("Причина").fill(reason)
  await dialog.getByLabel("Ваш пароль").fill("не тот пароль")
  await shoot(page, "data-protection-erase-ru", false)
  expect(await axeOf(page)).toEqual([])
  await dialog.getByRole("button", { name: "Удалить безвозвратно" }).click()
  await dialog.getByText("Пароль не подошёл").waitFor()
  appendFileSync(barListFile(server.dataFolder), "somebody wrote here\n")
  await dialog.getByLabel("Ваш пароль").fill(password)
  await dialog.getByRole("button", { name: "Удалить безвозвратно" }).click()
  await dialog.getByText("Данные ещё НЕ удалены").waitFor()
  expect(await dialog.locator(".steps .done").count()).toBe(2)
  await shoot(page, "data-protection-failed-ru", false)
  expect(await axeOf(page)).toEqual([])
  await dialog.getByRole("button", { name: "Закрыть" }).click()
  await page.getByRole("button", { name: "Удаления" }).click()
  await page.getByText("не закончено").waitFor()
  truncateSync(barListFile(server.dataFolder))
  await page.getByRole("button", { name: "Повторить удаление" }).click()
  await dialog.getByLabel("Ваш пароль").fill(password)
  // As it looks while an erasure takes long: no answer yet, and two steps in the journal.
  const held = Promise.withResolvers<void>()
  await page.route("**/api/subjects/*/erasure", async (route) => {
    const response = await route.fetch()
    await held.promise
    await route.fulfill({ response })
  })
  await page.route("**/api/erasures", async (route) => {
    const { erasures } = (await (await route.fetch()).json()) as { erasures: readonly ErasureView[] }
    const slow = erasures.map((view) => ({ ...view, state: "running", failure: null, steps: view.steps.slice(0, 2) }))
    await route.fulfill({ json: { erasures: slow } })
  })
  await dialog.getByRole("button", { name: "Повторить удаление" }).click()
  await dialog.locator(".steps .done").nth(1).waitFor()
  expect(await dialog.getByText("Удаляем…").count()).toBe(1)
  expect(await dialog.locator("[aria-current=step]").textContent()).toContain("Ключи уничтожены")
  await page.unroute("**/api/erasures")
  held.resolve()
  await dialog.getByText("Данные удалены").waitFor()
  expect(await dialog.locator(".steps .done").count()).toBe(5)
  await shoot(page, "data-protection-erased-ru", false)
  const saved = page.waitForEvent("download")
  await dialog.getByRole("button", { name: "Акт" }).click()
  expect((await saved).suggestedFilename()).toMatch(/-act\.html$/)
  await dialog.getByRole("button", { name: "Закрыть" }).click()
  await page.locator(".tag", { hasText: "удалено" }).waitFor()
  expect(await axeOf(page)).toEqual([])
  await shoot(page, "erasures-ru")
})

it("shows the officer the terms, and lets an administrator set them with a reason", async () => {
  await page.getByRole("link", { name: "Сроки хранения" }).click()
  await page.getByText("Сроки меняет администратор").waitFor()
  expect(await page.getByRole("textbox").count()).toBe(0)
  expect(await axeOf(page)).toEqual([])
  await english(() => shoot(page, "retention-en"))
  expect(complaints).toEqual([])

  const own = await (await profileOf(browser, url, staff.admin)).newPage()
  const complained = complaintsOf(own)
  await own.goto(`${url}/retention`)
  const days = own.getByLabel("Показания по кадрам и отчёты")
  await days.fill("3")
  await own.getByText("Целое число дней от 7").waitFor()
  expect(await own.getByRole("button", { name: "Изменить сроки…" }).isDisabled()).toBe(true)
  await days.fill("180")
  await own.getByRole("button", { name: "Изменить сроки…" }).click()
  await own.getByText("Сроки станут короче").waitFor()
  await own.getByLabel("Основание").fill("приказ № 7")
  await shoot(own, "retention-set-ru", false)
  expect(await axeOf(own)).toEqual([])
  await own.getByRole("button", { name: "Применить" }).click()
  await own.getByText("Сроки изменены").waitFor()
  expect(await days.inputValue()).toBe("180")
  expect(complained).toEqual([])
})
