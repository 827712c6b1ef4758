/**
 * A conference from the first click to the trend, as the people in it see it: the manager's and the client's pages in a real browser, a
 * camera that plays the shipped clip, the real server, journal and models.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Browser, BrowserContext, Page } from "playwright-core"
import { afterAll, beforeAll, expect, it } from "vitest"
import { codesFolder } from "../../infra/exchange/code-outbox.ts"
import { startServer, type TestServer } from "../server/core.ts"
import { type StaffBrowser, staffOf } from "../server/staff.ts"
import { fakeCamera } from "./camera.ts"
import { complaintsOf, openBrowser, openProfile } from "./rig.ts"

let server: TestServer
let browser: Browser
let url: string
let atDesk: BrowserContext
const folder = mkdtempSync(join(tmpdir(), "mimika-camera-"))
const phone = { viewport: { width: 390, height: 844 }, permissions: ["camera"] }

const shots = process.env.MIMIKA_SHOTS
const shoot = async (page: Page, name: string) => {
  if (shots === undefined) return
  mkdirSync(shots, { recursive: true })
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true })
}

async function profileOf(person: StaffBrowser, language = "ru"): Promise<BrowserContext> {
  const profile = await openProfile(browser)
  const cookies = [...person.cookies()].map(([name, value]) => {
    return { name, value, url, secure: true, httpOnly: true, sameSite: "Strict" as const }
  })
  await profile.addCookies(cookies)
  await profile.addInitScript((chosen) => localStorage.setItem("mimika-language", chosen), language)
  return profile
}

/** The newest code that waits in the outbox for the bank's gateway. */
const codeOf = () => {
  const files = readdirSync(codesFolder(server.dataFolder)).map((file) => join(codesFolder(server.dataFolder), file))
  const messages = files.map((file) => JSON.parse(readFileSync(file, "utf8")) as { code: string; endsAt: number })
  for (const file of files) rmSync(file)
  return messages.sort((a, b) => b.endsAt - a.endsAt)[0]?.code ?? ""
}

async function prove(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Отправить код" }).click()
  await page.getByText("Код отправлен").waitFor()
  await page.getByLabel("Код из сообщения").fill(codeOf())
  await page.getByRole("button", { name: "Подтвердить" }).click()
}

/** Plans a conference by hand and answers the client's link. */
async function plan(desk: Page, clientId: string, label: string): Promise<string> {
  await desk.goto(url)
  await desk.getByRole("button", { name: "Добавить конференцию" }).click()
  await desk.getByLabel("Номер клиента").fill(clientId)
  await desk.getByLabel("Как называть на экране").fill(label)
  await desk.getByRole("button", { name: "Добавить", exact: true }).click()
  const row = desk.locator("li", { hasText: label })
  await row.getByRole("button", { name: "Ссылка для клиента" }).click()
  const link = (await desk.locator(".client-link").textContent()) ?? ""
  await desk.getByRole("button", { name: "Закрыть" }).click()
  return link
}

