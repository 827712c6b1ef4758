/** The proof of one event as a file to take away, or why there is none yet. */
import { useState } from "preact/hooks"
import { download, faultText } from "../api/http.ts"
import { Button, Field, Notice, Panel } from "../design/components.tsx"
import { filled } from "../design/language.ts"
import { auditWords } from "./texts.ts"

export function EventProof() {
  const said = auditWords()
  const [conference, setConference] = useState("")
  const [version, setVersion] = useState("")
  const get = `/api/audit/proofs/${encodeURIComponent(conference.trim())}/${encodeURIComponent(version.trim())}`
  const isGiven = conference.trim() !== "" && version.trim() !== ""
  return (
    <Panel title={said.proof}>
      <p class="soft">{said.proofWhy}</p>
      <div class="days">
        <Field label={said.conference} hint={said.conferenceHint} value={conference} onInput={setConference} />
        <Field label={said.version} value={version} onInput={setVersion} inputMode="numeric" />
      </div>
      <ProofButton path={get} disabled={!isGiven} />
    </Panel>
  )
}

/** Downloads the proof at this path, and says how to check it or why there is none. */
export function ProofButton({ path, disabled = false }: { path: string; disabled?: boolean }) {
  const said = auditWords()
  const [got, setGot] = useState<{ path: string; name: string | null; why: string | null } | null>(null)
  const [busy, setBusy] = useState(false)
  const take = async () => {
    setBusy(true)
    try {
      setGot({ path, name: await download(path), why: null })
    } catch (error) {
      setGot({ path, name: null, why: faultText(error, said.faults) })
    }
    setBusy(false)
  }
  const shown = got?.path === path ? got : null
  return (
    <div class="stack tight">
      <div>
        <Button onClick={take} busy={busy} disabled={disabled}>
          {said.getProof}
        </Button>
      </div>
      {shown?.why == null ? null : <Notice kind="warning">{shown.why}</Notice>}
      {shown?.name == null ? null : (
        <Notice kind="good">
          {filled(said.gotProof, { name: shown.name })}
          <p class="mono command small">{filled(said.checkFile, { name: shown.name })}</p>
        </Notice>
      )}
    </div>
  )
}
