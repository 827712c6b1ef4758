/** The report of an ended call: the contract's four rows first, then how far to trust them, the course, and what was marked. */
import { useCallback, useEffect, useMemo } from "preact/hooks"
import type { MarkerView, ReportPage, Stretch } from "../../projections/console.ts"
import { Button, Help, Notice, Panel } from "../design/components.tsx"
import { dateTimeText, filled, language, numberText, percentText } from "../design/language.ts"
import { follow } from "../shell/router.ts"
import { Chart } from "./chart.tsx"
import { managerWords } from "./texts.ts"

/** Seconds between marks, up to the longest talks. */
const secondSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600]

const clock = (second: number) =>
  `${Math.floor(second / 60)}:${String(Math.max(0, Math.round(second)) % 60).padStart(2, "0")}`

export function Report({ page }: { page: ReportPage }) {
  const said = managerWords()
  const { report, conference } = page
  const percent = (value: number | null, digits = 2) => (value === null ? said.noData : percentText(value, digits))
  const rows = [
    ["satisfaction", percent(report.satisfaction, 0)],
    ["negative", percent(report.negative)],
    ["neutral", percent(report.neutral)],
    ["positive", percent(report.positive)]
  ] as const
  useEffect(() => scrollTo(0, 0), [])
  const path = `/api/conferences/${conference}/report`
  const exportPath = (kind: string) => `${path}.${kind}?lang=${language.value}`
  return (
    <article class="stack report">
      <div class="row apart">
        <div>
          <h1>{page.clientLabel === "" ? said.client : page.clientLabel}</h1>
          <p class="soft">
            {page.title === "" ? said.untitled : page.title}, {dateTimeText(page.startedAt)} –{" "}
            {dateTimeText(page.endedAt)}
          </p>
        </div>
        <div class="row no-print">
          <a class="button" href="/" onClick={follow}>
            {said.backToList}
          </a>
          <a class="button" href={exportPath("csv")} download>
            {said.exportCsv}
          </a>
          <a class="button" href={exportPath("json")} download>
            {said.exportJson}
          </a>
          <Button kind="primary" onClick={() => print()}>
            {said.print}
          </Button>
        </div>
      </div>
      {page.notes.map((note) => (
        <Notice key={note} kind="warning">
          {said.notes[note]}
        </Notice>
      ))}
      <div class="report-top">
        <section class="panel">
          <table class="results">
            <caption>{said.reportTitle}</caption>
            <tbody>
              {rows.map(([name, text]) => (
                <tr key={name}>
                  <th scope="row">{said.rows[name]}</th>
                  <td class="number">{text}</td>
                  <td class="no-print">
                    <Help about={said.rows[name]}>{said.help[name]}</Help>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
        <Trust page={page} percent={percent} />
      </div>
      <Course page={page} />
      <Markers markers={page.markers} />
      <p class="soft small basis">
        {page.consent === null
          ? said.noConsentLine
          : filled(said.consentLine, {
              date: dateTimeText(page.consent.givenAt),
              version: page.consent.textVersion,
              hash: page.consent.textSha256
            })}
      </p>
    </article>
  )
}

function Trust({ page, percent }: { page: ReportPage; percent: (value: number | null, digits?: number) => string }) {
  const said = managerWords()
  const { report } = page
  const interval =
    report.interval === null
      ? said.noData
      : `${percentText(report.interval.low)} – ${percentText(report.interval.high)}`
  const { counted, unreadable, dropped, received } = report
  return (
    <Panel title={said.quality}>
      <dl class="facts">
        <Fact name={said.interval} text={interval} help={said.help.interval} />
        <Fact
          name={said.coverage}
          text={report.coverage === null ? said.noData : percentText(report.coverage * 100)}
          help={said.help.coverage}
        />
        <Fact
          name={said.corrected}
          text={percent(report.corrected?.satisfaction ?? null, 0)}
          help={said.help.corrected}
        />
        <Fact name={said.surprise} text={percent(report.surpriseShare, 1)} help={said.help.surprise} />
        <Fact
          name={said.frames}
          text={filled(said.framesText, {
            counted: numberText(counted),
            unreadable: numberText(unreadable),
            dropped: numberText(dropped),
            received: numberText(received)
          })}
          help={said.help.frames}
        />
      </dl>
    </Panel>
  )
}

function Fact({ name, text, help }: { name: string; text: string; help?: string }) {
  return (
    <div>
      <dt>
        {name} {help === undefined ? null : <Help about={name}>{help}</Help>}
      </dt>
      <dd>{text}</dd>
    </div>
  )
}

function Course({ page }: { page: ReportPage }) {
  const said = managerWords()
  const { timeline, markers, peak, end } = page
  const x = useMemo(() => timeline.map(({ second }) => second), [timeline])
  const y = useMemo(() => timeline.map(({ satisfaction }) => satisfaction), [timeline])
  const topicOf = (topic: MarkerView["topic"]) => (topic === "shared" ? said.shared : (said.topics[topic - 1] ?? ""))
  const marks = useMemo(
    () => markers.map(({ second, topic }) => ({ x: second, text: topicOf(topic) })),
    [markers, language.value]
  )
  const xText = useCallback(clock, [])
  if (timeline.length === 0) return null
  const label = filled(said.timelineAlt, { from: clock(x[0] ?? 0), to: clock(x.at(-1) ?? 0) })
  return (
    <Panel title={said.timeline}>
      <Chart label={label} x={x} y={y} marks={marks} xText={xText} xSteps={secondSteps} />
      <dl class="facts across">
        <Fact name={said.peak} text={stretchText(peak, said.noData)} help={said.help.peak} />
        <Fact name={said.endStretch} text={stretchText(end, said.noData)} help={said.help.endStretch} />
      </dl>
    </Panel>
  )
}

const stretchText = (stretch: Stretch | null, none: string) =>
  stretch === null ? none : `${clock(stretch.from)}–${clock(stretch.to)}: ${percentText(stretch.satisfaction)}`

function Markers({ markers }: { markers: readonly MarkerView[] }) {
  const said = managerWords()
  if (markers.length === 0) return null
  return (
    <Panel title={said.markers} side={<Help about={said.markers}>{said.help.markers}</Help>}>
      <div class="table-wrap">
        <table>
          <thead>
            <tr>
              <th>{said.moment}</th>
              <th>{said.topic}</th>
              <th class="number">{said.before}</th>
              <th class="number">{said.after}</th>
            </tr>
          </thead>
          <tbody>
            {markers.map(({ at, second, topic, before, after }) => (
              <tr key={`${at}${topic}`}>
                <td>{clock(second)}</td>
                <td>{topic === "shared" ? said.shared : said.topics[topic - 1]}</td>
                <td class="number">{percentText(before?.satisfaction ?? null)}</td>
                <td class="number">{percentText(after?.satisfaction ?? null)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}
