/** Asks for a report: which days, and why. Then shows how far the journal is read, and the report. */
import { useEffect, useState } from "preact/hooks"
import type { AuditReportRun } from "../../projections/audit-page.ts"
import { api, faultText } from "../api/http.ts"
import { useLoaded } from "../api/use.ts"
import { Button, Failed, Field, Loading, Segmented } from "../design/components.tsx"
import { filled, numberText } from "../design/language.ts"
import { type Days, dayAfter, daysOf, type Preset, presets } from "./period.ts"
import { ReportView } from "./report-view.tsx"
import { auditWords } from "./texts.ts"

const lookEveryMs = 500

export function Report() {
  const said = auditWords()
  const [days, setDays] = useState<Days>(() => daysOf("thisMonth", Date.now()))
  const [reason, setReason] = useState("")
  const [id, setId] = useState<string | null>(null)
  const [why, setWhy] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)

  const make = async (event: Event) => {
    event.preventDefault()
    setBusy(true)
    setWhy(null)
    try {
      const wish = { from: days.from, to: dayAfter(days.to), reason }
      setId((await api<{ report: string }>("POST", "/api/audit/reports", wish)).report)
    } catch (error) {
      setWhy(faultText(error, said.faults))
    }
    setBusy(false)
  }
  const drop = () => {
    if (id !== null) void api("DELETE", `/api/audit/reports/${id}`).catch(() => {})
    setId(null)
  }

  if (id !== null) return <Made key={id} id={id} onDrop={drop} />
  return (
    <form class="panel stack" onSubmit={make}>
      <h2>{said.period}</h2>
      {why === null ? null : <Failed why={why} />}
      <div>
        <Segmented
          label={said.period}
          value={presetOf(days)}
          options={[...presets, "own" as const].map((preset) => ({ value: preset, text: said.presets[preset] }))}
          onChange={(preset) => (preset === "own" ? undefined : setDays(daysOf(preset, Date.now())))}
        />
      </div>
      <div class="days">
        <Field
          label={said.from}
          type="date"
          value={days.from}
          onInput={(from) => setDays({ ...days, from })}
          required
        />
        <Field label={said.to} type="date" value={days.to} onInput={(to) => setDays({ ...days, to })} required />
        <Field label={said.reason} value={reason} onInput={setReason} placeholder={said.reasonHint} required />
      </div>
      <p class="soft small">{said.utcDays}</p>
      <div class="row">
        <Button type="submit" kind="primary" busy={busy} disabled={reason.trim().length < 3}>
          {said.make}
        </Button>
        <span class="soft small">{said.onRecord}</span>
      </div>
    </form>
  )
}

function presetOf({ from, to }: Days): Preset | "own" {
  const now = Date.now()
  const found = presets.find((preset) => daysOf(preset, now).from === from && daysOf(preset, now).to === to)
  return found ?? "own"
}

function Made({ id, onDrop }: { id: string; onDrop: () => void }) {
  const said = auditWords()
  const path = `/api/audit/reports/${id}`
  const [loaded, load] = useLoaded<AuditReportRun>(path)
  const isReading = loaded.state === "ready" && loaded.answer.state === "reading"
  useEffect(() => {
    if (!isReading) return
    const looking = setInterval(load, lookEveryMs)
    return () => clearInterval(looking)
  }, [isReading, load])

  if (loaded.state === "loading") return <Loading lines={6} />
  if (loaded.state === "failed") return <Failed why={faultText(loaded.fault, said.faults)} retry={onDrop} />
  const run = loaded.answer
  if (run.state === "failed") return <Failed why={said.failedToMake} retry={onDrop} />
  if (run.state === "ready") return <ReportView run={run} path={path} onDrop={onDrop} />
  const { readCommits, commitCount } = run
  const done = numberText(readCommits)
  const total = commitCount === null ? null : Math.max(commitCount, readCommits)
  return (
    <div class="panel stack" role="status">
      <h2>{said.reading}</h2>
      <progress aria-label={said.reading} value={total === null ? undefined : readCommits} max={total ?? undefined} />
      <div class="row apart">
        <span class="soft">
          {total === null ? filled(said.readSome, { done }) : filled(said.readOf, { done, total: numberText(total) })}
        </span>
        <Button onClick={onDrop}>{said.cancel}</Button>
      </div>
    </div>
  )
}
