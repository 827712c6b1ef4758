/** The way through an erasure: what will be destroyed, the reason and the password again, each step as it is recorded, and then the proof, or what to do next. */
import { useEffect, useState } from "preact/hooks"
import type { ErasureView } from "../../projections/erasures.ts"
import type { Holdings as Held } from "../../projections/holdings.ts"
import { ApiFault, api, faultText } from "../api/http.ts"
import { useLoaded } from "../api/use.ts"
import { Button, Dialog, Field, Loading, Notice } from "../design/components.tsx"
import { filled, numberText } from "../design/language.ts"
import { Documents } from "./documents.tsx"
import { erasureWords } from "./erasure-texts.ts"
import { protectionWords } from "./texts.ts"

/** How often the journal is asked how far the erasure is. */
const lookEveryMs = 700
const steps = ["SubjectErasureRequested", "SubjectFenced", "SubjectKeyDestroyed", "SubjectForgotten", "SubjectErased"]

interface Props {
  readonly subject: string
  /** What is known of the client; null: an erasure that was begun is to be finished. */
  readonly held: Held | null
  readonly onClose: () => void
  readonly onErased: () => void
}

const viewOf = async (subject: string) => {
  const { erasures } = await api<{ erasures: readonly ErasureView[] }>("GET", "/api/erasures")
  return erasures.find((one) => one.subject === subject) ?? null
}

export function EraseDialog({ subject, held, onClose, onErased }: Props) {
  const said = { ...protectionWords(), ...erasureWords() }
  const [account] = useLoaded<{ hasPassword: boolean }>("/api/account")
  const [reason, setReason] = useState("")
  const [password, setPassword] = useState("")
  const [busy, setBusy] = useState(false)
  const [view, setView] = useState<ErasureView | null>(null)
  const [why, setWhy] = useState<string | null>(null)

  useEffect(() => {
    if (!busy) return
    let stopped = false
    const look = async () => {
      const seen = await viewOf(subject).catch(() => null)
      if (stopped) return
      if (seen !== null) setView(seen)
      timer = setTimeout(look, lookEveryMs)
    }
    let timer = setTimeout(look, lookEveryMs)
    return () => {
      stopped = true
      clearTimeout(timer)
    }
  }, [busy, subject])

  const again = view !== null || held === null
  const erase = async (event: Event) => {
    event.preventDefault()
    setBusy(true)
    setWhy(null)
    try {
      // One that was begun has its reason.
      const wish = again ? { password } : { reason, password }
      setView(await api<ErasureView>("POST", `/api/subjects/${subject}/erasure`, wish))
      onErased()
    } catch (error) {
      // What the journal says of it is said below; anything else here.
      const isKnown = error instanceof ApiFault && (error.tag === "ErasureIncomplete" || error.tag in said.faults)
      if (!isKnown) setWhy(said.unsure)
      else if (error.tag !== "ErasureIncomplete") setWhy(faultText(error, said.faults))
      setView(await viewOf(subject).catch(() => null))
    }
    setBusy(false)
  }

  if (view?.state === "done") {
    return (
      <Dialog title={said.eraseTitle} onClose={onClose}>
        <Notice kind="good">{said.erased}</Notice>
        <Steps view={view} busy={false} />
        <Documents erasure={view.erasure} />
        <p class="soft small">{said.actHow}</p>
      </Dialog>
    )
  }
  if (busy) {
    return (
      <Dialog title={said.eraseTitle} onClose={onClose}>
        <p role="status">
          <strong>{said.erasing}</strong> {said.mayClose}
        </p>
        <Steps view={view} busy={true} />
      </Dialog>
    )
  }
  return (
    <Dialog title={said.eraseTitle} onClose={onClose}>
      <form class="stack" onSubmit={erase}>
        {why === null ? null : <Notice kind="danger">{why}</Notice>}
        {view === null ? null : (
          <>
            <NotErased view={view} />
            <Steps view={view} busy={false} />
          </>
        )}
        {again ? (
          <p class="mono small">{subject}</p>
        ) : (
          <>
            <Doomed held={held} />
            <Field label={said.reason} hint={said.reasonHint} value={reason} onInput={setReason} required autofocus />
          </>
        )}
        {account.state !== "ready" ? (
          <Loading lines={1} />
        ) : account.answer.hasPassword ? (
          <Field
            label={said.password}
            hint={said.passwordHint}
            type="password"
            autocomplete="current-password"
            value={password}
            onInput={setPassword}
            required
          />
        ) : (
          <p class="soft">{said.noPassword}</p>
        )}
        <div class="row">
          <Button type="submit" kind="danger" disabled={!again && reason.trim().length < 3}>
            {again ? said.eraseAgain : said.eraseYes}
          </Button>
          <Button onClick={onClose}>{said.cancel}</Button>
        </div>
      </form>
    </Dialog>
  )
}

function Doomed({ held }: { held: Held }) {
  const said = { ...protectionWords(), ...erasureWords() }
  const { conferences, consents } = held
  return (
    <div class="stack tight doomed">
      <div>
        <p>{said.eraseWhat}</p>
        <ul>
          <li>{filled(said.eraseConferences, { n: numberText(conferences.length) })}</li>
          <li>{filled(said.eraseConsents, { n: numberText(consents.length) })}</li>
          <li>{said.erasePerson}</li>
        </ul>
      </div>
      <Notice kind="danger">
        {said.eraseForGood}
        {conferences.some(({ running }) => running) ? <p>{said.eraseRunning}</p> : null}
      </Notice>
      <p class="soft small">{said.eraseRemains}</p>
    </div>
  )
}

/** A step failed: what is so now, and what to do next. */
export function NotErased({ view: { failure } }: { view: ErasureView }) {
  const said = { ...protectionWords(), ...erasureWords() }
  if (failure === null) return null
  return (
    <Notice kind="danger">
      <p>{filled(said.notErased, { next: said.nextSteps[failure.step] ?? "" })}</p>
      <details>
        <summary>{said.details}</summary>
        <p class="mono small hash">{failure.why}</p>
      </details>
    </Notice>
  )
}

/** Of those that were done again after a failure, each once. */
function Steps({ view, busy }: { view: ErasureView | null; busy: boolean }) {
  const said = { ...protectionWords(), ...erasureWords() }
  const done = new Set(view?.steps.map(({ type }) => type as string))
  const next = steps.find((step) => !done.has(step))
  return (
    <ol class="plain steps">
      {steps.map((step) => (
        <li key={step} class={done.has(step) ? "done" : ""} aria-current={busy && step === next ? "step" : undefined}>
          <span aria-hidden="true">{done.has(step) ? "✓" : busy && step === next ? "…" : "·"}</span> {said.steps[step]}
        </li>
      ))}
    </ol>
  )
}
