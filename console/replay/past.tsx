/** One recorded conference and a slider through its events: shared by the auditor's replay and the developer's inspector. */
import type { ComponentChildren } from "preact"
import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import type { MachineName, PastState, ProofStatus } from "../../projections/past.ts"
import { api, faultText } from "../api/http.ts"
import { Button, Failed, Field, Loading, Panel, Segmented } from "../design/components.tsx"
import { dateTimeText, numberText } from "../design/language.ts"
import "./replay.css"
import { replayWords } from "./texts.ts"

export interface Look {
  readonly past: PastState
  readonly proof: ProofStatus
}

interface Props {
  /** Of the server: `/api/replay` or `/api/inspector`. */
  readonly base: string
  readonly conference: string
  readonly children: (look: Look) => ComponentChildren
}

/** While the slider moves nothing is asked for: an hour has half a million events. */
const askAfterMs = 150

/** Asks for a reason first, which the server records before it shows anything. */
export function Past({ base, conference, children }: Props) {
  const said = replayWords()
  const path = `${base}/${conference}`
  const [opened, setOpened] = useState(false)
  const [reason, setReason] = useState("")
  const [machine, setMachine] = useState<MachineName>("conference")
  const [look, setLook] = useState<Look | null>(null)
  const [version, setVersion] = useState<number | null>(null)
  const [why, setWhy] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)

  const show = useCallback(
    async (wanted: number | null, of: MachineName) => {
      setBusy(true)
      try {
        const at = wanted === null ? "" : `&version=${wanted}`
        const found = await api<Look>("GET", `${path}?machine=${of}${at}`)
        setLook(found)
        setVersion(found.past.version)
        setWhy(null)
      } catch (error) {
        setWhy(faultText(error, replayWords()))
      }
      setBusy(false)
    },
    [path]
  )
  useEffect(() => {
    if (opened) void show(null, machine)
  }, [opened, machine, show])

  const open = async (event: Event) => {
    event.preventDefault()
    try {
      await api("POST", path, { reason })
      setOpened(true)
      setWhy(null)
    } catch (error) {
      setWhy(faultText(error))
    }
  }
  const move = (to: number) => {
    setVersion(to)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => void show(to, machine), askAfterMs)
  }

  if (!opened) {
    return (
      <form class="panel stack narrow" onSubmit={open}>
        <h2>{said.whyTitle}</h2>
        <p class="soft">{said.whyText}</p>
        {why === null ? null : <Failed why={why} />}
        <Field label={said.reason} hint={said.reasonHint} value={reason} onInput={setReason} required autofocus />
        <Button type="submit" kind="primary" disabled={reason.trim().length < 3}>
          {said.open}
        </Button>
      </form>
    )
  }
  if (look === null)
    return why === null ? <Loading lines={8} /> : <Failed why={why} retry={() => show(null, machine)} />
  const { past } = look
  const shown = version ?? past.version
  const event = past.event
  return (
    <div class="stack">
      {why === null ? null : <Failed why={why} />}
      <Panel>
        <div class="row apart">
          <Segmented
            label={said.machine}
            value={machine}
            options={[
              { value: "conference", text: said.conferenceMachine },
              { value: "illustration", text: said.illustrationMachine }
            ]}
            onChange={(next) => {
              setLook(null)
              setMachine(next)
            }}
          />
          <span class="soft small" role="status">
            {busy ? said.folding : `${dateTimeText(past.from)} – ${dateTimeText(past.to)}`}
          </span>
        </div>
        <label class="slider">
          <span>
            {said.event} {numberText(shown)} {said.of} {numberText(past.versionCount)}
          </span>
          <input
            type="range"
            min="1"
            max={Math.max(1, past.versionCount)}
            value={shown}
            onInput={(input) => move(Number(input.currentTarget.value))}
          />
        </label>
        <div class="row">
          <Button disabled={shown <= 1} onClick={() => move(shown - 1)}>
            {said.back}
          </Button>
          <Button disabled={shown >= past.versionCount} onClick={() => move(shown + 1)}>
            {said.on}
          </Button>
          <span>
            {said.state}: <strong class="mono">{past.state}</strong>
          </span>
          {event === null ? null : (
            <span class="soft">
              {event.type}, {dateTimeText(event.at)}
            </span>
          )}
        </div>
      </Panel>
      {children(look)}
      <div class="past">
        <Panel title={said.events}>
          <ol class="plain events">
            {past.around.map((one) => (
              <li key={one.version}>
                <button
                  type="button"
                  aria-current={one.version === past.version ? "true" : undefined}
                  onClick={() => move(one.version)}
                >
                  <span class="soft">{one.version}</span> {one.type}
                </button>
              </li>
            ))}
          </ol>
        </Panel>
        <div class="stack">
          <Panel title={said.event}>
            <Json value={event} />
          </Panel>
          <Panel title={said.memory}>
            <Json value={past.context} />
          </Panel>
        </div>
      </div>
    </div>
  )
}

export function Json({ value }: { value: unknown }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by the keyboard.
    <pre class="json mono" tabIndex={0}>
      {JSON.stringify(value, null, 2)}
    </pre>
  )
}
