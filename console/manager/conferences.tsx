/** Today's conferences: one button starts one. Running ones can be opened, ended ones read. */
import { useEffect, useState } from "preact/hooks"
import type { ClientLink, ConferenceList, Scheduled, StartedConference } from "../../projections/console.ts"
import { api, faultText } from "../api/http.ts"
import { useLoaded } from "../api/use.ts"
import { Blank, Button, Dialog, Failed, Field, Loading, Notice, Panel } from "../design/components.tsx"
import { dateTimeText, filled, percentText, timeText } from "../design/language.ts"
import { follow, go } from "../shell/router.ts"
import "./manager.css"
import { managerWords } from "./texts.ts"

/** The list is small: looked at again often enough that a new entry of the exchange file appears by itself. */
const againMs = 15_000

export default function Conferences() {
  const said = managerWords()
  const [loaded, load] = useLoaded<ConferenceList>("/api/conferences")
  const [why, setWhy] = useState<string | null>(null)
  const [starting, setStarting] = useState<string | null>(null)
  const [adding, setAdding] = useState(false)
  const [link, setLink] = useState<ClientLink | null>(null)
  useEffect(() => {
    const timer = setInterval(load, againMs)
    return () => clearInterval(timer)
  }, [load])

  if (loaded.state === "loading") return <Loading lines={6} />
  if (loaded.state === "failed") return <Failed why={loaded.fault.message} retry={load} />
  const { scheduled, running, ended, badEntries } = loaded.answer

  const start = async (id: string) => {
    setStarting(id)
    setWhy(null)
    try {
      const { conference } = await api<StartedConference>("POST", `/api/conferences/${encodeURIComponent(id)}/start`)
      go(`/conferences/${conference}`)
    } catch (error) {
      setWhy(faultText(error))
      setStarting(null)
      load()
    }
  }
  const askLink = async (id: string) => {
    try {
      setLink(await api<ClientLink>("POST", `/api/conferences/${encodeURIComponent(id)}/link`))
    } catch (error) {
      setWhy(faultText(error))
    }
  }

  return (
    <div class="stack">
      <div class="row apart">
        <h1>{said.today}</h1>
        <Button onClick={() => setAdding(true)}>{said.addByHand}</Button>
      </div>
      {why === null ? null : <Notice kind="danger">{why}</Notice>}
      {badEntries.length === 0 ? null : (
        <Notice kind="warning">
          <p>{said.badEntries}</p>
          <ul>
            {badEntries.map(({ entryIndex, why: reason }) => (
              <li key={`${entryIndex}`}>
                {entryIndex === null ? "" : `${filled(said.entry, { n: entryIndex + 1 })}: `}
                {reason}
              </li>
            ))}
          </ul>
        </Notice>
      )}
      {running.length === 0 ? null : (
        <Panel title={said.runningTitle}>
          <ul class="plain calls">
            {running.map(({ conference, title, clientLabel, startedAt }) => (
              <li key={conference} class="row apart">
                <Who title={title} clientLabel={clientLabel} when={filled(said.at, { time: timeText(startedAt) })} />
                <div class="row">
                  <Button onClick={() => askLink(conference)}>{said.link}</Button>
                  <a class="button primary" href={`/conferences/${conference}`} onClick={follow}>
                    {said.open}
                  </a>
                </div>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      <Panel title={said.scheduledTitle}>
        {scheduled.length === 0 ? (
          <Blank title={said.nothingToday}>
            <p>{said.nothingTodayWhy}</p>
          </Blank>
        ) : (
          <ul class="plain calls">
            {scheduled.map((call) => (
              <li key={call.id} class="row apart">
                <div>
                  <Who {...call} when={filled(said.at, { time: timeText(call.startsAt) })} />
                  <ConsentLine consent={call.consent} />
                </div>
                <div class="row">
                  <Button onClick={() => askLink(call.id)}>{said.link}</Button>
                  <Button
                    kind="primary"
                    busy={starting === call.id}
                    disabled={starting !== null}
                    onClick={() => start(call.id)}
                  >
                    {starting === call.id ? said.starting : said.start}
                  </Button>
                </div>
              </li>
            ))}
          </ul>
        )}
      </Panel>
      {ended.length === 0 ? null : (
        <Panel title={said.endedTitle}>
          <ul class="plain calls">
            {ended.map(({ conference, title, clientLabel, endedAt, satisfaction, coverage, trendSubject }) => (
              <li key={conference} class="row apart">
                <Who title={title} clientLabel={clientLabel} when={dateTimeText(endedAt)} />
                <div class="row">
                  <span class="soft small">
                    {said.satisfaction} {percentText(satisfaction)} · {said.coverage}{" "}
                    {percentText(coverage === null ? null : coverage * 100)}
                  </span>
                  {trendSubject === null ? null : (
                    <a class="button" href={`/trends/${trendSubject}`} onClick={follow}>
                      {said.trend}
                    </a>
                  )}
                  <a class="button" href={`/conferences/${conference}`} onClick={follow}>
                    {said.report}
                  </a>
                </div>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      {adding ? (
        <AddDialog
          onClose={() => setAdding(false)}
          onAdded={() => {
            setAdding(false)
            load()
          }}
        />
      ) : null}
      {link === null ? null : <ClientLinkDialog link={link} onClose={() => setLink(null)} />}
    </div>
  )
}

function Who({ title, clientLabel, when }: { title: string; clientLabel: string; when: string }) {
  const said = managerWords()
  return (
    <div>
      <strong>{clientLabel === "" ? said.client : clientLabel}</strong>
      <div class="soft small">
        {title === "" ? said.untitled : title}, {when}
      </div>
    </div>
  )
}

function ConsentLine({ consent }: Pick<Scheduled, "consent">) {
  const said = managerWords()
  if (consent === "given") return <span class="tag good">{said.consentGiven}</span>
  if (consent === "withdrawn") return <span class="tag warning">{said.consentWithdrawn}</span>
  return <div class="small consent-missing">{said.noConsent}</div>
}

export function ClientLinkDialog({ link, onClose }: { link: ClientLink; onClose: () => void }) {
  const said = managerWords()
  const [copied, setCopied] = useState(false)
  return (
    <Dialog title={said.link} onClose={onClose}>
      <p>{filled(said.linkWhy, { date: dateTimeText(link.expiresAt) })}</p>
      <p class="mono client-link">{link.url}</p>
      <div>
        <Button kind="primary" onClick={() => void navigator.clipboard.writeText(link.url).then(() => setCopied(true))}>
          {copied ? said.copied : said.copy}
        </Button>
      </div>
    </Dialog>
  )
}

function AddDialog({ onClose, onAdded }: { onClose: () => void; onAdded: () => void }) {
  const said = managerWords()
  const [clientId, setClientId] = useState("")
  const [clientLabel, setClientLabel] = useState("")
  const [title, setTitle] = useState("")
  const [why, setWhy] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const submit = async (event: Event) => {
    event.preventDefault()
    setBusy(true)
    try {
      const more = { ...(clientLabel === "" ? {} : { clientLabel }), ...(title === "" ? {} : { title }) }
      await api("POST", "/api/conferences", { clientId, ...more })
      onAdded()
    } catch (error) {
      setWhy(faultText(error))
      setBusy(false)
    }
  }
  return (
    <Dialog title={said.addByHand} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        {why === null ? null : <Notice kind="danger">{why}</Notice>}
        <Field
          label={said.clientId}
          hint={said.clientIdHint}
          value={clientId}
          onInput={setClientId}
          required
          autofocus
        />
        <Field label={said.clientLabel} value={clientLabel} onInput={setClientLabel} />
        <Field label={said.callTitle} value={title} onInput={setTitle} />
        <Button type="submit" kind="primary" busy={busy}>
          {said.add}
        </Button>
      </form>
    </Dialog>
  )
}
