/**
 * A conference from the first click to the trend, as the people in it see it: the manager's and the client's pages in a real browser, a
 * camera that plays the shipped clip, the real server, journal and models.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Browser, BrowserContext, Page } from "playwright-core"
import { afterAll, beforeAll, expect, it } from "vitest"
import { codesFolder } from "../../infra/exchange/code-outbox.ts"
import { freshFolder, startServer, type TestServer } from "../server/core.ts"
import { freePort } from "../server/process.ts"
import { staffOf } from "../server/staff.ts"
import { fakeCamera } from "./camera.ts"
import { axeOf, complaintsOf, openBrowser, openProfile, profileOf, shoot } from "./rig.ts"

let server: TestServer
let browser: Browser
let url: string
let atDesk: BrowserContext
let developer: Awaited<ReturnType<Awaited<ReturnType<typeof staffOf>>["person"]>>
const folder = mkdtempSync(join(tmpdir(), "mimika-camera-"))
/** Two cores may be busy with other tests. */
const patient = { timeout: 20_000 }
const phone = { viewport: { width: 390, height: 844 }, permissions: ["camera"] }

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
  developer = await staff.person("developer", ["developer"])
  atDesk = await profileOf(browser, url, await staff.person("smirnova", ["manager"]))
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
  expect(await axeOf(desk)).toEqual([])

  const atHome = await openProfile(browser, phone)
  const client = await atHome.newPage()
  const clientComplaints = complaintsOf(client)
  await client.goto(link)
  await client.getByText("Ждём менеджера").waitFor()
  const ticks = client.getByRole("checkbox")
  expect(await ticks.count()).toBe(5)
  for (const tick of await ticks.all()) expect(await tick.isChecked()).toBe(false)
  await shoot(client, "consent-ru")
  expect(await axeOf(client)).toEqual([])
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
  await expect.poll(() => desk.locator(".looks .state").textContent(), patient).toMatch(/нейтрально|позитивно/)
  // Chromium has encoders, so the page sends video.
  const { text: metrics } = await developer.get("/metrics")
  expect(Number(/^mimika_video_chunks_total\{codec="h264"\} (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0)
  expect(metrics).not.toContain('reason="damaged"')
  await desk.keyboard.press("2")
  await desk.getByText("Отмечено: Продукт").waitFor()

  await desk.getByLabel("Что показать").fill("депозит 10 %, золото в ОМС 11 %, слитки 12 %")
  await desk.getByRole("cell", { name: "слитки" }).waitFor()
  await desk.getByRole("button", { name: "Нарисовать" }).click()
  await desk.locator("img.picture").waitFor()
  await desk.getByLabel("Замечание").fill("осенью")
  await desk.getByRole("button", { name: "Исправить" }).click()
  await expect.poll(() => desk.locator(".variants button").count(), patient).toBe(2)
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
  expect(await axeOf(desk)).toEqual([])
  expect(await axeOf(client)).toEqual([])
  await desk.getByRole("button", { name: "ENG" }).click()
  await shoot(desk, "live-en")
  await desk.getByRole("button", { name: "РУС" }).click()

  await desk.getByRole("button", { name: "Завершить конференцию" }).click()
  // Timed in the page itself: from the click to the table on the screen.
  const shownMs = await desk.evaluate(async () => {
    const button = [...document.querySelectorAll("button")].find((one) => one.textContent?.includes("Завершить?"))
    const clickedAt = performance.now()
    button?.click()
    while (document.querySelector("table.results") === null) await new Promise(requestAnimationFrame)
    return performance.now() - clickedAt
  })
  expect(shownMs).toBeLessThan(1_000)
  await desk.getByRole("rowheader", { name: "Нейтральные эмоции" }).waitFor()
  await shoot(desk, "report-ru")
  expect(await axeOf(desk)).toEqual([])
  const csv = await desk.evaluate(async () => {
    const link = document.querySelector<HTMLAnchorElement>("a[href*='report.csv']")
    return (await fetch(link?.href ?? "")).text()
  })
  expect(csv).toContain("Общая удовлетворенность")
  await desk.goto(`${url}/trends`)
  await desk.getByText("Пока мало конференций: 1 из").waitFor()

  await client.getByText("Разговор завершён").waitFor()
  await client.getByText("Короткие вопросы").waitFor()
  await client.locator("fieldset", { hasText: "Как прошёл" }).getByRole("button", { name: "5" }).click()
  await client.locator("fieldset", { hasText: "понятны" }).getByRole("button", { name: "4" }).click()
  await client.getByRole("button", { name: "слитки" }).click()
  await client.getByRole("button", { name: "Да", exact: true }).click()
  await shoot(client, "questions-ru")
  expect(await axeOf(client)).toEqual([])
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

/** A client with consent and camera on, in a conference that the manager has just started. */
async function meet(desk: Page, clientId: string, label: string) {
  const link = await plan(desk, clientId, label)
  const atHome = await openProfile(browser, phone)
  const client = await atHome.newPage()
  await client.goto(link)
  await client.getByRole("checkbox").nth(0).check()
  await client.getByRole("button", { name: "Согласиться с отмеченным" }).click()
  await prove(client)
  await client.getByRole("button", { name: "Включить камеру" }).click()
  await desk.reload()
  await desk.locator("li", { hasText: label }).getByRole("button", { name: "Начать" }).click()
  await desk.getByText("Клиент выглядит").waitFor()
  return { atHome, client }
}

it("stops the analysis within a second of a withdrawal, and the call goes on", async () => {
  const desk = await atDesk.newPage()
  const { atHome, client } = await meet(desk, "K-4712", "Мария Котова")
  const pressedAt = performance.now()
  await client.getByRole("button", { name: "Прекратить анализ" }).click()
  await client.getByText("Анализ не ведётся").waitFor()
  expect(performance.now() - pressedAt).toBeLessThan(1_000)
  await desk.getByText("Клиент отозвал согласие").waitFor()
  await desk.getByRole("button", { name: "Завершить конференцию" }).click()
  await desk.getByRole("button", { name: "Завершить?" }).click()
  await desk.getByText("Согласие отозвано во время разговора").waitFor()
  await shoot(desk, "report-withdrawn-ru")
  await atHome.close()
  await desk.close()
})

it("goes on by itself over a slow network, with fewer frames", async () => {
  const desk = await atDesk.newPage()
  const { atHome, client } = await meet(desk, "K-4713", "Олег Дроздов")
  const devtools = await atHome.newCDPSession(client)
  await devtools.send("Network.enable")
  await devtools.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 300,
    downloadThroughput: 10_000,
    uploadThroughput: 10_000
  })
  await client.getByText("Идёт анализ выражения лица").waitFor()
  await client.getByText("Связь медленная: отправляем меньше кадров.").waitFor()
  await expect.poll(() => desk.locator(".looks .state").textContent(), patient).not.toBe("")
  await desk.getByRole("button", { name: "Завершить конференцию" }).click()
  await desk.getByRole("button", { name: "Завершить?" }).click()
  await desk.getByText("Общая удовлетворенность").waitFor()
  await client.getByText("Разговор завершён").waitFor()
  await atHome.close()
  await desk.close()
})

