/** The administrator's page: who may sign in, with which roles, and whether the security briefing is on record. */
import { useState } from "preact/hooks"
import { api, faultText } from "../api/http.ts"
import { useLoaded } from "../api/use.ts"
import { Blank, Button, Failed, Loading, Notice } from "../design/components.tsx"
import { dateText } from "../design/language.ts"
import type { PageProps } from "../shell/pages.ts"
import { BriefingDialog, DirectoryDialog, InviteDialog, LinkDialog, RolesDialog } from "./dialogs.tsx"
import "./accounts.css"
import { accountWords } from "./texts.ts"

export interface AccountRow {
  readonly id: string
  readonly login: string
  readonly name: string
  readonly roles: readonly string[]
  readonly team: string | null
  readonly briefing: { readonly at: number; readonly by: string } | null
  readonly disabledAt: number | null
  readonly enrolled: boolean
  /** Id of the person in the bank's directory; null: not linked. */
  readonly subject: string | null
  readonly sessionCount: number
}

export interface EnrolmentLink {
  readonly url: string
  readonly endsAt: number
}

type Open =
  | { readonly kind: "invite" }
  | { readonly kind: "roles" | "briefing" | "directory"; readonly account: AccountRow }
  | null

export default function Accounts({ me }: PageProps) {
  const said = accountWords()
  const [loaded, load] = useLoaded<{ directory: boolean; accounts: readonly AccountRow[] }>("/api/accounts")
  const [open, setOpen] = useState<Open>(null)
  const [link, setLink] = useState<EnrolmentLink | null>(null)
  const [why, setWhy] = useState<string | null>(null)
  const [told, setTold] = useState<string | null>(null)

  if (loaded.state === "loading") return <Loading lines={6} />
  if (loaded.state === "failed") return <Failed why={loaded.fault.message} retry={load} />
  const { accounts, directory } = loaded.answer

  const act = async (work: () => Promise<string | null>) => {
    setWhy(null)
    setTold(null)
    try {
      setTold(await work())
      load()
    } catch (error) {
      setWhy(faultText(error, said.faults))
    }
  }
  const invited = (made: EnrolmentLink) => {
    setOpen(null)
    setLink(made)
    load()
  }
  const saved = () => {
    setOpen(null)
    load()
  }
  const newLink = (account: AccountRow) =>
    act(async () => {
      setLink(await api<EnrolmentLink>("POST", `/api/accounts/${account.id}/enrolment`))
      return null
    })
  const switchTo = (account: AccountRow, enabled: boolean) =>
    act(async () => {
      await api("PUT", `/api/accounts/${account.id}/enabled`, { enabled })
      return null
    })
  const endSessions = (account: AccountRow) =>
    act(async () => {
      const { count } = await api<{ count: number }>("DELETE", `/api/accounts/${account.id}/sessions`)
      return said.ended.replace("{n}", `${count}`)
    })
  const works = ({ enrolled, subject }: AccountRow) => enrolled || subject !== null
  const stateOf = (account: AccountRow) =>
    account.disabledAt !== null ? said.off : works(account) ? said.active : said.invited

  return (
    <div class="stack">
      <div class="row apart">
        <h1>{said.title}</h1>
        <Button kind="primary" onClick={() => setOpen({ kind: "invite" })}>
          {said.invite}
        </Button>
      </div>
      {why === null ? null : <Notice kind="danger">{why}</Notice>}
      {told === null ? null : <Notice kind="good">{told}</Notice>}
      <div class="panel table-wrap">
        <table class="accounts">
          <thead>
            <tr>
              <th>{said.person}</th>
              <th>{said.roles}</th>
              <th>{said.team}</th>
              <th>{said.state}</th>
              <th>{said.briefing}</th>
              <th class="number">{said.devices}</th>
              <th>{said.actions}</th>
            </tr>
          </thead>
          <tbody>
            {accounts.map((account) => (
              <tr key={account.id}>
                <td>
                  <strong>{account.name}</strong>
                  <div class="soft small">{account.login}</div>
                  {account.subject === null ? null : <div class="soft small">{said.linked}</div>}
                </td>
                <td>
                  <Button kind="plain" onClick={() => setOpen({ kind: "roles", account })}>
                    {account.roles.map((role) => said.roleNames[role] ?? role).join(", ")}
                  </Button>
                </td>
                <td>{account.team ?? <span class="soft">{said.noTeam}</span>}</td>
                <td>
                  <span class={`tag ${account.disabledAt === null && works(account) ? "good" : "warning"}`}>
                    {stateOf(account)}
                  </span>
                </td>
                <td>
                  {account.briefing === null ? (
                    <Button onClick={() => setOpen({ kind: "briefing", account })}>{said.recordBriefing}</Button>
                  ) : (
                    said.briefedBy.replace("{date}", dateText(account.briefing.at)).replace("{by}", account.briefing.by)
                  )}
                </td>
                <td class="number">{account.sessionCount}</td>
                <td>
                  <div class="row actions">
                    <Button onClick={() => newLink(account)}>{said.newLink}</Button>
                    {directory ? (
                      <Button onClick={() => setOpen({ kind: "directory", account })}>{said.directory}</Button>
                    ) : null}
                    {account.sessionCount > 0 && account.id !== me.account ? (
                      <Button onClick={() => endSessions(account)}>{said.endSessions}</Button>
                    ) : null}
                    {account.id === me.account ? null : account.disabledAt === null ? (
                      <Button kind="danger" onClick={() => switchTo(account, false)}>
                        {said.switchOff}
                      </Button>
                    ) : (
                      <Button onClick={() => switchTo(account, true)}>{said.switchOn}</Button>
                    )}
                  </div>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {accounts.length === 1 ? <Blank title={said.empty} /> : null}
      </div>
      {open?.kind === "invite" ? <InviteDialog onClose={() => setOpen(null)} onInvited={invited} /> : null}
      {open?.kind === "roles" ? (
        <RolesDialog account={open.account} onClose={() => setOpen(null)} onSaved={saved} />
      ) : null}
      {open?.kind === "briefing" ? (
        <BriefingDialog account={open.account} onClose={() => setOpen(null)} onSaved={saved} />
      ) : null}
      {open?.kind === "directory" ? (
        <DirectoryDialog account={open.account} onClose={() => setOpen(null)} onSaved={saved} />
      ) : null}
      {link === null ? null : <LinkDialog link={link} onClose={() => setLink(null)} />}
    </div>
  )
}
