/** What an administrator fills in: an invitation, roles, a briefing, whom of the bank's directory somebody is; and the link that an invitation makes. */
import type { ComponentChildren } from "preact"
import { useState } from "preact/hooks"
import { api, faultText } from "../api/http.ts"
import { Button, Dialog, Field, Notice } from "../design/components.tsx"
import { dateTimeText } from "../design/language.ts"
import { today } from "../sign-in/enrol.tsx"
import type { AccountRow, EnrolmentLink } from "./page.tsx"
import { accountWords } from "./texts.ts"

const roles = ["manager", "supervisor", "auditor", "administrator", "dataProtectionOfficer", "developer"] as const

interface FormProps {
  readonly title: string
  readonly button: string
  readonly send: () => Promise<void>
  readonly onClose: () => void
  readonly children: ComponentChildren
}

function FormDialog({ title, button, send, onClose, children }: FormProps) {
  const said = accountWords()
  const [why, setWhy] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const submit = async (event: Event) => {
    event.preventDefault()
    setBusy(true)
    setWhy(null)
    try {
      await send()
    } catch (error) {
      setWhy(faultText(error, said.faults))
      setBusy(false)
    }
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        {why === null ? null : <Notice kind="danger">{why}</Notice>}
        {children}
        <Button type="submit" kind="primary" busy={busy}>
          {button}
        </Button>
      </form>
    </Dialog>
  )
}

function RoleChoice({ chosen, onChange }: { chosen: readonly string[]; onChange: (roles: readonly string[]) => void }) {
  const said = accountWords()
  const toggle = (role: string) =>
    onChange(chosen.includes(role) ? chosen.filter((other) => other !== role) : [...chosen, role])
  return (
    <fieldset class="choice">
      <legend>{said.roles}</legend>
      {roles.map((role) => (
        <label key={role}>
          <input type="checkbox" checked={chosen.includes(role)} onChange={() => toggle(role)} />
          <span>
            {said.roleNames[role]} <span class="soft small">{said.roleHints[role]}</span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}

const teamOf = (text: string) => (text.trim() === "" ? null : text.trim())

export function InviteDialog({
  onClose,
  onInvited
}: {
  onClose: () => void
  onInvited: (link: EnrolmentLink) => void
}) {
  const said = accountWords()
  const [login, setLogin] = useState("")
  const [name, setName] = useState("")
  const [team, setTeam] = useState("")
  const [chosen, setChosen] = useState<readonly string[]>(["manager"])
  const send = async () =>
    onInvited(await api<EnrolmentLink>("POST", "/api/accounts", { login, name, roles: chosen, team: teamOf(team) }))
  return (
    <FormDialog title={said.invite} button={said.send} send={send} onClose={onClose}>
      <Field label={said.name} value={name} onInput={setName} required autofocus />
      <Field label={said.login} hint={said.loginHint} value={login} onInput={setLogin} required />
      <RoleChoice chosen={chosen} onChange={setChosen} />
      <Field label={said.team} hint={said.teamHint} value={team} onInput={setTeam} />
    </FormDialog>
  )
}

interface AccountDialogProps {
  readonly account: AccountRow
  readonly onClose: () => void
  readonly onSaved: () => void
}

export function RolesDialog({ account, onClose, onSaved }: AccountDialogProps) {
  const said = accountWords()
  const [chosen, setChosen] = useState(account.roles)
  const [team, setTeam] = useState(account.team ?? "")
  const send = async () => {
    await api("PUT", `/api/accounts/${account.id}/roles`, { roles: chosen, team: teamOf(team) })
    onSaved()
  }
  return (
    <FormDialog title={`${said.changeRoles}: ${account.name}`} button={said.save} send={send} onClose={onClose}>
      <RoleChoice chosen={chosen} onChange={setChosen} />
      <Field label={said.team} hint={said.teamHint} value={team} onInput={setTeam} />
    </FormDialog>
  )
}

export function BriefingDialog({ account, onClose, onSaved }: AccountDialogProps) {
  const said = accountWords()
  const [date, setDate] = useState(today())
  const [by, setBy] = useState("")
  const send = async () => {
    await api("PUT", `/api/accounts/${account.id}/briefing`, { heldAt: new Date(`${date}T12:00`).getTime(), by })
    onSaved()
  }
  return (
    <FormDialog title={`${said.recordBriefing}: ${account.name}`} button={said.save} send={send} onClose={onClose}>
      <Field label={said.heldOn} type="date" value={date} onInput={setDate} required />
      <Field label={said.heldBy} value={by} onInput={setBy} required autofocus />
    </FormDialog>
  )
}

export function DirectoryDialog({ account, onClose, onSaved }: AccountDialogProps) {
  const said = accountWords()
  const [subject, setSubject] = useState(account.subject ?? "")
  const send = async () => {
    const given = subject.trim()
    await api("PUT", `/api/accounts/${account.id}/directory`, { subject: given === "" ? null : given })
    onSaved()
  }
  return (
    <FormDialog title={`${said.directory}: ${account.name}`} button={said.save} send={send} onClose={onClose}>
      <p class="soft">{said.directoryWhy}</p>
      <Field label={said.subject} hint={said.subjectHint} value={subject} onInput={setSubject} autofocus />
    </FormDialog>
  )
}

export function LinkDialog({ link, onClose }: { link: EnrolmentLink; onClose: () => void }) {
  const said = accountWords()
  const [copied, setCopied] = useState(false)
  const copy = () => void navigator.clipboard.writeText(link.url).then(() => setCopied(true))
  return (
    <Dialog title={said.linkTitle} onClose={onClose}>
      <p>{said.linkWhy.replace("{date}", dateTimeText(link.endsAt))}</p>
      <p class="mono link">{link.url}</p>
      <div class="row">
        <Button kind="primary" onClick={copy}>
          {copied ? said.copied : said.copy}
        </Button>
        <Button onClick={onClose}>{said.done}</Button>
      </div>
    </Dialog>
  )
}