it("is all there in English too", async () => {
  const desk = await (await copyOf(atDesk)).newPage()
  await desk.goto(`${url}/?lang=en`)
  await desk.getByRole("heading", { name: "Conferences", exact: true }).waitFor()
  await shoot(desk, "conferences-en")
  await desk.getByRole("link", { name: "Report" }).first().click()
  await desk.getByRole("rowheader", { name: "Overall satisfaction" }).waitFor()
  await shoot(desk, "report-en")
  expect(await desk.evaluate(() => document.documentElement.lang)).toBe("en")
  expect(
    /[а-яё]/i.test(((await desk.locator("main").textContent()) ?? "").replace(/Мария Котова|Олег Дроздов/g, ""))
  ).toBe(false)
})

it("comes back by itself, on both sides, when the server is started anew in mid-call", async () => {
  const dataFolder = freshFolder()
  const consolePort = await freePort()
  const before = await startServer({ console: consolePort, dataFolder })
  const other = { server, url, atDesk }
  server = before
  url = before.core.console?.url ?? ""
  atDesk = await profileOf(browser, url, await (await staffOf(before)).person("orlova", ["manager"]))
  const desk = await atDesk.newPage()
  const { atHome, client } = await meet(desk, "K-4714", "Анна Белова")
  await before.stop()
  await desk.getByText("Нет связи с сервером").waitFor()
  server = await startServer({ console: consolePort, dataFolder })
  await desk.getByText("Нет связи с сервером").waitFor({ state: "detached" })
  await client.getByText("Идёт анализ выражения лица").waitFor()
  await desk.getByText("Клиент выглядит").waitFor()
  await desk.getByRole("button", { name: "Завершить конференцию" }).click()
  await desk.getByRole("button", { name: "Завершить?" }).click()
  await desk.getByText("Поток прерывался").waitFor()
  await atHome.close()
  await atDesk.close()
  await server.stop()
  rmSync(dataFolder, { recursive: true, force: true })
  ;({ server, url, atDesk } = other)
})

/** The same person in another browser window that has kept nothing. */
async function copyOf(profile: BrowserContext): Promise<BrowserContext> {
  const copied = await openProfile(browser)
  await copied.addCookies(await profile.cookies())
  return copied
}
