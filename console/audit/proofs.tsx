/** How the log stands and its public key, with the proof of one event and the verification of all beside. */
import { useEffect, useState } from "preact/hooks"
import type { LogStatus } from "../../projections/audit-page.ts"
import { faultText } from "../api/http.ts"
import { useLoaded } from "../api/use.ts"
import { Button, Failed, Loading, Notice, Panel } from "../design/components.tsx"
import { agoText, dateTimeText, filled, numberText, spanText } from "../design/language.ts"
import { Figure } from "./bars.tsx"
import { EventProof } from "./event-proof.tsx"
import { auditWords } from "./texts.ts"
import { VerifyAll } from "./verification.tsx"

const lookEveryMs = 5_000

export function Proofs() {
  const said = auditWords()
  const [loaded, load] = useLoaded<LogStatus>("/api/audit/log")
  useEffect(() => {
    const looking = setInterval(load, lookEveryMs)
    return () => clearInterval(looking)
  }, [load])
  if (loaded.state === "loading") return <Loading lines={8} />
  if (loaded.state === "failed") return <Failed why={faultText(loaded.fault, said.faults)} retry={load} />
  return (
    <div class="stack">
      <Log status={loaded.answer} />
      <div class="halves">
        <EventProof />
        <PublicKey line={loaded.answer.publicKey} />
      </div>
      <VerifyAll />
    </div>
  )
}

function Log({ status }: { status: LogStatus }) {
  const said = auditWords()
  const { checkpoint, waiting, isOnTime, askedAt } = status
  const tag = isOnTime ? <span class="tag good">{said.onTime}</span> : <span class="tag warning">{said.late}</span>
  const lastAt = checkpoint?.lastCommitAt ?? null
  const { count, countMax, oldestAt } = waiting
  const waits = count === countMax ? filled(said.waitingMore, { n: numberText(count) }) : numberText(count)
  const oldest = oldestAt === null ? said.nobodyWaits : filled(said.oldest, { age: spanText(askedAt - oldestAt) })
  return (
    <Panel title={said.log} side={tag}>
      {isOnTime ? null : <Notice kind="warning">{said.lateWhy}</Notice>}
      {checkpoint === null ? (
        <p class="soft">{said.noCheckpoint}</p>
      ) : (
        <div class="figures">
          <Figure value={numberText(checkpoint.size)} text={said.size} />
          <Figure
            value={lastAt === null ? "—" : agoText(askedAt - lastAt)}
            text={lastAt === null ? said.lastCommit : `${said.lastCommit}: ${dateTimeText(lastAt)}`}
          />
          <Figure value={waits} text={`${said.waiting}: ${oldest}`} {...(isOnTime ? {} : { kind: "alarm" })} />
        </div>
      )}
      <dl class="pairs">
        <dt>{said.signedBy}</dt>
        <dd>
          {checkpoint?.isSigned === false ? (
            <span class="tag warning">{said.notSigned}</span>
          ) : (
            filled(said.signed, { name: status.name, keyId: status.keyId })
          )}
        </dd>
        <dt>{said.cosignedBy}</dt>
        <dd>
          <Witnesses status={status} />
        </dd>
        {checkpoint === null ? null : (
          <>
            <dt>{said.root}</dt>
            <dd class="mono">{checkpoint.root}</dd>
          </>
        )}
      </dl>
    </Panel>
  )
}

function Witnesses({ status: { cosigned, witnesses } }: { status: LogStatus }) {
  const said = auditWords()
  if (cosigned === null || cosigned.by.length === 0) {
    if (witnesses.length === 0) return <Notice kind="warning">{said.noWitness}</Notice>
    return <>{filled(said.noCosignature, { names: witnesses.join(", ") })}</>
  }
  return (
    <ul class="plain">
      {cosigned.by.map(({ name, at }) => (
        <li key={name}>
          {at === null
            ? filled(said.cosignedUnchecked, { name })
            : filled(said.cosigned, { name, time: dateTimeText(at), size: numberText(cosigned.size) })}
        </li>
      ))}
    </ul>
  )
}

function PublicKey({ line }: { line: string }) {
  const said = auditWords()
  const [copied, setCopied] = useState(false)
  const copy = () => void navigator.clipboard.writeText(line).then(() => setCopied(true))
  return (
    <Panel title={said.publicKey}>
      <p class="soft">{said.publicKeyWhy}</p>
      <p class="mono command">{line}</p>
      <div class="row">
        <Button kind="primary" onClick={copy}>
          {copied ? said.copied : said.copy}
        </Button>
        <a class="button" href="/api/audit/log-key.pub" download>
          {said.download}
        </a>
      </div>
    </Panel>
  )
}
