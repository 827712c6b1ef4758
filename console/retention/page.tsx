/** How long what is kept is kept: read by the data-protection officer, set by an administrator after a look at what changes. */
import { useState } from "preact/hooks"
import { periodDaysMax, periodDaysMinOf, type RetentionPeriods } from "../../machines/retention.ts"
import type { RetentionView } from "../../projections/retention-runs.ts"
import { api, faultText } from "../api/http.ts"
import { useLoaded } from "../api/use.ts"
import { Button, Dialog, Failed, Field, Loading, Notice, Panel } from "../design/components.tsx"
import { dateText, filled, monthText, numberText } from "../design/language.ts"
import type { PageProps } from "../shell/pages.ts"
import "./retention.css"
import { retentionWords } from "./texts.ts"

type Name = keyof RetentionPeriods
type Draft = Readonly<Record<Name, string>>

const namesOf = (periods: RetentionPeriods) => Object.keys(periods) as Name[]
const draftOf = (periods: RetentionPeriods) =>
  Object.fromEntries(Object.entries(periods).map(([name, days]) => [name, `${days}`])) as Draft

export default function Retention({ me }: PageProps) {
  const said = retentionWords()
  const [loaded, load] = useLoaded<RetentionView>("/api/retention")
  const [saved, setSaved] = useState(false)
  if (loaded.state === "loading") return <Loading lines={6} />
  if (loaded.state === "failed") return <Failed why={loaded.fault.message} retry={load} />
  const view = loaded.answer
  const maySet = me.permissions.includes("retention.manage")
  const took = () => {
    setSaved(true)
    load()
  }
  return (
    <div class="stack">
      <h1>{said.title}</h1>
      <p class="soft wide">{said.why}</p>
      {maySet ? null : <p class="soft">{said.readOnly}</p>}
      {saved ? <Notice kind="good">{said.saved}</Notice> : null}
      <Periods key={JSON.stringify(view.periods)} view={view} maySet={maySet} onSaved={took} />
      <Panel title={said.state}>
        <dl class="pairs">
          <dt>{said.owed}</dt>
          <dd>{view.owedCount === 0 ? said.nothing : numberText(view.owedCount)}</dd>
          <dt>{said.backup}</dt>
          <dd>
            {view.lastBackupAt === null ? said.never : dateText(view.lastBackupAt)}
            {view.backupOverdueDays === null ? null : (
              <span class="tag warning">{filled(said.overdue, { days: numberText(view.backupOverdueDays) })}</span>
            )}
          </dd>
        </dl>
      </Panel>
    </div>
  )
}

function Periods({ view, maySet, onSaved }: { view: RetentionView; maySet: boolean; onSaved: () => void }) {
  const said = retentionWords()
  const [draft, setDraft] = useState(draftOf(view.periods))
  const [asking, setAsking] = useState(false)
  const names = namesOf(view.periods)
  const faults = faultsOf(draft, said)
  const changed = names.filter((name) => Number(draft[name]) !== view.periods[name])
  return (
    <Panel>
      <div class="table-wrap">
        <table>
          <thead>
            <tr>
              <th>{said.what}</th>
              <th class={maySet ? "" : "number"}>{said.days}</th>
              <th>{said.dueNow}</th>
            </tr>
          </thead>
          <tbody>
            {names.map((name) => (
              <tr key={name}>
                <td>
                  <strong>{said.names[name]}</strong>
                  <div class="soft small">{said.hints[name]}</div>
                </td>
                <td class={maySet ? "days" : "number"}>
                  {maySet ? (
                    <Field
                      label={`${said.names[name]}: ${said.days}`}
                      inputMode="numeric"
                      value={draft[name]}
                      error={faults[name]}
                      onInput={(days) => setDraft({ ...draft, [name]: days })}
                    />
                  ) : (
                    numberText(view.periods[name])
                  )}
                </td>
                <td>{dueText(view, name, said)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {maySet ? (
        <div>
          <Button
            kind="primary"
            disabled={changed.length === 0 || Object.keys(faults).length > 0}
            onClick={() => setAsking(true)}
          >
            {said.change}
          </Button>
        </div>
      ) : null}
      {asking ? (
        <Confirm
          before={view.periods}
          draft={draft}
          changed={changed}
          onClose={() => setAsking(false)}
          onSaved={onSaved}
        />
      ) : null}
    </Panel>
  )
}

interface ConfirmProps {
  readonly before: RetentionPeriods
  readonly draft: Draft
  readonly changed: readonly Name[]
  readonly onClose: () => void
  readonly onSaved: () => void
}

function Confirm({ before, draft, changed, onClose, onSaved }: ConfirmProps) {
  const said = retentionWords()
  const [reason, setReason] = useState("")
  const [why, setWhy] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const save = async (event: Event) => {
    event.preventDefault()
    setBusy(true)
    try {
      const periods = Object.fromEntries(changed.map((name) => [name, Number(draft[name])]))
      await api("PUT", "/api/retention", { periods, reason })
      onClose()
      onSaved()
    } catch (error) {
      setWhy(faultText(error, said.faults))
      setBusy(false)
    }
  }
  return (
    <Dialog title={said.confirmTitle} onClose={onClose}>
      <form class="stack" onSubmit={save}>
        {why === null ? null : <Notice kind="danger">{why}</Notice>}
        <dl class="pairs">
          {changed.map((name) => (
            <>
              <dt>{said.names[name]}</dt>
              <dd>
                <strong>{numberText(Number(draft[name]))}</strong>{" "}
                <span class="soft">({filled(said.from, { days: numberText(before[name]) })})</span>
              </dd>
            </>
          ))}
        </dl>
        {changed.some((name) => Number(draft[name]) < before[name]) ? (
          <Notice kind="warning">{said.shorter}</Notice>
        ) : null}
        <Field label={said.reason} hint={said.reasonHint} value={reason} onInput={setReason} required autofocus />
        <div class="row">
          <Button type="submit" kind="primary" busy={busy} disabled={reason.trim().length < 3}>
            {said.save}
          </Button>
          <Button onClick={onClose}>{said.cancel}</Button>
        </div>
      </form>
    </Dialog>
  )
}

type Words = ReturnType<typeof retentionWords>

/** What the server would refuse, beside the field. */
function faultsOf(draft: Draft, said: Words): Partial<Record<Name, string>> {
  const faults: Partial<Record<Name, string>> = {}
  for (const [name, text] of Object.entries(draft)) {
    const days = /^\d+$/.test(text.trim()) ? Number(text) : 0
    const daysMin = periodDaysMinOf(name)
    if (days >= daysMin && days <= periodDaysMax) continue
    faults[name as Name] = filled(said.outOfBounds, { min: numberText(daysMin), max: numberText(periodDaysMax) })
  }
  const { person, operations: _, ...others } = draft
  const longest = Math.max(...Object.values(others).map(Number))
  if (faults.person === undefined && Number(person) < longest) {
    faults.person = filled(said.personShorter, { days: numberText(longest) })
  }
  return faults
}

function dueText({ due, personCount }: RetentionView, name: Name, said: Words) {
  const months = due.filter(({ purpose }) => purpose === name)
  if (name === "person" && personCount > 0) return filled(said.personCount, { n: numberText(personCount) })
  if (months.length === 0) return <span class="soft">{said.nothing}</span>
  return (
    <ul class="plain">
      {months.map(({ month, keyCount }) => (
        <li key={month}>
          {monthText(month)}: {filled(said.keyCount, { n: numberText(keyCount) })}
        </li>
      ))}
    </ul>
  )
}
