/** The auditor goes back in a recorded conference, makes the report and checks proofs; the developer watches a running one: in a browser, over the real journal. */
import { readFileSync } from "node:fs"
import { Effect } from "effect"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { checkProofFile } from "../../infra/audit/audit-proof.ts"
import { readVerifierKey } from "../../infra/audit/log-key.ts"
import { openDesk } from "../../infra/subjects/subject-desk.ts"
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
let auditor: Awaited<ReturnType<typeof staff.person>>

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
  auditor = await staff.person("auditor", ["auditor"])
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
  const [proof] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Скачать доказательство" }).click()
  ])
  expect(proof.suggestedFilename()).toMatch(/^conference-.*\.tlog-proof$/)
  await page.getByText("Проверить его может любой").waitFor()
  expect(await axeOf(page)).toEqual([])
  await page.getByRole("button", { name: "ENG" }).click()
  await page.getByRole("heading", { name: "Replay" }).waitFor()
  await shoot(page, "replay-en")
  expect(complaints).toEqual([])
})

/** A file that the page hands over when this is done. */
async function taken(page: Page, click: () => Promise<void>) {
  const [file] = await Promise.all([page.waitForEvent("download"), click()])
  return { name: file.suggestedFilename(), text: readFileSync(await file.path(), "utf8") }
}

it("makes the auditor's report of a period, at a glance and as a file, in both languages", async () => {
  const gone = await startConference(sdkOptions(server.core, "call-3", { client: "client-3" }))
  await gone.end()
  const erased = Effect.flatMap(openDesk({ data: server.dataFolder }), ({ erase }) =>
    erase({ client: "client-3", actor: "os:operator", purpose: "обращение клиента 5" })
  )
  await Effect.runPromise(Effect.scoped(erased))
  await auditor.post("/api/sign-in", { login: "auditor", password: "not the password" })
  const page = await (await profileOf(browser, url, auditor)).newPage()
  const complaints = complaintsOf(page)
  await page.goto(url)
  await page.getByRole("link", { name: "Аудит" }).click()
  await page.getByLabel("С", { exact: true }).fill("2026-03-02")
  await page.getByLabel("По", { exact: true }).fill("2026-03-01")
  await page.getByLabel("Причина").fill("ежемесячная проверка")
  await page.getByRole("button", { name: "Составить отчёт" }).click()
  await page.getByText("Период кончается раньше, чем начинается").waitFor()
  expect(await axeOf(page)).toEqual([])
  await page.getByRole("button", { name: "Прошлый месяц" }).click()
  await page.getByRole("button", { name: "Составить отчёт" }).click()
  await page.getByText("За эти дни в журнале ничего нет").waitFor()
  await page.getByRole("button", { name: "Другой период" }).click()
  await page.getByRole("button", { name: "Этот квартал" }).click()
  await page.getByRole("button", { name: "Составить отчёт" }).click()
  await page.locator("summary", { hasText: "Имя auditor" }).click()
  await page.getByText("ежемесячная проверка").first().waitFor()
  await page.getByText("неверный логин или пароль").waitFor()
  await page.getByText("есть", { exact: true }).waitFor()
  await page.getByText("стёрто с данными клиента").first().waitFor()
  await shoot(page, "audit-report-ru")
  expect(await axeOf(page)).toEqual([])
  const file = await taken(page, () => page.getByRole("link", { name: "Скачать HTML" }).click())
  expect(file.text).toContain("Отчёт для аудита")
  expect(file.text).not.toContain("Имя auditor")
  await page.getByRole("button", { name: "ENG" }).click()
  const json = await taken(page, () => page.getByRole("link", { name: "Download JSON" }).click())
  expect(JSON.parse(json.text).erasures).toMatchObject([{ certified: true, actor: "os:operator" }])
  await shoot(page, "audit-report-en")
  expect(complaints).toEqual([])
})

it("shows an auditor how the log stands, hands out proofs and has everything verified", async () => {
  const page = await (await profileOf(browser, url, auditor)).newPage()
  const complaints = complaintsOf(page)
  await page.goto(`${url}/audit`)
  await page.getByRole("button", { name: "Доказательства" }).click()
  expect(await page.getByText("Составить отчёт").isVisible()).toBe(false)
  await page.getByText("подписывается вовремя").waitFor()
  await page.getByText("Свидетеля нет").waitFor()
  const key = await taken(page, () => page.getByRole("link", { name: "Скачать файл" }).click())
  await page.getByLabel("Конференция").fill(recorded)
  await page.getByLabel("Номер события").fill("100000")
  await page.getByRole("button", { name: "Скачать доказательство" }).click()
  await page.getByText("В журнале нет такого события").waitFor()
  await page.getByLabel("Номер события").fill("7")
  const proof = await taken(page, () => page.getByRole("button", { name: "Скачать доказательство" }).click())
  expect(checkProofFile(proof.text, readVerifierKey(key.text.trim()), []).commit.stream).toContain(recorded)
  await page.getByRole("button", { name: "Проверить всё" }).click()
  await page.getByText("Журнал тот самый, что был подписан").waitFor({ timeout: 60_000 })
  await shoot(page, "audit-proofs-ru")
  expect(await axeOf(page)).toEqual([])
  await page.getByRole("button", { name: "ENG" }).click()
  await shoot(page, "audit-proofs-en")
  expect(complaints).toEqual([])
  const others = await (await profileOf(browser, url, staff.admin)).newPage()
  await others.goto(`${url}/audit`)
  await others.getByText("Эта страница вам не открыта").waitFor()
  expect(await others.getByRole("link", { name: "Аудит" }).count()).toBe(0)
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
