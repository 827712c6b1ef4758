/** The report as a page: what happened at a glance, then who did what and why. It computes sums and nothing else. */
import type { AuditReportRun } from "../../projections/audit-page.ts"
import type { AuditReport } from "../../projections/audit-report.ts"
import { actorText, erasedText, keyText, kindName, purposeName, refusalName } from "../../projections/audit-words.ts"
import { Blank, Button, Notice, Panel } from "../design/components.tsx"
import { dateTimeText, dayText, filled, language, numberText } from "../design/language.ts"
import { Bar, Figure } from "./bars.tsx"
import { OperationsByPerson } from "./operations.tsx"
import { auditWords } from "./texts.ts"

type Ready = Extract<AuditReportRun, { state: "ready" }>
/** How somebody is called on the screen. */
export type NameOf = (actor: string) => string

export function ReportView({ run, path, onDrop }: { run: Ready; path: string; onDrop: () => void }) {
  const said = auditWords()
  const { report, people } = run
  const nameOf: NameOf = (actor) => people[actor] ?? actorText(actor, language.value)
  const from = dayText(report.from)
  const to = dayText(report.to - 1)
  return (
    <div class="stack">
      <div class="panel row apart">
        <div>
          <h2>{filled(said.shownFor, { from, to })}</h2>
          <p class="soft small">{filled(said.events, { n: numberText(report.eventCount) })}</p>
        </div>
        <div class="row no-print">
          <a class="button primary" href={`${path}/report.html?lang=${language.value}`} download>
            {said.asHtml}
          </a>
          <a class="button" href={`${path}/report.json`} download>
            {said.asJson}
          </a>
          <Button onClick={onDrop}>{said.again}</Button>
        </div>
        <p class="soft small">{said.filesNameNobody}</p>
      </div>
      {report.eventCount === 0 && report.erased.length === 0 ? (
        <Blank title={said.nothing}>
          <p>{said.nothingWhy}</p>
        </Blank>
      ) : (
        <>
          <OperationsByPerson report={report} nameOf={nameOf} />
          <div class="halves">
            <Consents report={report} />
            <SignIns report={report} nameOf={nameOf} />
            <Gaps report={report} />
            <Keys report={report} nameOf={nameOf} />
          </div>
          <Erasures report={report} nameOf={nameOf} />
          <Erased report={report} />
        </>
      )}
    </div>
  )
}

function Consents({ report }: { report: AuditReport }) {
  const said = auditWords()
  const rows = Object.entries(report.consents)
  const most = Math.max(1, ...rows.map(([, { given, withdrawn }]) => Math.max(given, withdrawn)))
  return (
    <Panel title={said.consents}>
      {rows.length === 0 ? <p class="soft">{said.none}</p> : null}
      {rows.map(([purpose, { given, withdrawn }]) => (
        <div key={purpose} class="measured">
          <span>{purposeName(purpose, language.value)}</span>
          <span class="soft small">
            {said.given} {numberText(given)}
          </span>
          <Bar parts={[{ value: given, kind: "good" }]} whole={most} />
          <span class="soft small">
            {said.withdrawn} {numberText(withdrawn)}
          </span>
          <Bar parts={[{ value: withdrawn, kind: "bad" }]} whole={most} />
        </div>
      ))}
    </Panel>
  )
}

