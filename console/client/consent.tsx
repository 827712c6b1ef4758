/** Consent as a step of its own: one tick for each purpose, none set, the text word for word, and a code before it counts. */
import { useState } from "preact/hooks"
import type { ConsentPurpose } from "../../machines/wire.ts"
import type { ClientState } from "../../projections/client-page.ts"
import { api, faultText } from "../api/http.ts"
import { Button, Notice } from "../design/components.tsx"
import { language } from "../design/language.ts"
import { Code } from "./code.tsx"
import { clientWords } from "./texts.ts"

interface Props {
  readonly state: ClientState
  readonly onState: (state: ClientState) => void
  readonly onProven: () => void
  /** Goes on, with or without. */
  readonly onDone: () => void
}

export function Consent({ state, onState, onProven, onDone }: Props) {
  const said = clientWords()
  const [ticked, setTicked] = useState<readonly ConsentPurpose[]>([])
  const [asking, setAsking] = useState(false)
  const [why, setWhy] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const texts = state.texts.filter((text) => text.language === language.value)

  const give = async () => {
    setBusy(true)
    setWhy(null)
    try {
      onState(await api("POST", "/client/api/consents", { purposes: ticked, language: language.value }))
      setTicked([])
      onDone()
    } catch (error) {
      setWhy(faultText(error, said.faults))
    }
    setBusy(false)
  }
  const agree = () => {
    if (state.provenUntil > Date.now()) void give()
    else setAsking(true)
  }
  const withdraw = async (purpose: ConsentPurpose) => {
    try {
      onState(await api("POST", "/client/api/withdraw", { purpose }))
    } catch (error) {
      setWhy(faultText(error, said.faults))
    }
  }
  const toggle = (purpose: ConsentPurpose) =>
    setTicked(ticked.includes(purpose) ? ticked.filter((one) => one !== purpose) : [...ticked, purpose])

  return (
    <section class="panel stack">
      <h2>{said.consentTitle}</h2>
      <p class="soft">{said.consentWhy}</p>
      <ul class="plain purposes">
        {texts.map((text) => {
          const now = state.consents[text.purpose]
          return (
            <li key={text.purpose}>
              {now === "given" ? (
                <div class="row apart">
                  <span>
                    {said.purposes[text.purpose]} <span class="tag good">{said.given}</span>
                  </span>
                  <Button onClick={() => withdraw(text.purpose)}>{said.withdraw}</Button>
                </div>
              ) : (
                <label class="tick">
                  <input
                    type="checkbox"
                    checked={ticked.includes(text.purpose)}
                    onChange={() => toggle(text.purpose)}
                  />
                  <span>
                    {said.purposes[text.purpose]}{" "}
                    {now === "withdrawn" ? <span class="tag warning">{said.withdrawnState}</span> : null}
                  </span>
                </label>
              )}
              <details>
                <summary>{said.readText}</summary>
                <p>{text.text}</p>
                <p class="soft small hash">
                  {said.textNote.replace("{version}", text.version).replace("{hash}", text.sha256)}
                </p>
              </details>
            </li>
          )
        })}
      </ul>
      {why === null ? null : <Notice kind="danger">{why}</Notice>}
      {asking && state.provenUntil <= Date.now() ? (
        <Code
          onProven={() => {
            setAsking(false)
            onProven()
            void give()
          }}
        />
      ) : (
        <div class="stack tight">
          <Button kind="primary" disabled={ticked.length === 0} busy={busy} onClick={agree}>
            {said.agree}
          </Button>
          <Button onClick={onDone}>{said.without}</Button>
        </div>
      )}
    </section>
  )
}
