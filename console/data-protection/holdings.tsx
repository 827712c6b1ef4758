/** What is kept of a client at a glance: by purpose and month with its term, by conference, and the consents with their texts. */
import { purposeName } from "../../projections/audit-words.ts"
import type { Holdings as Held, HeldConference } from "../../projections/holdings.ts"
import { Panel } from "../design/components.tsx"
import { dateTimeText, dayText, filled, language, monthText, numberText } from "../design/language.ts"
import { protectionWords } from "./texts.ts"

export function Holdings({ held }: { held: Held }) {
  const said = protectionWords()
  const { months, conferences, consents, eventCount, streamCount, personDueAt } = held
  const counts = filled(said.heldCounts, { events: numberText(eventCount), streams: numberText(streamCount) })
  return (
    <>
      <Panel title={said.months} side={<span class="soft small">{counts}</span>}>
        {months.length === 0 ? (
          <p class="soft">{said.noMonths}</p>
        ) : (
          <div class="table-wrap">
            <table>
              <thead>
                <tr>
                  <th>{said.month}</th>
                  <th>{said.what}</th>
                  <th class="number">{said.events}</th>
                  <th>{said.due}</th>
                </tr>
              </thead>
              <tbody>
                {months.map(({ purpose, month, eventCount: count, dueAt }) => (
                  <tr key={`${month} ${purpose}`}>
                    <td>{monthText(month)}</td>
                    <td>{said.keptNames[purpose] ?? purpose}</td>
                    <td class="number">{numberText(count)}</td>
                    <td>{dayText(dueAt)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        <p class="soft small">{filled(said.personDue, { date: dayText(personDueAt) })}</p>
      </Panel>
      <Panel title={said.conferences}>
        {conferences.length === 0 ? (
          <p class="soft">{said.noConferences}</p>
        ) : (
          <Conferences conferences={conferences} />
        )}
      </Panel>
      <Panel title={said.consents}>
        {consents.length === 0 ? <p class="soft">{said.noConsents}</p> : <Consents consents={consents} />}
      </Panel>
    </>
  )
}

function Conferences({ conferences }: { conferences: readonly HeldConference[] }) {
  const said = protectionWords()
  return (
    <div class="table-wrap">
      <table>
        <thead>
          <tr>
            <th>{said.conference}</th>
            <th>{said.started}</th>
            <th>{said.ended}</th>
            <th class="number">{said.events}</th>
          </tr>
        </thead>
        <tbody>
          {conferences.map(({ conference, startedAt, endedAt, running, eventCount }) => (
            <tr key={conference}>
              <td class="mono small">{conference}</td>
              <td>{startedAt === null ? <span class="soft">{said.readingsGone}</span> : dateTimeText(startedAt)}</td>
              <td>
                {running ? <span class="tag good">{said.running}</span> : endedAt === null ? "" : dateTimeText(endedAt)}
              </td>
              <td class="number">{numberText(eventCount)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Consents({ consents }: Pick<Held, "consents">) {
  const said = protectionWords()
  return (
    <div class="table-wrap">
      <table>
        <thead>
          <tr>
            <th>{said.purpose}</th>
            <th>{said.given}</th>
            <th>{said.withdrawn}</th>
            <th>{said.version}</th>
            <th>{said.hash}</th>
          </tr>
        </thead>
        <tbody>
          {consents.map(({ consent, purposes, givenAt, withdrawnAt, textVersion, textSha256 }) => (
            <tr key={consent}>
              <td>{purposes.map((purpose) => purposeName(purpose, language.value)).join(", ")}</td>
              <td class="date">{dateTimeText(givenAt)}</td>
              <td class="date">
                {withdrawnAt === null ? <span class="tag good">{said.stands}</span> : dateTimeText(withdrawnAt)}
              </td>
              <td>{textVersion}</td>
              <td class="mono small hash">{textSha256}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
