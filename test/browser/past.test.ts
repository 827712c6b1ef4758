/** The auditor goes back in a recorded conference, and the developer watches a running one: in a browser, over the real journal. */
import type { Browser } from "playwright-core"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { type Conference, startConference } from "../../sdk/mimika.ts"
import { clipPictures, sdkOptions, startServer, type TestServer } from "../server/core.ts"
import { staffOf } from "../server/staff.ts"
import { axeOf, complaintsOf, openBrowser, profileOf, shoot } from "./rig.ts"

let server: TestServer
let browser: Browser
let url: string
let staff: Awaited<ReturnType<typeof staffOf>>
let running: Conference
let recorded: string

/** Sends some of the clip and waits until each frame is answered. */
async function played(call: string, count: number): Promise<Conference> {
  let answered = 0
  const onAnswer = () => {
    answered += 1
  }
  const conference = await startConference(sdkOptions(server.core, call, { onAnswer }))
  for (const [index, bytes] of (await clipPictures(count)).entries()) {
    conference.sendFrame({ codec: "jpeg", bytes, capturedAt: Date.now(), widthPx: 0, heightPx: 0 })
    await vi.waitFor(() => expect(answered).toBe(index + 1), { timeout: 20_000, interval: 5 })
  }
  return conference
}

beforeAll(async () => {
  server = await startServer({ console: true })
  url = server.core.console?.url ?? ""
  browser = await openBrowser()
  staff = await staffOf(server)
  const first = await played("call-1", 12)
  recorded = first.id
  await first.end()
  running = await played("call-2", 6)
})
afterAll(async () => {
  running?.close()
  await browser?.close()
  await server?.stop()
})

it("shows an auditor any past state, after the look and its reason are on record", async () => {
  const auditor = await staff.person("auditor", ["auditor"])
  expect((await auditor.get(`/api/replay/${recorded}`)).status).toBe(409)
  const page = await (await profileOf(browser, url, auditor)).newPage()
  const complaints = complaintsOf(page)
  await page.goto(`${url}/replay`)
  await page.getByRole("heading", { name: "Воспроизведение" }).waitFor()
  await page.locator("li", { hasText: recorded }).getByRole("link", { name: "Открыть" }).click()
  await page.getByLabel("Причина").fill("проверка по обращению 17")
  await page.getByRole("button", { name: "Открыть" }).click()
  await page.getByText("report", { exact: true }).waitFor()
  const events = page.locator(".events button")
  await events.filter({ hasText: "ReadingCounted" }).first().click()
  await page.getByText("frameIntake", { exact: true }).waitFor()
  await page.getByRole("button", { name: "Назад" }).click()
  await page.getByText("increment", { exact: true }).waitFor()
  await expect.poll(() => page.getByText("Запись в журнале доказательств").count(), { timeout: 10_000 }).toBe(1)
  await shoot(page, "replay-ru")
  expect(await axeOf(page)).toEqual([])
  await page.getByRole("button", { name: "ENG" }).click()
  await page.getByRole("heading", { name: "Replay" }).waitFor()
  await shoot(page, "replay-en")
  expect(complaints).toEqual([])
})

it("shows a developer the live machines without personal data, and their past", async () => {
  const developer = await staff.person("developer", ["developer"])
  expect((await developer.get(`/api/replay/${recorded}`)).status).toBe(403)
  const page = await (await profileOf(browser, url, developer)).newPage()
  const complaints = complaintsOf(page)
  await page.goto(`${url}/inspector`)
  await page.locator("li", { hasText: running.id }).getByRole("link", { name: "Открыть" }).click()
  await page.locator(".statechart .lit", { hasText: "frameIntake" }).waitFor()
  const [bytes] = await clipPictures(1)
  running.sendFrame({ codec: "jpeg", bytes: bytes!, capturedAt: Date.now(), widthPx: 0, heightPx: 0 })
  await page.locator(".log li", { hasText: "ReadingCounted" }).first().waitFor()
  expect(await page.locator("main").textContent()).toMatch(/"subject": "[0-9a-f]{4}…"/)
  await shoot(page, "inspector-ru")
  expect(await axeOf(page)).toEqual([])
  await page.getByRole("button", { name: "Запись" }).click()
  await page.getByLabel("Причина").fill("разбор ошибки")
  await page.getByRole("button", { name: "Открыть" }).click()
  await page.locator(".statechart .lit").waitFor()
  await page.getByRole("slider").fill("2")
  await page.locator(".statechart .lit", { hasText: "awaitConsent" }).waitFor()
  await page.getByRole("button", { name: "ENG" }).click()
  await shoot(page, "inspector-recorded-en")
  expect(await axeOf(page)).toEqual([])
  expect(complaints).toEqual([])
})

it("shows a supervisor the team, and no numbers of too few conferences", async () => {
  await staff.person("anna", ["manager"], "north")
  await staff.person("olga", ["manager"], "south")
  const supervisor = await staff.person("boss", ["supervisor"], "north")
  const page = await (await profileOf(browser, url, supervisor)).newPage()
  const complaints = complaintsOf(page)
  await page.goto(url)
  await page.getByRole("heading", { name: "Команда" }).waitFor()
  expect(await page.locator("option").allTextContents()).toEqual(["Выберите менеджера", "Имя anna"])
  await page.getByLabel("Менеджер").selectOption({ label: "Имя anna" })
  await page.getByText("Пока мало конференций: 0 из 5").waitFor()
  await page.getByText("За 30 дней завершённых конференций нет").waitFor()
  await shoot(page, "team-ru")
  expect(await axeOf(page)).toEqual([])
  expect(complaints).toEqual([])
})
