/** One's own account: password, authenticator app, passkeys, recovery codes, and the devices that are signed in. */
import { startRegistration } from "@simplewebauthn/browser"
import { useState } from "preact/hooks"
import { accountWords } from "../accounts/texts.ts"
import { api, faultText } from "../api/http.ts"
import { useLoaded } from "../api/use.ts"
import { Button, Dialog, Failed, Field, Loading, Notice, Panel } from "../design/components.tsx"
import { dateText, dateTimeText } from "../design/language.ts"
import type { PageProps } from "../shell/pages.ts"
import { qrPicture, RecoveryCodes } from "../sign-in/enrol.tsx"
import { signInWords } from "../sign-in/texts.ts"

interface OwnAccount {
  /** Without one, having signed in just now confirms a change. */
  readonly hasPassword: boolean
  readonly hasTotp: boolean
  readonly recoveryCodesLeft: number
  readonly passkeys: readonly { readonly id: string; readonly label: string; readonly addedAt: number }[]
  readonly sessions: readonly {
    readonly id: string
    readonly device: string
    readonly address: string
    readonly startedAt: number
    readonly current: boolean
  }[]
}

/** What is done once the password is confirmed; it may show something more. */
type Wish = { readonly title: string; readonly act: (password: string) => Promise<void> } | null

export default function Account({ me }: PageProps) {
  const said = accountWords()
  const [loaded, load] = useLoaded<OwnAccount>("/api/account")
  const [wish, setWish] = useState<Wish>(null)
  const [totp, setTotp] = useState<{ uri: string; secret: string; password: string } | null>(null)
  const [codes, setCodes] = useState<readonly string[] | null>(null)
  const [told, setTold] = useState<string | null>(null)
  const [why, setWhy] = useState<string | null>(null)
  const [newPassword, setNewPassword] = useState("")
  const [label, setLabel] = useState("")

  if (loaded.state === "loading") return <Loading lines={8} />
  if (loaded.state === "failed") return <Failed why={loaded.fault.message} retry={load} />
  const account = loaded.answer
  const done = (text: string | null) => {
    setTold(text)
    setWish(null)
    load()
  }
  const attempt = async (work: () => Promise<unknown>) => {
    setWhy(null)
    try {
      await work()
      load()
    } catch (error) {
      setWhy(faultText(error, { ...signInWords().faults, ...said.faults }))
    }
  }
  const confirm = (wanted: NonNullable<Wish>) =>
    account.hasPassword ? setWish(wanted) : void attempt(() => wanted.act(""))
  const changePassword = async (password: string) => {
    await api("POST", "/api/account/password", { password, newPassword })
    setNewPassword("")
    done(said.passwordChanged)
  }
  const showTotp = async (password: string) => {
    const shown = await api<{ uri: string; secret: string }>("POST", "/api/account/totp/options", { password })
    setWish(null)
    setTotp({ ...shown, password })
  }
  const addPasskey = async (password: string) => {
    const optionsJSON = await api<never>("POST", "/api/account/passkeys/options", { password })
    const response = await startRegistration({ optionsJSON })
    await api("POST", "/api/account/passkeys", { response, label })
    setLabel("")
    done(null)
  }
  const totpReplaced = () => {
    setTotp(null)
    done(said.totpReplaced)
  }
  const makeCodes = async (password: string) => {
    const made = await api<{ recoveryCodes: readonly string[] }>("POST", "/api/account/recovery-codes", { password })
    setWish(null)
    setCodes(made.recoveryCodes)
    load()
  }
  const remove = (path: string) => attempt(() => api("DELETE", path))

  return (
    <div class="stack">
      <h1>{said.own}</h1>
      <p class="soft">{said.signedInAs.replace("{name}", me.name).replace("{login}", me.login)}</p>
      {told === null ? null : <Notice kind="good">{told}</Notice>}
      {why === null ? null : <Notice kind="danger">{why}</Notice>}
      <Panel title={said.sessionsTitle}>
        <ul class="plain stack tight">
          {account.sessions.map((session) => (
            <li key={session.id} class="row apart">
              <span>
                {session.device}, {session.address}{" "}
                <span class="soft small">{said.since.replace("{date}", dateTimeText(session.startedAt))}</span>
              </span>
              {session.current ? (
                <span class="tag good">{said.thisDevice}</span>
              ) : (
                <Button onClick={() => remove(`/api/account/sessions/${session.id}`)}>{said.end}</Button>
              )}
            </li>
          ))}
        </ul>
        {account.sessions.length > 1 ? (
          <div>
            <Button onClick={() => remove("/api/account/sessions/all")}>{said.endOthers}</Button>
          </div>
        ) : null}
      </Panel>
      <Panel title={said.passkeysTitle}>
        <p class="soft">{said.passkeysWhy}</p>
        {account.passkeys.length === 0 ? <p>{said.noPasskeys}</p> : null}
        <ul class="plain stack tight">
          {account.passkeys.map((passkey) => (
            <li key={passkey.id} class="row apart">
              <span>
                {passkey.label === "" ? "—" : passkey.label}{" "}
                <span class="soft small">{said.added.replace("{date}", dateText(passkey.addedAt))}</span>
              </span>
              <Button kind="danger" onClick={() => remove(`/api/account/passkeys/${passkey.id}`)}>
                {said.removePasskey}
              </Button>
            </li>
          ))}
        </ul>
        <Field label={said.passkeyLabel} hint={said.passkeyLabelHint} value={label} onInput={setLabel} />
        <div>
          <Button onClick={() => confirm({ title: said.addPasskey, act: addPasskey })}>{said.addPasskey}</Button>
        </div>
      </Panel>
      <Panel title={said.totpTitle}>
        <div class="row apart">
          <span>{account.hasTotp ? said.totpOn : said.totpOff}</span>
          <Button onClick={() => confirm({ title: said.totpReplace, act: showTotp })}>{said.totpReplace}</Button>
        </div>
      </Panel>
      <Panel title={said.codesTitle}>
        <div class="row apart">
          <span>{said.codesLeft.replace("{n}", `${account.recoveryCodesLeft}`)}</span>
          <Button onClick={() => confirm({ title: said.newCodes, act: makeCodes })}>{said.newCodes}</Button>
        </div>
      </Panel>
      <Panel title={said.passwordTitle}>
        <Field
          label={said.newPassword}
          hint={signInWords().passwordHint}
          type="password"
          autocomplete="new-password"
          value={newPassword}
          onInput={setNewPassword}
        />
        <div>
          <Button
            disabled={newPassword === ""}
            onClick={() => confirm({ title: said.changePassword, act: changePassword })}
          >
            {said.changePassword}
          </Button>
        </div>
      </Panel>
      {wish === null ? null : <ConfirmDialog wish={wish} onClose={() => setWish(null)} />}
      {totp === null ? null : <TotpDialog {...totp} onClose={() => setTotp(null)} onDone={totpReplaced} />}
      {codes === null ? null : (
        <Dialog title={said.codesTitle} onClose={() => setCodes(null)}>
          <RecoveryCodes codes={codes} />
        </Dialog>
      )}
    </div>
  )
}

