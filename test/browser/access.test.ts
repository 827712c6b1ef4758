/** Getting in through the pages: enrolment, a second factor always, passkeys, the bank's directory, revocation, and what each role may open. */
import type { Browser } from "playwright-core"
import { afterAll, beforeAll, expect, it } from "vitest"
import { startServer, type TestServer } from "../server/core.ts"
import { OpenIdProvider } from "../server/openid-provider.ts"
import { type Enrolled, enrol, giveCode, password, signIn } from "./people.ts"
import { axeOf, complaintsOf, openBrowser, openProfile, shoot } from "./rig.ts"

let server: TestServer
let directory: OpenIdProvider
let browser: Browser
let admin: Enrolled
let url: string

beforeAll(async () => {
  directory = await OpenIdProvider.start()
  server = await startServer({ console: true, staffDirectory: directory.settings({ amr: ["mfa"] }) })
  url = server.core.console?.url ?? ""
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
  await directory?.stop()
})

it("lets the first administrator enrol once, with the briefing on record", async () => {
  const profile = await openProfile(browser)
  const page = await profile.newPage()
  const complaints = complaintsOf(page)
  await page.goto(url)
  await page.getByRole("heading", { name: "Вход в Mimika" }).waitFor()
  await page.getByRole("button", { name: "Войти через каталог банка" }).waitFor()
  await shoot(page, "sign-in-ru")
  expect(await axeOf(page)).toEqual([])
  const link = server.core.console?.firstEnrolment ?? ""
  admin = await enrol(page, link)
  await shoot(page, "codes-ru")
  await page.goto(link)
  await page.getByText("Ссылка уже использована").waitFor()
  expect(complaints).toEqual([])
  await profile.close()
})

it("asks for a second factor always, takes each code once, and a recovery code once", async () => {
  const profile = await openProfile(browser)
  const page = await profile.newPage()
  await page.goto(`${url}/accounts`)
  await page.getByLabel("Логин").fill(admin.login)
  await page.getByLabel("Пароль").fill("не тот пароль совсем")
  await page.getByRole("button", { name: "Продолжить" }).click()
  await page.getByText("Логин или пароль не подходит").waitFor()
  await page.getByLabel("Пароль").fill(password)
  await page.getByRole("button", { name: "Продолжить" }).click()
  await page.getByLabel("Код из приложения").waitFor()
  await page.goto(`${url}/accounts`)
  await page.getByRole("heading", { name: "Вход в Mimika" }).waitFor()
  await page.getByLabel("Логин").fill(admin.login)
  await page.getByLabel("Пароль").fill(password)
  await page.getByRole("button", { name: "Продолжить" }).click()
  await page.getByLabel("Код из приложения").fill("000000")
  await page.getByRole("button", { name: "Войти" }).click()
  await page.getByText("Код не подходит").waitFor()
  await page.getByRole("button", { name: "Нет телефона под рукой" }).click()
  await page.getByLabel("Код восстановления").fill(admin.recoveryCodes[0] ?? "")
  await page.getByRole("button", { name: "Войти" }).click()
  await page.getByRole("heading", { name: "Учётные записи" }).waitFor()
  await page.getByRole("button", { name: "Выйти" }).click()
  await page.getByLabel("Логин").fill(admin.login)
  await page.getByLabel("Пароль").fill(password)
  await page.getByRole("button", { name: "Продолжить" }).click()
  await page.getByRole("button", { name: "Нет телефона под рукой" }).click()
  await page.getByLabel("Код восстановления").fill(admin.recoveryCodes[0] ?? "")
  await page.getByRole("button", { name: "Войти" }).click()
  await page.getByText("уже использован").waitFor()
  await profile.close()
})

it("invites a manager, who comes in only after the briefing, opens only a manager's pages, and is out when revoked", async () => {
  const atAdmin = await openProfile(browser)
  const desk = await signIn(atAdmin, url, admin)
  await desk.goto(`${url}/accounts`)
  await desk.getByRole("button", { name: "Пригласить" }).click()
  await desk.getByLabel("Имя и фамилия").fill("Анна Смирнова")
  await desk.getByLabel("Логин").fill("smirnova")
  await desk.getByRole("button", { name: "Создать приглашение" }).click()
  const link = (await desk.locator(".link").textContent()) ?? ""
  await shoot(desk, "invitation-ru")
  await desk.getByRole("button", { name: "Готово" }).click()

  const atManager = await openProfile(browser)
  const page = await atManager.newPage()
  const complaints = complaintsOf(page)
  const manager = await enrol(page, link)
  await page.getByText("администратор отметит ваш инструктаж").waitFor()
  await page.goto(`${url}/sign-in`)
  await page.getByLabel("Логин").fill(manager.login)
  await page.getByLabel("Пароль").fill(password)
  await page.getByRole("button", { name: "Продолжить" }).click()
  await page.getByText("инструктаж по безопасности не отмечен").waitFor()

  await desk.reload()
  await desk.getByRole("button", { name: "Отметить инструктаж" }).click()
  await desk.getByLabel("Кто провёл").fill("Пётр Волков")
  await desk.getByRole("button", { name: "Сохранить" }).click()
  await desk.getByText("провёл(а) Пётр Волков").waitFor()
  await shoot(desk, "accounts-ru")
  expect(await axeOf(desk)).toEqual([])

  await page.goto(`${url}/sign-in`)
  await giveCode(page, manager)
  await page.getByRole("button", { name: "Выйти" }).waitFor()
  await page.goto(`${url}/accounts`)
  await page.getByRole("heading", { name: "Эта страница вам не открыта" }).waitFor()
  const refused = await page.evaluate(() => fetch("/api/accounts").then(({ status }) => status))
  expect(refused).toBe(403)

  await desk.reload()
  await desk.getByRole("button", { name: "Завершить сеансы" }).click()
  await desk.getByText("Завершено сеансов: 1").waitFor()
  await page.goto(`${url}/account`)
  await page.getByRole("heading", { name: "Вход в Mimika" }).waitFor()
  expect(complaints).toEqual([])
  await atAdmin.close()
  await atManager.close()
})

