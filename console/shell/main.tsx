/** The staff's console: who is signed in, where they may go, and the page they are on. Each page is loaded when it is opened. */
import { type ComponentType, render } from "preact"
import { useEffect, useState } from "preact/hooks"
import { ApiFault, api } from "../api/http.ts"
import "../design/base.css"
import "./shell.css"
import { Blank, Button, Failed, LanguageSwitch, Loading } from "../design/components.tsx"
import { type Texts, words } from "../design/language.ts"
import { type Me, type Page, type PageProps, pages } from "./pages.ts"
import { fits, follow, go, path } from "./router.ts"

const texts = {
  ru: {
    signOut: "Выйти",
    account: "Моя учётная запись",
    navigation: "Разделы",
    skip: "К содержанию",
    nowhere: "Такой страницы нет",
    nowhereWhy: "Проверьте адрес или вернитесь на главную.",
    notYours: "Эта страница вам не открыта",
    notYoursWhy: "Для неё нужна другая роль. Роли назначает администратор.",
    home: "На главную",
    noPages: "Для вашей роли здесь пока нет страниц."
  },
  en: {
    signOut: "Sign out",
    account: "My account",
    navigation: "Sections",
    skip: "Skip to content",
    nowhere: "There is no such page",
    nowhereWhy: "Check the address, or go back to the start.",
    notYours: "This page is not open to you",
    notYoursWhy: "It takes another role. An administrator assigns roles.",
    home: "To the start",
    noPages: "There are no pages for your role here yet."
  }
} satisfies Texts<Record<string, string>>

const may = (me: Me, page: Page) => me.permissions.includes(page.permission)

function Opened({ page, props }: { page: Page; props: PageProps }) {
  const [Content, setContent] = useState<ComponentType<PageProps> | null>(null)
  const [failed, setFailed] = useState(false)
  useEffect(() => {
    setContent(null)
    setFailed(false)
    page.load().then(
      (loaded) => setContent(() => loaded.default),
      () => setFailed(true)
    )
  }, [page])
  if (failed) return <Failed why={new ApiFault(0, {}).message} retry={() => location.reload()} />
  return Content === null ? <Loading lines={6} /> : <Content {...props} />
}

function Content({ me }: { me: Me }) {
  const said = words(texts)
  const home = pages.find((page) => page.title !== null && may(me, page))
  const here = path.value
  for (const page of pages) {
    const parameters = fits(page.pattern, here)
    if (parameters === null) continue
    if (!may(me, page)) continue
    return <Opened key={here} page={page} props={{ parameters, me }} />
  }
  if (here === "/" && home !== undefined) {
    return <Opened key={home.pattern} page={home} props={{ parameters: {}, me }} />
  }
  const known = pages.some((page) => fits(page.pattern, here) !== null)
  if (here === "/") return <Blank title={said.noPages} />
  return (
    <Blank title={known ? said.notYours : said.nowhere}>
      <p>{known ? said.notYoursWhy : said.nowhereWhy}</p>
      <Button onClick={() => go("/")}>{said.home}</Button>
    </Blank>
  )
}

function Shell() {
  const [me, setMe] = useState<Me | null>(null)
  const [why, setWhy] = useState<string | null>(null)
  const load = () => {
    setWhy(null)
    api<Me>("GET", "/api/me").then(setMe, (error: Error) => setWhy(error.message))
  }
  useEffect(load, [])
  const signOut = async () => {
    await api("POST", "/api/sign-out")
    location.assign("/sign-in")
  }
  const said = words(texts)
  if (why !== null) return <Failed why={why} retry={load} />
  if (me === null) return <Loading lines={6} />
  const open = pages.filter((page) => page.title !== null && may(me, page))
  const current = (page: Page) =>
    fits(page.pattern, path.value) !== null ||
    path.value.startsWith(`${page.pattern}/`) ||
    (path.value === "/" && page === open[0])
      ? "page"
      : undefined
  return (
    <>
      <a class="skip" href="#content">
        {said.skip}
      </a>
      <header class="bar no-print">
        <a class="brand" href="/" onClick={follow}>
          <img src="/icon.svg" alt="" width="28" height="28" />
          Mimika
        </a>
        <nav aria-label={said.navigation}>
          {open.map((page) => (
            <a key={page.pattern} href={page.pattern} aria-current={current(page)} onClick={follow}>
              {page.title === null ? "" : words(page.title)}
            </a>
          ))}
        </nav>
        <div class="row">
          <LanguageSwitch />
          <a href="/account" onClick={follow} title={said.account}>
            {me.name}
          </a>
          <Button kind="plain" onClick={signOut}>
            {said.signOut}
          </Button>
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        <Content me={me} />
      </main>
    </>
  )
}

render(<Shell />, document.getElementById("page")!)