/** An open screen is not enough to change how somebody signs in. */
function ConfirmDialog({ wish, onClose }: { wish: NonNullable<Wish>; onClose: () => void }) {
  const said = accountWords()
  const [password, setPassword] = useState("")
  const [why, setWhy] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const submit = async (event: Event) => {
    event.preventDefault()
    setBusy(true)
    setWhy(null)
    try {
      await wish.act(password)
    } catch (error) {
      setWhy(faultText(error, { ...signInWords().faults, ...said.faults }))
      setBusy(false)
    }
  }
  return (
    <Dialog title={wish.title} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        {why === null ? null : <Notice kind="danger">{why}</Notice>}
        <Field
          label={said.currentPassword}
          hint={said.confirm}
          type="password"
          autocomplete="current-password"
          value={password}
          onInput={setPassword}
          required
          autofocus
        />
        <Button type="submit" kind="primary" busy={busy}>
          {said.confirmButton}
        </Button>
      </form>
    </Dialog>
  )
}

interface TotpProps {
  readonly uri: string
  readonly secret: string
  readonly password: string
  readonly onClose: () => void
  readonly onDone: () => void
}

function TotpDialog({ uri, secret, password, onClose, onDone }: TotpProps) {
  const said = accountWords()
  const enrol = signInWords()
  const [code, setCode] = useState("")
  const [why, setWhy] = useState<string | null>(null)
  const submit = async (event: Event) => {
    event.preventDefault()
    try {
      await api("POST", "/api/account/totp", { password, code })
      onDone()
    } catch (error) {
      setWhy(faultText(error, enrol.faults))
    }
  }
  return (
    <Dialog title={said.totpTitle} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        {why === null ? null : <Notice kind="danger">{why}</Notice>}
        <p>{enrol.scan}</p>
        <img src={qrPicture(uri)} alt={enrol.qrAlt} width="200" height="200" />
        <p class="small soft">
          {enrol.typed} <span class="mono">{secret}</span>
        </p>
        <Field label={enrol.code} value={code} onInput={setCode} inputMode="numeric" required />
        <Button type="submit" kind="primary">
          {said.save}
        </Button>
      </form>
    </Dialog>
  )
}