it("adds a passkey after the password, signs in with it alone, and ends other devices", async () => {
  const profile = await openProfile(browser)
  const page = await signIn(profile, url, { ...admin, login: admin.login })
  const devtools = await profile.newCDPSession(page)
  await devtools.send("WebAuthn.enable")
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true
    }
  })
  await page.goto(`${url}/account`)
  await page.getByLabel("Название").fill("Рабочий ноутбук")
  await page.getByRole("button", { name: "Добавить ключ" }).click()
  await page.getByLabel("Текущий пароль").fill("не тот пароль совсем")
  await page.getByRole("button", { name: "Подтвердить" }).click()
  await page.getByText("пароль не подходит").waitFor()
  await page.getByLabel("Текущий пароль").fill(password)
  await page.getByRole("button", { name: "Подтвердить" }).click()
  await page.getByText("Рабочий ноутбук").waitFor()
  await shoot(page, "account-ru")
  await page.getByRole("button", { name: "Выйти" }).click()
  await page.getByRole("button", { name: "Войти по ключу доступа" }).click()
  await page.getByRole("button", { name: "Выйти" }).waitFor()
  await page.goto(`${url}/account`)
  await page.getByRole("button", { name: "ENG" }).click()
  await page.getByRole("heading", { name: "My account" }).waitFor()
  await shoot(page, "account-en")
  expect(await axeOf(page)).toEqual([])
  await profile.close()
})

it("lets somebody of the bank's directory in once linked, with a second factor of theirs or ours", async () => {
  const profile = await openProfile(browser)
  const page = await profile.newPage()
  const complaints = complaintsOf(page)
  const throughDirectory = async (person: OpenIdProvider["person"]) => {
    directory.person = person
    await page.goto(`${url}/sign-in?to=/account`)
    await page.getByRole("button", { name: "Войти через каталог банка" }).click()
  }
  await throughDirectory({ sub: "f1a7-0042", amr: ["mfa"] })
  await page.getByText("Передайте администратору этот идентификатор: f1a7-0042").waitFor()
  expect(new URL(page.url()).search).toBe("")
  await shoot(page, "directory-stranger-ru")
  expect(await axeOf(page)).toEqual([])

  const atAdmin = await openProfile(browser)
  const desk = await atAdmin.newPage()
  await desk.goto(`${url}/accounts`)
  await desk.getByLabel("Логин").fill(admin.login)
  await desk.getByLabel("Пароль").fill(password)
  await desk.getByRole("button", { name: "Продолжить" }).click()
  await desk.getByRole("button", { name: "Нет телефона под рукой" }).click()
  await desk.getByLabel("Код восстановления").fill(admin.recoveryCodes[1] ?? "")
  await desk.getByRole("button", { name: "Войти", exact: true }).click()
  await desk.getByRole("row", { name: "smirnova" }).getByRole("button", { name: "Каталог" }).click()
  await desk.getByLabel("Идентификатор в каталоге").fill("f1a7-0042")
  await shoot(desk, "directory-link-ru")
  expect(await axeOf(desk)).toEqual([])
  await desk.getByRole("button", { name: "Сохранить" }).click()
  await desk.getByText("связана с каталогом банка").waitFor()

  await throughDirectory({ sub: "f1a7-0042", amr: ["pwd"] })
  await page.getByLabel("Код из приложения").waitFor()
  expect(await axeOf(page)).toEqual([])
  await page.goto(`${url}/account`)
  await page.getByRole("heading", { name: "Вход в Mimika" }).waitFor()
  await throughDirectory({ sub: "f1a7-0042", amr: ["mfa"] })
  await page.getByRole("heading", { name: "Моя учётная запись" }).waitFor()
  expect(page.url()).toBe(`${url}/account`)
  await page.getByRole("button", { name: "Выйти" }).click()
  await page.getByRole("button", { name: "ENG" }).click()
  await page.getByRole("button", { name: "Sign in through the bank's directory" }).waitFor()
  await shoot(page, "sign-in-en")
  expect(await axeOf(page)).toEqual([])
  expect(complaints).toEqual([])
  await profile.close()
  await atAdmin.close()
})
