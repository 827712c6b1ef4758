/** The supervisor's page: the team's managers, and of one of them the trend and the last conferences. No ranking, and nobody beside another. */
import { useState } from "preact/hooks"
import type { Team, TeamConferences } from "../../projections/console.ts"
import { useLoaded } from "../api/use.ts"
import { Blank, Failed, Loading, Panel } from "../design/components.tsx"
import { dateTimeText, language, percentText, words } from "../design/language.ts"
import { managerWords } from "../manager/texts.ts"
import { TrendOf } from "../manager/trends.tsx"
import { follow } from "../shell/router.ts"

const texts = {
  ru: {
    title: "Команда",
    choose: "Менеджер",
    none: "В вашей команде пока нет менеджеров",
    noneWhy: "Команду назначает администратор: у менеджеров и у вас должно стоять одно название.",
    pick: "Выберите менеджера",
    last: "Конференции за 30 дней",
    nothing: "За 30 дней завершённых конференций нет"
  },
  en: {
    title: "Team",
    choose: "Manager",
    none: "Your team has no managers yet",
    noneWhy: "An administrator assigns teams: managers and you have the same team name.",
    pick: "Choose a manager",
    last: "Conferences of 30 days",
    nothing: "No conferences ended in 30 days"
  }
}

export default function TeamPage() {
  const said = words(texts)
  const [loaded, load] = useLoaded<Team>("/api/team")
  const [account, setAccount] = useState("")
  if (loaded.state === "loading") return <Loading lines={6} />
  if (loaded.state === "failed") return <Failed why={loaded.fault.message} retry={load} />
  const { managers } = loaded.answer
  return (
    <div class="stack">
      <h1>{said.title}</h1>
      {managers.length === 0 ? (
        <Blank title={said.none}>
          <p>{said.noneWhy}</p>
        </Blank>
      ) : (
        <label class="field narrow-field">
          {said.choose}
          <select class="input" value={account} onChange={(event) => setAccount(event.currentTarget.value)}>
            <option value="">{said.pick}</option>
            {managers.map((manager) => (
              <option key={manager.account} value={manager.account}>
                {manager.name}
              </option>
            ))}
          </select>
        </label>
      )}
      {account === "" ? null : (
        <div class="stack" key={`${account} ${language.value}`}>
          <TrendOf
            query={`manager=${encodeURIComponent(account)}`}
            whose={managers.find((manager) => manager.account === account)?.name ?? ""}
          />
          <Ended account={account} />
        </div>
      )}
    </div>
  )
}

function Ended({ account }: { account: string }) {
  const said = words(texts)
  const manager = managerWords()
  const [loaded, load] = useLoaded<TeamConferences>(`/api/team/${account}/conferences`)
  if (loaded.state === "loading") return <Loading lines={4} />
  if (loaded.state === "failed") return <Failed why={loaded.fault.message} retry={load} />
  const { ended } = loaded.answer
  return (
    <Panel title={said.last}>
      {ended.length === 0 ? <p class="soft">{said.nothing}</p> : null}
      <ul class="plain calls">
        {ended.map(({ conference, endedAt, satisfaction, coverage }) => (
          <li key={conference} class="row apart">
            <span>{dateTimeText(endedAt)}</span>
            <span class="row">
              <span class="soft small">
                {manager.satisfaction} {percentText(satisfaction)} · {manager.coverage}{" "}
                {percentText(coverage === null ? null : coverage * 100)}
              </span>
              <a class="button" href={`/conferences/${conference}`} onClick={follow}>
                {manager.report}
              </a>
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
