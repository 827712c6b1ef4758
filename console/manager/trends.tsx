/** Satisfaction over conferences, of one's own or of one client's: with intervals, from enough conferences only, and no ranking. */
import { useCallback, useMemo } from "preact/hooks"
import type { Trend, TrendAnswer } from "../../projections/console.ts"
import { useLoaded } from "../api/use.ts"
import { Blank, Failed, Help, Loading, Panel } from "../design/components.tsx"
import { dateText, dateTimeText, filled, percentText } from "../design/language.ts"
import { follow } from "../shell/router.ts"
import { Chart } from "./chart.tsx"
import "./manager.css"
import { managerWords } from "./texts.ts"

/** Pseudonyms are long; their beginning tells one from another on a screen. */
const shownCharacters = 8

const dayMs = 24 * 3_600_000
const daySteps = [1, 2, 7, 14, 30, 90, 180, 365].map((days) => days * dayMs)

export default function Trends({ parameters }: { parameters: Readonly<Record<string, string>> }) {
  const said = managerWords()
  const subject = parameters.subject ?? "me"
  const whose =
    subject === "me" ? said.trendsOwn : filled(said.trendsOf, { subject: subject.slice(0, shownCharacters) })
  return (
    <div class="stack">
      <h1>{said.trendsTitle}</h1>
      <TrendOf query={`subject=${encodeURIComponent(subject)}`} whose={whose} />
    </div>
  )
}

/** Of a subject, oneself or a manager of the team, as the query says. */
export function TrendOf({ query, whose }: { query: string; whose: string }) {
  const said = managerWords()
  const [loaded, load] = useLoaded<TrendAnswer>(`/api/trends?${query}`)
  if (loaded.state === "loading") return <Loading lines={8} />
  if (loaded.state === "failed") return <Failed why={loaded.fault.message} retry={load} />
  const trend = loaded.answer
  return (
    <Panel title={whose} side={<Help about={said.trendsTitle}>{said.help.trend}</Help>}>
      <p class="soft">{said.trendsWhy}</p>
      {"tooFew" in trend ? (
        <Blank title={filled(said.tooFew, { n: trend.tooFew, min: trend.conferencesMin })}>
          <p>{filled(said.tooFewWhy, { min: trend.conferencesMin })}</p>
        </Blank>
      ) : (
        <Shown trend={trend} />
      )}
    </Panel>
  )
}

function Shown({ trend }: { trend: Trend }) {
  const said = managerWords()
  const { points, mean, interval } = trend
  const x = useMemo(() => points.map(({ at }) => at), [points])
  const y = useMemo(() => points.map(({ satisfaction }) => satisfaction), [points])
  const band = useMemo(
    () => ({ low: points.map((point) => point.interval.low), high: points.map((point) => point.interval.high) }),
    [points]
  )
  const xText = useCallback((at: number) => dateText(at), [])
  return (
    <>
      <p>
        {filled(said.mean, {
          mean: percentText(mean),
          from: percentText(interval.low),
          to: percentText(interval.high)
        })}
      </p>
      <Chart label={said.chartAlt} x={x} y={y} band={band} xText={xText} xSteps={daySteps} points />
      <div class="table-wrap">
        <table>
          <thead>
            <tr>
              <th>{said.moment}</th>
              <th class="number">{said.satisfaction}</th>
              <th class="number">{said.interval}</th>
              <th class="number">{said.coverage}</th>
            </tr>
          </thead>
          <tbody>
            {points.map((point) => (
              <tr key={point.at}>
                <td>
                  {point.conference === null ? (
                    dateTimeText(point.at)
                  ) : (
                    <a href={`/conferences/${point.conference}`} onClick={follow}>
                      {dateTimeText(point.at)}
                    </a>
                  )}
                </td>
                <td class="number">{percentText(point.satisfaction)}</td>
                <td class="number">
                  {percentText(point.interval.low)} – {percentText(point.interval.high)}
                </td>
                <td class="number">{percentText(point.coverage * 100)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}
