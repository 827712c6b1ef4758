/** Has everything verified: starts it, shows how far it is, and how it ended, now or the last time. */
import { useEffect, useState } from "preact/hooks"
import type { Verification, VerificationResult } from "../../projections/audit-page.ts"
import { actorText } from "../../projections/audit-words.ts"
import { api, faultText } from "../api/http.ts"
import { useLoaded } from "../api/use.ts"
import { Button, Failed, Loading, Notice, Panel } from "../design/components.tsx"
import { dateTimeText, filled, language, numberText } from "../design/language.ts"
import { auditWords } from "./texts.ts"

const path = "/api/audit/verification"
const lookEveryMs = 500
const kinds = { sound: "good", unsound: "danger", cancelled: "warning", failed: "warning" } as const

export function VerifyAll() {
  const said = auditWords()
  const [loaded, load] = useLoaded<Verification>(path)
  const [why, setWhy] = useState<string | null>(null)
  const isRunning = loaded.state === "ready" && loaded.answer.running !== null
  useEffect(() => {
    if (!isRunning) return
    const looking = setInterval(load, lookEveryMs)
    return () => clearInterval(looking)
  }, [isRunning, load])
  const ask = async (method: "POST" | "DELETE") => {
    setWhy(null)
    try {
      await api(method, path)
    } catch (error) {
      setWhy(faultText(error, said.faults))
    }
    load()
  }
  if (loaded.state === "loading") return <Loading lines={4} />
  if (loaded.state === "failed") return <Failed why={faultText(loaded.fault, said.faults)} retry={load} />
  const { running, last } = loaded.answer
  return (
    <Panel title={said.verifyAll}>
      <p class="soft">{said.verifyWhy}</p>
      {why === null ? null : <Failed why={why} />}
      {running === null ? (
        <>
          {last === null ? <p>{said.never}</p> : <Ended last={last} />}
          <div>
            <Button kind="primary" onClick={() => ask("POST")}>
              {said.verify}
            </Button>
          </div>
        </>
      ) : (
        <div class="stack tight" role="status">
          <progress
            aria-label={said.verifyAll}
            value={running.total === null ? undefined : running.done}
            max={running.total ?? undefined}
          />
          <div class="row apart">
            <span class="soft">
              {running.total === null
                ? said.starting
                : filled(said.verifying, { done: numberText(running.done), total: numberText(running.total) })}
            </span>
            <Button onClick={() => ask("DELETE")}>{said.cancel}</Button>
          </div>
        </div>
      )}
      <p class="soft small">{said.verifyElsewhere}</p>
      <p class="mono command small">{said.verifyCommand}</p>
    </Panel>
  )
}

function Ended({ last }: { last: VerificationResult }) {
  const said = auditWords()
  const { outcome, endedAt, actor, name, covered, waiting, findings, findingCount } = last
  const isJudged = outcome === "sound" || outcome === "unsound"
  return (
    <Notice kind={kinds[outcome]}>
      <strong>{filled(said.outcomes[outcome], { n: numberText(findingCount) })}</strong>
      <p class="small">
        {isJudged
          ? filled(said.verified, {
              time: dateTimeText(endedAt),
              who: name ?? actorText(actor, language.value),
              covered: numberText(covered),
              waiting: numberText(waiting)
            })
          : `${dateTimeText(endedAt)}, ${name ?? actorText(actor, language.value)}`}
      </p>
      {findings.length === 0 ? null : (
        <ul class="small">
          {findings.map(({ leafNumber, stream, why, ru }) => (
            <li key={`${leafNumber} ${stream} ${why}`} class="break">
              {stream === undefined ? "" : `${stream}: `}
              {language.value === "ru" ? ru : why}
            </li>
          ))}
        </ul>
      )}
      {findings.length < findingCount && findings.length > 0 ? (
        <p class="small">{filled(said.moreFindings, { n: numberText(findings.length) })}</p>
      ) : null}
    </Notice>
  )
}
