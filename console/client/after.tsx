/** After the call: four short questions, and one's own data to look at or erase. */
import { useRef, useState } from "preact/hooks"
import type { ClientAnswers, ClientState, SharedPicture } from "../../projections/client-page.ts"
import { api, faultText } from "../api/http.ts"
import { Button, Dialog, Notice } from "../design/components.tsx"
import { language } from "../design/language.ts"
import { Code } from "./code.tsx"
import { clientWords } from "./texts.ts"

interface ScaleProps {
  readonly question: string
  readonly low: string
  readonly high: string
  readonly value: number | null
  readonly onChange: (value: number) => void
}

function Scale({ question, low, high, value, onChange }: ScaleProps) {
  return (
    <fieldset class="question">
      <legend>{question}</legend>
      <div class="scale">
        {[1, 2, 3, 4, 5].map((score) => (
          <Choice key={score} text={`${score}`} chosen={value === score} onChoose={() => onChange(score)} />
        ))}
      </div>
      <p class="row apart soft small">
        <span>{low}</span>
        <span>{high}</span>
      </p>
    </fieldset>
  )
}

function Choice({ text, chosen, onChoose }: { text: string; chosen: boolean; onChoose: () => void }) {
  return (
    <button type="button" class="choice-button" aria-pressed={chosen ? "true" : "false"} onClick={onChoose}>
      {text}
    </button>
  )
}

export function Questions({ picture, onDone }: { picture: SharedPicture | null; onDone: () => void }) {
  const said = clientWords()
  const [rating, setRating] = useState<number | null>(null)
  const [clarity, setClarity] = useState<number | null>(null)
  const [again, setAgain] = useState<boolean | null>(null)
  const [check, setCheck] = useState<ClientAnswers["check"]>(null)
  const [why, setWhy] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const shownAt = useRef(performance.now())
  const ready = rating !== null && clarity !== null && again !== null && (picture === null || check !== null)
  const choose = (productIndex: number) =>
    setCheck({ productIndex, tookMs: Math.min(3_600_000, Math.round(performance.now() - shownAt.current)) })
  const send = async () => {
    setBusy(true)
    try {
      await api("POST", "/client/api/answers", { rating, clarity, again, check })
      onDone()
    } catch (error) {
      setWhy(faultText(error, said.faults))
      setBusy(false)
    }
  }
  return (
    <section class="panel stack">
      <h2>{said.questions}</h2>
      <Scale question={said.rating} low={said.low} high={said.high} value={rating} onChange={setRating} />
      <Scale question={said.clarity} low={said.unclear} high={said.clear} value={clarity} onChange={setClarity} />
      {picture === null ? null : (
        <fieldset class="question">
          <legend>{said.checkQuestion}</legend>
          <div class="row">
            {picture.brief.products.map(({ name }, index) => (
              <Choice key={name} text={name} chosen={check?.productIndex === index} onChoose={() => choose(index)} />
            ))}
          </div>
        </fieldset>
      )}
      <fieldset class="question">
        <legend>{said.againQuestion}</legend>
        <div class="row">
          <Choice text={said.yes} chosen={again === true} onChoose={() => setAgain(true)} />
          <Choice text={said.no} chosen={again === false} onChoose={() => setAgain(false)} />
        </div>
      </fieldset>
      {why === null ? null : <Notice kind="danger">{why}</Notice>}
      <Button kind="primary" disabled={!ready} busy={busy} onClick={send}>
        {said.send}
      </Button>
    </section>
  )
}

interface OwnDataProps {
  readonly state: ClientState
  readonly onProven: () => void
  readonly onErased: () => void
}

export function OwnData({ state, onProven, onErased }: OwnDataProps) {
  const said = clientWords()
  const [asking, setAsking] = useState(false)
  const [sure, setSure] = useState(false)
  const [why, setWhy] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const proven = state.provenUntil > Date.now()
  const erase = async () => {
    setBusy(true)
    try {
      await api("POST", "/client/api/erase")
      onErased()
    } catch (error) {
      setWhy(faultText(error, said.faults))
      setSure(false)
      setBusy(false)
    }
  }
  return (
    <section class="panel stack">
      <h2>{said.dataTitle}</h2>
      <p class="soft">{said.dataWhy}</p>
      {why === null ? null : <Notice kind="danger">{why}</Notice>}
      {proven ? (
        <div class="row">
          <a class="button" href={`/client/api/my-data.html?lang=${language.value}`} download>
            {said.see}
          </a>
          <a class="button" href="/client/api/my-data.json" download>
            {said.download}
          </a>
          <Button kind="danger" onClick={() => setSure(true)}>
            {said.erase}
          </Button>
        </div>
      ) : asking ? (
        <Code onProven={onProven} />
      ) : (
        <div class="row">
          <Button onClick={() => setAsking(true)}>{said.see}</Button>
          <Button kind="danger" onClick={() => setAsking(true)}>
            {said.erase}
          </Button>
        </div>
      )}
      {sure ? (
        <Dialog title={said.erase} onClose={() => setSure(false)}>
          <p>{said.eraseSure}</p>
          <div class="row">
            <Button kind="danger" busy={busy} onClick={erase}>
              {said.eraseYes}
            </Button>
            <Button onClick={() => setSure(false)}>{said.cancel}</Button>
          </div>
        </Dialog>
      ) : null}
    </section>
  )
}
