/** The first visit, by an invitation's link: a password, an authenticator app, and the recovery codes. */
import { useEffect, useState } from "preact/hooks"
import { renderSVG } from "uqr"
import { api } from "../api/http.ts"
import { Button, Failed, Field, Loading, Notice } from "../design/components.tsx"
import { saidOf } from "./sign-in.tsx"
import { signInWords } from "./texts.ts"

interface Invitation {
  readonly login: string
  readonly name: string
  readonly totp: { readonly uri: string; readonly secret: string }
  /** Of the first administrator, whose briefing nobody else can record. */
  readonly asksBriefing: boolean
}

interface Enrolled {
  readonly recoveryCodes: readonly string[]
  readonly briefed: boolean
}

/** A date field's value for today, by the reader's own clock. */
export const today = () => new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 10)

/** Behind the #, so that it reaches no server's log. */
const secretOf = () => location.hash.slice(1)

export const qrPicture = (text: string) => `data:image/svg+xml;base64,${btoa(renderSVG(text, { border: 2 }))}`

export function RecoveryCodes({ codes }: { codes: readonly string[] }) {
  const said = signInWords()
  const [copied, setCopied] = useState(false)
  const copy = () => void navigator.clipboard.writeText(codes.join("\n")).then(() => setCopied(true))
  return (
    <>
      <p>{said.codesWhy}</p>
      <ol class="codes mono">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <div class="row">
        <Button onClick={copy}>{copied ? said.copied : said.copy}</Button>
      </div>
    </>
  )
}

export function Enrol() {
  const said = signInWords()
  const [invitation, setInvitation] = useState<Invitation | null>(null)
  const [enrolled, setEnrolled] = useState<Enrolled | null>(null)
  const [gone, setGone] = useState<string | null>(null)
  const [password, setPassword] = useState("")
  const [again, setAgain] = useState("")
  const [code, setCode] = useState("")
  const [why, setWhy] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const [heldOn, setHeldOn] = useState(today())
  const [heldBy, setHeldBy] = useState("")
  const [kept, setKept] = useState(false)

  useEffect(() => {
    if (secretOf() === "") return setGone(said.noLink)
    api<Invitation>("POST", "/api/enrolment", { secret: secretOf() }).then(setInvitation, (error) =>
      setGone(saidOf(error))
    )
  }, [])

  const finish = async (event: Event) => {
    event.preventDefault()
    if (password !== again) return setWhy(said.mismatch)
    setBusy(true)
    setWhy(null)
    try {
      const briefing = invitation?.asksBriefing ? { heldAt: new Date(`${heldOn}T12:00`).getTime(), by: heldBy } : null
      const given = { secret: secretOf(), password, code, briefing }
      setEnrolled(await api<Enrolled>("POST", "/api/enrolment/finish", given))
      history.replaceState(null, "", "/enrol")
    } catch (error) {
      setWhy(saidOf(error))
    }
    setBusy(false)
  }

  if (gone !== null) return <Failed why={gone} />
  if (enrolled !== null) {
    return (
      <div class="panel stack">
        <h1>{said.codesTitle}</h1>
        <RecoveryCodes codes={enrolled.recoveryCodes} />
        <label class="row">
          <input type="checkbox" checked={kept} onChange={() => setKept(!kept)} />
          {said.saved}
        </label>
        {enrolled.briefed ? null : <Notice kind="warning">{said.notBriefed}</Notice>}
        <Button kind="primary" disabled={!kept} onClick={() => location.assign("/sign-in")}>
          {said.toSignIn}
        </Button>
      </div>
    )
  }
  if (invitation === null) return <Loading lines={6} />
  return (
    <form class="panel stack" onSubmit={finish}>
      <h1>{said.enrolTitle}</h1>
      <p class="soft">{said.enrolHello}</p>
      <p>
        {said.person}: <strong>{invitation.name}</strong> ({invitation.login})
      </p>
      {why === null ? null : <Notice kind="danger">{why}</Notice>}
      <input
        class="visually-hidden"
        type="text"
        autocomplete="username"
        value={invitation.login}
        readOnly
        tabIndex={-1}
        aria-hidden="true"
      />
      <Field
        label={said.newPassword}
        hint={said.passwordHint}
        value={password}
        onInput={setPassword}
        type="password"
        autocomplete="new-password"
        required
      />
      <Field
        label={said.repeat}
        value={again}
        onInput={setAgain}
        type="password"
        autocomplete="new-password"
        required
      />
      <p>{said.scan}</p>
      <img class="qr" src={qrPicture(invitation.totp.uri)} alt={said.qrAlt} width="200" height="200" />
      <p class="small soft">
        {said.typed} <span class="mono">{invitation.totp.secret}</span>
      </p>
      <Field
        label={said.code}
        hint={said.codeHint}
        value={code}
        onInput={setCode}
        inputMode="numeric"
        autocomplete="one-time-code"
        required
      />
      {invitation.asksBriefing ? (
        <>
          <p>{said.firstBriefing}</p>
          <Field label={said.heldOn} type="date" value={heldOn} onInput={setHeldOn} required />
          <Field label={said.heldBy} value={heldBy} onInput={setHeldBy} required />
        </>
      ) : null}
      <Button type="submit" kind="primary" busy={busy}>
        {said.finish}
      </Button>
    </form>
  )
}