beforeAll(async () => {
  server = await startServer({ console: true })
  url = server.core.console?.url ?? ""
  browser = await openBrowser(await fakeCamera(folder))
  const staff = await staffOf(server)
  atDesk = await profileOf(await staff.person("smirnova", ["manager"]))
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

it("goes from consent over one click, the live view, a picture and a remark to the report, the export and the client's data", async () => {
  const desk = await atDesk.newPage()
  const deskComplaints = complaintsOf(desk)
  const link = await plan(desk, "K-4711", "Иван Петров")
  await shoot(desk, "conferences-ru")

  const atHome = await openProfile(browser, phone)
  const client = await atHome.newPage()
  const clientComplaints = complaintsOf(client)
  await client.goto(link)
  await client.getByText("Ждём менеджера").waitFor()
  const ticks = client.getByRole("checkbox")
  expect(await ticks.count()).toBe(5)
  for (const tick of await ticks.all()) expect(await tick.isChecked()).toBe(false)
  await shoot(client, "consent-ru")
  await ticks.nth(0).check()
  await client.getByLabel("Видеть, что я нажимаю на картинке").check()
  await client.getByLabel("Сопоставление моих конференций").check()
  await client.getByRole("button", { name: "Согласиться с отмеченным" }).click()
  await prove(client)
  await client.getByRole("button", { name: "Включить камеру" }).click()
  await client.getByText("Анализ не ведётся").waitFor()

  // The link is spent: another browser is turned away.
  const stranger = await (await openProfile(browser)).newPage()
  await stranger.goto(link)
  await stranger.getByText("Ссылка уже открывалась").waitFor()

  await desk.reload()
  await desk.locator("li", { hasText: "Иван Петров" }).getByText("Согласие есть").waitFor()
  await desk.locator("li", { hasText: "Иван Петров" }).getByRole("button", { name: "Начать" }).click()
  await client.getByText("Идёт анализ выражения лица").waitFor()
  await desk.getByText("Клиент выглядит").waitFor()
  await expect
    .poll(() => desk.locator(".looks .state").textContent(), { timeout: 15_000 })
    .toMatch(/нейтрально|позитивно/)
  await desk.keyboard.press("2")
  await desk.getByText("Отмечено: Продукт").waitFor()

  await desk.getByLabel("Что показать").fill("депозит 10 %, золото в ОМС 11 %, слитки 12 %")
  await desk.getByRole("cell", { name: "слитки" }).waitFor()
  await desk.getByRole("button", { name: "Нарисовать" }).click()
  await desk.locator("img.picture").waitFor()
  await desk.getByLabel("Замечание").fill("осенью")
  await desk.getByRole("button", { name: "Исправить" }).click()
  await expect.poll(() => desk.locator(".variants button").count()).toBe(2)
  await desk.getByRole("button", { name: "Показать клиенту" }).click()
  await desk.getByText("Клиент видит этот вариант").waitFor()

  const frame = client.frameLocator("iframe.shared-picture")
  await frame.locator("#tap2").waitFor()
  await desk.getByText("Клиент посмотрел").waitFor()
  await frame.locator("#years").fill("5")
  await frame.locator("#tap2").click()
  await desk.getByText("Нажатия: слитки: 1").waitFor()
  await shoot(client, "client-picture-ru")
  await shoot(desk, "live-ru")
  await desk.getByRole("button", { name: "ENG" }).click()
  await shoot(desk, "live-en")
  await desk.getByRole("button", { name: "РУС" }).click()

  await desk.getByRole("button", { name: "Завершить конференцию" }).click()
  const endedAt = performance.now()
  await desk.getByRole("button", { name: "Завершить?" }).click()
  await desk.getByText("Общая удовлетворенность").waitFor()
  expect(performance.now() - endedAt).toBeLessThan(3_000)
  await desk.getByRole("rowheader", { name: "Нейтральные эмоции" }).waitFor()
  await shoot(desk, "report-ru")
  const csv = await desk.evaluate(async () => {
    const link = document.querySelector<HTMLAnchorElement>("a[href*='report.csv']")
    return (await fetch(link?.href ?? "")).text()
  })
  expect(csv).toContain("Общая удовлетворенность")
  await desk.goto(`${url}/trends`)
  await desk.getByText("Пока мало конференций: 1 из").waitFor()

  await client.getByText("Разговор завершён").waitFor()
  await client.getByText("Четыре коротких вопроса").waitFor()
  await client.locator("fieldset", { hasText: "Как прошёл" }).getByRole("button", { name: "5" }).click()
  await client.locator("fieldset", { hasText: "понятны" }).getByRole("button", { name: "4" }).click()
  await client.getByRole("button", { name: "слитки" }).click()
  await client.getByRole("button", { name: "Да", exact: true }).click()
  await shoot(client, "questions-ru")
  await client.getByRole("button", { name: "Отправить ответы" }).click()
  await client.getByText("Спасибо!").waitFor()

  const data = await client.evaluate(() => fetch("/client/api/my-data.html").then((answer) => answer.text()))
  expect(data).toContain("Разговор: 5 из 5, понятность: 4 из 5")
  await client.getByRole("button", { name: "Удалить мои данные" }).click()
  await client.getByRole("button", { name: "Да, удалить" }).click()
  await client.getByText("Данные удалены").waitFor()
  await shoot(client, "erased-ru")
  expect(deskComplaints).toEqual([])
  expect(clientComplaints).toEqual([])
  await atHome.close()
})
