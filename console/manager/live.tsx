/** A conference while it runs: how the client looks, topics, the illustration, and the one button that ends it. */
import { useEffect, useRef, useState } from "preact/hooks"
import type { ClientLink, IllustrationView, LiveMessage, ReportPage } from "../../projections/console.ts"
import { hearFeed } from "../api/feed.ts"
import { api, faultText } from "../api/http.ts"
import { Blank, Button, Loading, Notice, Offline, Panel } from "../design/components.tsx"
import { go } from "../shell/router.ts"
import { ClientLinkDialog } from "./conferences.tsx"
import { Illustration } from "./illustration.tsx"
import { Level, type LiveNow, Looks, Ribbon } from "./looks.tsx"
import "./manager.css"
import { filled } from "../design/language.ts"
import { Report } from "./report.tsx"
import { managerWords } from "./texts.ts"

/** How long it is said that a topic was marked, in milliseconds. */
const markedMs = 2_500

export default function Conference({ parameters }: { parameters: Readonly<Record<string, string>> }) {
  const conference = parameters.conference ?? ""
  const said = managerWords()
  const [now, setNow] = useState<LiveNow | null>(null)
  const [view, setView] = useState<IllustrationView | null>(null)
  const [page, setPage] = useState<ReportPage | null>(null)
  const [online, setOnline] = useState(true)
  const [gone, setGone] = useState(false)
  const [attempt, setAttempt] = useState(0)

  useEffect(() => {
    let again: ReturnType<typeof setTimeout> | undefined
    const readReport = () =>
      api<ReportPage>("GET", `/api/conferences/${conference}/report`).then(setPage, () => setGone(true))
    const stop = hearFeed<LiveMessage>(
      "/api/feeds/live",
      { conference },
      {
        message(message) {
          if (message.type === "live") setNow(message)
          else if (message.type === "illustration") setView(message.view)
          else if (message.type === "report") {
            stop()
            setPage(message.page)
          } else if (message.type === "gone") {
            stop()
            if (message.reason === "ended") void readReport()
            else again = setTimeout(() => setAttempt(attempt + 1), 2_000)
          }
        },
        connected: setOnline,
        refused: () => void readReport()
      }
    )
    return () => {
      clearTimeout(again)
      stop()
    }
  }, [conference, attempt])

  if (page !== null) return <Report page={page} />
  if (gone) {
    return (
      <Blank title={said.gone}>
        <Button onClick={() => go("/")}>{said.backToList}</Button>
      </Blank>
    )
  }
  if (now === null) return <Loading lines={8} />
  return (
    <div class="stack">
      <h1 class="visually-hidden">{said.liveTitle}</h1>
      {online ? null : <Offline />}
      {now.recording ? null : <Notice kind="warning">{said.notRecording}</Notice>}
      <div class="live">
        <div class="stack">
          <Looks now={now} />
          <Alert now={now} />
          <Level now={now} />
          <Ribbon now={now} />
          <Topics conference={conference} />
          <Controls conference={conference} now={now} />
        </div>
        <Illustration conference={conference} view={view} />
      </div>
    </div>
  )
}

/** Calm, and no sound: a sentence that comes and goes. */
function Alert({ now }: { now: LiveNow }) {
  const said = managerWords()
  const { alert } = now.live
  if (alert === null) return null
  const seconds = Math.max(0, Math.floor((now.at - alert.since) / 1000))
  return <Notice kind="warning">{filled(said.alert, { n: seconds })}</Notice>
}

function Topics({ conference }: { conference: string }) {
  const said = managerWords()
  const [marked, setMarked] = useState<string | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const mark = async (topic: number) => {
    try {
      await api("POST", `/api/conferences/${conference}/marker`, { topic })
      setMarked(filled(said.marked, { topic: said.topics[topic - 1] ?? "" }))
    } catch (error) {
      setMarked(faultText(error))
    }
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setMarked(null), markedMs)
  }
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement
      if (typing || event.ctrlKey || event.metaKey || event.altKey || !/^[1-5]$/.test(event.key)) return
      void mark(Number(event.key))
    }
    addEventListener("keydown", pressed)
    return () => removeEventListener("keydown", pressed)
  })
  return (
    <Panel title={said.markers} side={<span class="soft small">{marked ?? said.markersHint}</span>}>
      <div class="row topics">
        {said.topics.map((topic, index) => (
          <Button key={topic} onClick={() => mark(index + 1)}>
            <kbd>{index + 1}</kbd> {topic}
          </Button>
        ))}
      </div>
    </Panel>
  )
}

function Controls({ conference, now }: { conference: string; now: LiveNow }) {
  const said = managerWords()
  const [sure, setSure] = useState(false)
  const [busy, setBusy] = useState(false)
  const [why, setWhy] = useState<string | null>(null)
  const [link, setLink] = useState<ClientLink | null>(null)
  const attempt = async (work: () => Promise<unknown>) => {
    setWhy(null)
    try {
      await work()
    } catch (error) {
      setWhy(faultText(error))
      setBusy(false)
    }
  }
  const end = () => {
    if (!sure) return setSure(true)
    setBusy(true)
    void attempt(() => api("POST", `/api/conferences/${conference}/end`))
  }
  const path = `/api/conferences/${conference}`
  return (
    <div class="stack tight">
      {why === null ? null : <Notice kind="danger">{why}</Notice>}
      <div class="row apart">
        <div class="row">
          <Button onClick={() => attempt(async () => setLink(await api<ClientLink>("POST", `${path}/link`)))}>
            {said.link}
          </Button>
          {now.consent === "given" ? (
            <Button onClick={() => attempt(() => api("POST", `${path}/analysis`, { on: now.switchedOff }))}>
              {now.switchedOff ? said.switchOn : said.switchOff}
            </Button>
          ) : null}
        </div>
        <Button kind="danger" busy={busy} onClick={end}>
          {busy ? said.ending : sure ? said.endSure : said.end}
        </Button>
      </div>
      {link === null ? null : <ClientLinkDialog link={link} onClose={() => setLink(null)} />}
    </div>
  )
}
