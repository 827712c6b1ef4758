/** A code that the bank sends by a way of its own, and a field to enter it. */
import { useState } from "preact/hooks"
import { api, faultText } from "../api/http.ts"
import { Button, Field, Notice } from "../design/components.tsx"
import { clientWords } from "./texts.ts"

export function Code({ onProven }: { onProven: () => void }) {
  const said = clientWords()
  const [sent, setSent] = useState(false)
  const [code, setCode] = useState("")
  const [why, setWhy] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const attempt = async (work: () => Promise<unknown>) => {
    setBusy(true)
    setWhy(null)
    try {
      await work()
    } catch (error) {
      setWhy(faultText(error, said.faults))
    }
    setBusy(false)
  }
  const send = () =>
    attempt(async () => {
      await api("POST", "/client/api/code")
      setSent(true)
    })
  const confirm = (event: Event) => {
    event.preventDefault()
    void attempt(async () => {
      await api("POST", "/client/api/code/check", { code })
      onProven()
    })
  }
  return (
    <form class="stack tight code" onSubmit={confirm}>
      <h3>{said.codeTitle}</h3>
      <p class="soft">{said.codeWhy}</p>
      {why === null ? null : <Notice kind="danger">{why}</Notice>}
      {sent ? (
        <>
          <Notice kind="good">{said.codeSent}</Notice>
          <Field
            label={said.code}
            value={code}
            onInput={setCode}
            inputMode="numeric"
            autocomplete="one-time-code"
            required
            autofocus
          />
          <Button type="submit" kind="primary" busy={busy}>
            {said.confirm}
          </Button>
          <Button kind="plain" onClick={send}>
            {said.again}
          </Button>
        </>
      ) : (
        <Button kind="primary" busy={busy} onClick={send}>
          {said.sendCode}
        </Button>
      )}
    </form>
  )
}
