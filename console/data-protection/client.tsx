/** Finds a client after a reason, which the server records before it shows anything, and what may be done then: hand out a copy, erase. */
import { useState } from "preact/hooks"
import type { Holdings as Held, SubjectTrait } from "../../projections/holdings.ts"
import { api, download, faultText } from "../api/http.ts"
import { Button, Failed, Field, Notice, Panel, Segmented } from "../design/components.tsx"
import { language } from "../design/language.ts"
import { EraseDialog } from "./erase.tsx"
import { Holdings } from "./holdings.tsx"
import { protectionWords } from "./texts.ts"

export function Client() {
  const [held, setHeld] = useState<Held | null>(null)
  return held === null ? <Search onFound={setHeld} /> : <Found held={held} onAnother={() => setHeld(null)} />
}

function Search({ onFound }: { onFound: (held: Held) => void }) {
  const said = protectionWords()
  const [by, setBy] = useState<SubjectTrait>("client")
  const [value, setValue] = useState("")
  const [reason, setReason] = useState("")
  const [why, setWhy] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const names = { client: said.byClient, pseudonym: said.byPseudonym, conference: said.byConference }
  const hints = { client: said.clientHint, pseudonym: said.pseudonymHint, conference: said.conferenceHint }
  const search = async (event: Event) => {
    event.preventDefault()
    setBusy(true)
    setWhy(null)
    try {
      onFound((await api<{ holdings: Held }>("POST", "/api/subjects", { by, value, reason })).holdings)
    } catch (error) {
      setWhy(faultText(error, said.faults))
      setBusy(false)
    }
  }
  return (
    <form class="panel stack search" onSubmit={search}>
      <h2>{said.searchTitle}</h2>
      <p class="soft">{said.searchWhy}</p>
      {why === null ? null : <Failed why={why} />}
      <div>
        <Segmented
          label={said.by}
          value={by}
          options={(["client", "pseudonym", "conference"] as const).map((trait) => ({
            value: trait,
            text: names[trait]
          }))}
          onChange={setBy}
        />
      </div>
      <Field
        label={{ client: said.clientId, pseudonym: said.pseudonym, conference: said.conference }[by]}
        hint={hints[by]}
        value={value}
        onInput={setValue}
        autocomplete="off"
        required
        autofocus
      />
      <Field
        label={said.reason}
        hint={said.reasonHint}
        value={reason}
        onInput={setReason}
        autocomplete="off"
        required
      />
      <Button type="submit" kind="primary" busy={busy} disabled={value.trim() === "" || reason.trim().length < 3}>
        {busy ? said.searching : said.show}
      </Button>
    </form>
  )
}

function Found({ held, onAnother }: { held: Held; onAnother: () => void }) {
  const said = protectionWords()
  const [saving, setSaving] = useState<string | null>(null)
  const [why, setWhy] = useState<string | null>(null)
  const [saved, setSaved] = useState(false)
  const [erasing, setErasing] = useState(false)
  const [gone, setGone] = useState(false)
  const save = async (file: string) => {
    setSaving(file)
    setWhy(null)
    setSaved(false)
    try {
      await download(`/api/subjects/${held.subject}/export.${file}?lang=${language.value}`)
      setSaved(true)
    } catch (error) {
      setWhy(faultText(error, said.faults))
    }
    setSaving(null)
  }
  const close = () => {
    setErasing(false)
    if (gone) onAnother()
  }
  return (
    <div class="stack">
      {why === null ? null : <Failed why={why} />}
      {saved ? <Notice kind="good">{said.exported}</Notice> : null}
      <Panel>
        <Person held={held} />
        <div class="row apart">
          <div class="row">
            <Button busy={saving === "html"} onClick={() => save("html")}>
              {said.exportHtml}
            </Button>
            <Button busy={saving === "json"} onClick={() => save("json")}>
              {said.exportJson}
            </Button>
            <Button kind="danger" onClick={() => setErasing(true)}>
              {said.erase}
            </Button>
          </div>
          <Button kind="plain" onClick={onAnother}>
            {said.another}
          </Button>
        </div>
      </Panel>
      <Holdings held={held} />
      {erasing ? (
        <EraseDialog subject={held.subject} held={held} onClose={close} onErased={() => setGone(true)} />
      ) : null}
    </div>
  )
}

function Person({ held: { subject, person } }: { held: Held }) {
  const said = protectionWords()
  const list = (words: readonly string[]) =>
    words.length === 0 ? <span class="soft">{said.none}</span> : words.join(", ")
  return (
    <dl class="pairs">
      {person === null ? null : (
        <>
          <dt>{said.names}</dt>
          <dd>{list(person.names)}</dd>
          <dt>{said.externalId}</dt>
          <dd>{person.externalId}</dd>
          <dt>{said.contacts}</dt>
          <dd>{list(person.contacts)}</dd>
          <dt>{said.crmIds}</dt>
          <dd>{list(person.crmIds)}</dd>
        </>
      )}
      <dt>{said.pseudonym}</dt>
      <dd class="mono small">
        {subject}
        {person === null ? <div class="soft">{said.nobody}</div> : null}
      </dd>
    </dl>
  )
}