function SignIns({ report, nameOf }: { report: AuditReport; nameOf: NameOf }) {
  const said = auditWords()
  const { succeeded, failed, refusedAtDoors } = report.signIns
  return (
    <Panel title={said.signIns}>
      <div class="figures">
        <Figure value={numberText(succeeded)} text={said.succeeded} kind="good" />
        <Figure value={numberText(failed)} text={said.failed} kind="bad" />
        <Figure value={numberText(refusedAtDoors)} text={said.refused} kind="plain" />
      </div>
      <Bar
        parts={[
          { value: succeeded, kind: "good" },
          { value: failed, kind: "bad" },
          { value: refusedAtDoors, kind: "plain" }
        ]}
        whole={succeeded + failed + refusedAtDoors}
      />
      {report.failedSignIns.length === 0 ? null : (
        <table>
          <thead>
            <tr>
              <th>{said.failedAccount}</th>
              <th>{said.whyFailed}</th>
              <th class="number">{said.times}</th>
            </tr>
          </thead>
          <tbody>
            {report.failedSignIns.map(({ account, why, count }) => (
              <tr key={`${account} ${why}`}>
                <td class="break">{account === "" ? said.unknownAccount : nameOf(`account:${account}`)}</td>
                <td>{refusalName(why, language.value)}</td>
                <td class="number">{numberText(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  )
}

function Gaps({ report }: { report: AuditReport }) {
  const said = auditWords()
  const gaps = Object.entries(report.gaps) as [keyof AuditReport["gaps"], number][]
  return (
    <Panel title={said.gaps}>
      {gaps.every(([, count]) => count === 0) ? <Notice kind="good">{said.noGaps}</Notice> : null}
      <div class="figures">
        {gaps.map(([gap, count]) => (
          <Figure
            key={gap}
            value={numberText(count)}
            text={said.gapNames[gap]}
            {...(count > 0 ? { kind: "alarm" } : {})}
          />
        ))}
      </div>
    </Panel>
  )
}

function Keys({ report, nameOf }: { report: AuditReport; nameOf: NameOf }) {
  const said = auditWords()
  return (
    <Panel title={said.keys}>
      {report.keys.length === 0 ? <p class="soft">{said.none}</p> : null}
      <ol class="plain moments">
        {report.keys.map(({ at, what, actor }, index) => (
          // Nothing is put in between: the report is made once.
          <li key={index}>
            <span class="soft small">{dateTimeText(at)}</span> {keyText(what, language.value)}{" "}
            <span class="soft small">{nameOf(actor)}</span>
          </li>
        ))}
      </ol>
    </Panel>
  )
}

/** Nothing of these months is in the rest of the report. */
function Erased({ report }: { report: AuditReport }) {
  const said = auditWords()
  if (report.erased.length === 0) return null
  return (
    <Panel title={said.erased}>
      <p class="soft small">{said.erasedWhy}</p>
      <div class="table-wrap">
        <table>
          <thead>
            <tr>
              {[said.month, said.what, said.whyErased].map((name) => (
                <th key={name}>{name}</th>
              ))}
              <th class="number">{said.eventsErased}</th>
            </tr>
          </thead>
          <tbody>
            {report.erased.map(({ kind, month, by, eventCount }) => (
              <tr key={`${month} ${kind} ${by}`}>
                <td class="mono">{month}</td>
                <td>{kindName(kind, language.value)}</td>
                <td>
                  <span class="tag">{erasedText(by, language.value)}</span>
                </td>
                <td class="number">{numberText(eventCount)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}

function Erasures({ report, nameOf }: { report: AuditReport; nameOf: NameOf }) {
  const said = auditWords()
  const when = (at: number | null) => (at === null ? "—" : dateTimeText(at))
  return (
    <Panel title={said.erasures}>
      {report.erasures.length === 0 ? (
        <p class="soft">{said.none}</p>
      ) : (
        <div class="table-wrap">
          <table>
            <thead>
              <tr>
                {[said.subject, said.requested, said.finished, said.who, said.act, said.failures].map((name) => (
                  <th key={name}>{name}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {report.erasures.map(({ subject, requestedAt, finishedAt, actor, certified, failures }) => (
                <tr key={`${subject} ${requestedAt}`}>
                  <td class="mono break">{subject}</td>
                  <td>{when(requestedAt)}</td>
                  <td>{finishedAt === null ? <span class="tag warning">{said.unfinished}</span> : when(finishedAt)}</td>
                  <td>{nameOf(actor)}</td>
                  <td>
                    <span class={`tag ${certified ? "good" : "warning"}`}>
                      {certified ? said.actThere : said.actMissing}
                    </span>
                  </td>
                  <td class="break">{failures.join("; ")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  )
}
