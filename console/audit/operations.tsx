/** Who did what and why: a row a person, as long as what they did is much, and behind it each kind of operation with its reasons. */
import type { AuditReport } from "../../projections/audit-report.ts"
import { operationName } from "../../projections/audit-words.ts"
import { reasonText } from "../../projections/own-reasons.ts"
import { Panel } from "../design/components.tsx"
import { dateTimeText, language, numberText } from "../design/language.ts"
import { Bar } from "./bars.tsx"
import type { NameOf } from "./report-view.tsx"
import { auditWords } from "./texts.ts"

type Operation = AuditReport["operations"][number]

export function OperationsByPerson({ report, nameOf }: { report: AuditReport; nameOf: NameOf }) {
  const said = auditWords()
  const people = new Map<string, Operation[]>()
  for (const one of report.operations) people.set(one.actor, [...(people.get(one.actor) ?? []), one])
  const countOf = (operations: readonly Operation[]) => operations.reduce((sum, { count }) => sum + count, 0)
  const rows = [...people].map(([actor, operations]) => ({ actor, operations, count: countOf(operations) }))
  rows.sort((a, b) => b.count - a.count)
  const most = rows[0]?.count ?? 1
  return (
    <Panel title={said.operations}>
      {rows.length === 0 ? <p class="soft">{said.none}</p> : null}
      {rows.map(({ actor, operations, count }) => (
        <details key={actor} class="person">
          <summary title={actor}>
            <span class="break">{nameOf(actor)}</span>
            <Bar parts={[{ value: count, kind: "brand" }]} whole={most} />
            <strong>{numberText(count)}</strong>
          </summary>
          <div class="table-wrap">
            <table>
              <thead>
                <tr>
                  <th>{said.what}</th>
                  <th>{said.why}</th>
                  <th class="number">{said.times}</th>
                  <th>{said.first}</th>
                  <th>{said.last}</th>
                </tr>
              </thead>
              <tbody>
                {operations.map(({ type, purpose, count: times, firstAt, lastAt }) => (
                  <tr key={`${type} ${purpose}`}>
                    <td>{operationName(type, language.value)}</td>
                    <td class="break">{purpose === "" ? "—" : reasonText(purpose, language.value)}</td>
                    <td class="number">{numberText(times)}</td>
                    <td>{dateTimeText(firstAt)}</td>
                    <td>{dateTimeText(lastAt)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </details>
      ))}
    </Panel>
  )
}
