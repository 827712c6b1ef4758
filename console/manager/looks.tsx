/** How the client looks, for one second's glance: a word, a shape and a colour; strength and direction; the last minute. */
import type { Reading } from "../../machines/reading.ts"
import type { LiveMessage } from "../../projections/console.ts"
import { Help } from "../design/components.tsx"
import { filled, numberText, percentText } from "../design/language.ts"
import { managerWords } from "./texts.ts"

export type LiveNow = Extract<LiveMessage, { type: "live" }>

/** Told apart without colour: down, level, up, and a broken ring. */
export function Shape({ state, size = 64 }: { state: Reading; size?: number }) {
  return (
    <svg class={`shape ${state}`} viewBox="0 0 64 64" width={size} height={size} aria-hidden="true">
      {state === "negative" ? <path d="M8 14h48L32 54z" /> : null}
      {state === "neutral" ? <rect x="6" y="22" width="52" height="20" rx="6" /> : null}
      {state === "positive" ? <path d="M32 10l24 40H8z" /> : null}
      {state === "unreadable" ? <circle class="ring" cx="32" cy="32" r="22" /> : null}
    </svg>
  )
}

/** Why there is no reading, or null when there is one. */
function absence({ consent, switchedOff, streaming, live }: LiveNow) {
  const said = managerWords()
  if (switchedOff) return { title: said.switchedOff, why: said.switchedOffWhy }
  if (consent === "withdrawn") return { title: said.withdrawn, why: said.withdrawnWhy }
  if (consent === "none") return { title: said.waitingConsent, why: said.waitingConsentWhy }
  if (live.state === null || (!streaming && live.sinceMs === null)) {
    return { title: said.waitingCamera, why: said.waitingCameraWhy }
  }
  return null
}

export function Looks({ now }: { now: LiveNow }) {
  const said = managerWords()
  const missing = absence(now)
  const { live } = now
  if (missing !== null || live.state === null) {
    return (
      <section class="panel looks absent" aria-live="polite">
        <Shape state="unreadable" />
        <div>
          <p class="state">{missing?.title ?? said.waitingCamera}</p>
          <p class="soft">{missing?.why ?? said.waitingCameraWhy}</p>
        </div>
      </section>
    )
  }
  const seconds = Math.floor((live.sinceMs ?? 0) / 1000)
  return (
    <section class={`panel looks ${live.state}`}>
      <Shape state={live.state} />
      <div class="grow">
        <p class="soft row apart">
          <span>{live.state === "unreadable" ? "\u00a0" : said.looks}</span>
          <Help about={said.looks}>{said.help.live}</Help>
        </p>
        {/* Spoken only when the state changes, not with every second. */}
        <p class="state" aria-live="polite">
          {said.states[live.state]}
        </p>
        <p class="soft small">
          {live.state === "unreadable" ? said.unreadableWhy : filled(said.sinceText, { n: numberText(seconds) })}
        </p>
      </div>
    </section>
  )
}

/** From -1 to 1: how strongly, and which way. */
export function Level({ now }: { now: LiveNow }) {
  const said = managerWords()
  const { direction, level, confidence, coverage, satisfaction, state } = now.live
  const value = state === null || state === "unreadable" ? 0 : direction * level
  const x = 300 + value * 290
  return (
    <section class="panel stack tight">
      <h2>{said.level}</h2>
      <svg viewBox="0 0 600 24" class="level" role="img" aria-label={`${said.level}: ${numberText(value, 2)}`}>
        <line x1="10" x2="590" y1="12" y2="12" />
        <line x1="300" x2="300" y1="4" y2="20" />
        <circle class={state ?? "unreadable"} cx={x} cy="12" r="9" />
      </svg>
      <p class="row apart soft small">
        <span>{said.toNegative}</span>
        <span>{said.toPositive}</span>
      </p>
      <dl class="figures">
        <div>
          <dt>{said.confidence}</dt>
          <dd>{state === null ? "—" : percentText(confidence * 100)}</dd>
        </div>
        <div>
          <dt>
            {said.coverage} <Help about={said.coverage}>{said.help.coverage}</Help>
          </dt>
          <dd>{percentText(coverage === null ? null : coverage * 100)}</dd>
        </div>
        <div>
          <dt>
            {said.soFar} <Help about={said.satisfaction}>{said.help.satisfaction}</Help>
          </dt>
          <dd>{percentText(satisfaction)}</dd>
        </div>
      </dl>
    </section>
  )
}

const rowOf: Readonly<Record<Reading, number>> = { positive: 2, neutral: 16, negative: 30, unreadable: 16 }

export function Ribbon({ now }: { now: LiveNow }) {
  const said = managerWords()
  const states = now.live.last60s
  const said60 = (["positive", "neutral", "negative", "unreadable"] as const)
    .map((state) => `${said.states[state]}: ${states.filter((one) => one === state).length}`)
    .join(", ")
  return (
    <section class="panel stack tight">
      <h2>{said.lastMinute}</h2>
      <svg viewBox="0 0 600 44" class="ribbon" role="img" aria-label={`${said.lastMinute}: ${said60}`}>
        <line x1="0" x2="600" y1="22" y2="22" />
        {states.map((state, index) =>
          state === null ? null : (
            // A second's place is what it is.
            <rect key={index} class={state} x={index * 10 + 1} y={rowOf[state]} width="8" height="12" rx="2" />
          )
        )}
      </svg>
      <p class="soft small">{said.smoothedNote}</p>
    </section>
  )
}
