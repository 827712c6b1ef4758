/** Signing in: login and password, or the bank's directory, and then a code; or a passkey by itself. */
import { startAuthentication } from "@simplewebauthn/browser"
import { useEffect, useState } from "preact/hooks"
import { ApiFault, api, faultText } from "../api/http.ts"
import { Button, Field, Notice } from "../design/components.tsx"
import { finishDirectory, goToDirectory, isBack, keptTarget, useDirectory } from "./directory.ts"
import { signInWords } from "./texts.ts"

/** Only to pages of this server. */
function target(): string {
  const to = new URLSearchParams(location.search).get("to") ?? keptTarget() ?? "/"
  return /^\/[\w\-/]*$/.test(to) ? to : "/"
}

export const saidOf = (error: unknown) => {
  const said = signInWords()
  const detail = (error instanceof ApiFault ? error.detail : null) ?? ""
  const isWord = error instanceof ApiFault && error.tag === "directoryAnswer"
  const text = faultText(error, said.faults).replace("{detail}", () => (isWord ? said.details[detail] : null) ?? detail)
  const waitMs = error instanceof ApiFault ? error.retryAfterMs : null
  return waitMs === null ? text : `${text} ${said.seconds.replace("{n}", `${Math.ceil(waitMs / 1000)}`)}`
}

interface Second {
  readonly totp: boolean
  readonly recovery: boolean
  readonly passkey: boolean
}

/** What a first step answers: in already, or which second one is asked for. */
export type FirstAnswer = { readonly step: "in" } | ({ readonly step: "secondFactor" } & Second)

export function SignIn() {
  const said = signInWords()
  const [login, setLogin] = useState("")
  const [password, setPassword] = useState("")
  const [second, setSecond] = useState<Second | null>(null)
  const [code, setCode] = useState("")
  const [byRecovery, setByRecovery] = useState(false)
  const [why, setWhy] = useState<string | null>(null)
  const [busy, setBusy] = useState(isBack)
  const hasDirectory = useDirectory()

  const attempt = async (work: () => Promise<void>) => {
    setBusy(true)
    setWhy(null)
    try {
      await work()
    } catch (error) {
      if (error instanceof ApiFault && error.tag === "stepExpired") setSecond(null)
      setWhy(error instanceof ApiFault ? saidOf(error) : said.faults.passkeyCancelled)
      setCode("")
    }
    setBusy(false)
  }
  const enter = () => location.assign(target())
  const takeFirst = (answer: FirstAnswer) => {
    if (answer.step === "in") return enter()
    setSecond(answer)
    setByRecovery(!answer.totp && answer.recovery)
  }
  // The directory has sent the browser back: its answer is brought once, at once.
  useEffect(() => {
    if (isBack()) void attempt(async () => takeFirst(await finishDirectory()))
  }, [])

  const first = (event: Event) => {
    event.preventDefault()
    void attempt(async () => takeFirst(await api<FirstAnswer>("POST", "/api/sign-in", { login, password })))
  }
  const finish = (event: Event) => {
    event.preventDefault()
    void attempt(async () => {
      await api("POST", byRecovery ? "/api/sign-in/recovery" : "/api/sign-in/totp", { code })
      enter()
    })
  }
  const withPasskey = () =>
    attempt(async () => {
      const optionsJSON = await api<never>("POST", "/api/sign-in/passkey/options")
      const response = await startAuthentication({ optionsJSON })
      await api("POST", "/api/sign-in/passkey", { response })
      enter()
    })
  const throughDirectory = () => attempt(() => goToDirectory(target()))
  const startAgain = () => {
    setSecond(null)
    setPassword("")
    setCode("")
    setWhy(null)
    setByRecovery(false)
  }

  if (second !== null) {
    return (
      <form class="panel stack" onSubmit={finish}>
        <h1>{said.secondTitle}</h1>
        {why === null ? null : <Notice kind="danger">{why}</Notice>}
        {second.totp || second.recovery ? (
          <>
            <Field
              key={byRecovery ? "recovery" : "totp"}
              label={byRecovery ? said.recovery : said.code}
              hint={byRecovery ? said.recoveryHint : said.codeHint}
              value={code}
              onInput={setCode}
              inputMode={byRecovery ? "text" : "numeric"}
              autocomplete="one-time-code"
              required
              autofocus
            />
            <Button type="submit" kind="primary" busy={busy}>
              {said.signIn}
            </Button>
          </>
        ) : null}
        {second.passkey ? (
          <Button onClick={withPasskey} disabled={busy}>
            {said.orPasskey}
          </Button>
        ) : null}
        <div class="row apart">
          {second.totp && second.recovery ? (
            <Button kind="plain" onClick={() => setByRecovery(!byRecovery)}>
              {byRecovery ? said.useCode : said.useRecovery}
            </Button>
          ) : null}
          <Button kind="plain" onClick={startAgain}>
            {said.back}
          </Button>
        </div>
      </form>
    )
  }
  return (
    <form class="panel stack" onSubmit={first}>
      <h1>{said.title}</h1>
      {why === null ? null : <Notice kind="danger">{why}</Notice>}
      <Field label={said.login} value={login} onInput={setLogin} autocomplete="username" required autofocus />
      <Field
        label={said.password}
        value={password}
        onInput={setPassword}
        type="password"
        autocomplete="current-password"
        required
      />
      <Button type="submit" kind="primary" busy={busy}>
        {said.next}
      </Button>
      <hr class="rule" />
      <Button onClick={withPasskey} disabled={busy}>
        {said.orPasskey}
      </Button>
      <p class="soft small">{said.passkeyHint}</p>
      {hasDirectory ? (
        <>
          <Button onClick={throughDirectory} disabled={busy}>
            {said.orDirectory}
          </Button>
          <p class="soft small">{said.directoryHint}</p>
        </>
      ) : null}
    </form>
  )
}
