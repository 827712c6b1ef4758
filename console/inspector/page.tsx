/** The developer's inspector: both statecharts of a conference with the live state lit, its events and memory, and a slider into its past. */
import { useEffect, useState } from "preact/hooks"
import { conferenceMachine } from "../../machines/conference.ts"
import { illustrationMachine } from "../../machines/illustration.ts"
import type { InspectionBatch } from "../../projections/inspection.ts"
import type { MachineName } from "../../projections/past.ts"
import { hearFeed } from "../api/feed.ts"
import { Blank, Loading, Notice, Offline, Panel, Segmented } from "../design/components.tsx"
import { ConferenceList } from "../replay/list.tsx"
import { Json, Past } from "../replay/past.tsx"
import { replayWords } from "../replay/texts.ts"
import type { PageProps } from "../shell/pages.ts"
import { follow } from "../shell/router.ts"
import { Statechart } from "./chart.tsx"
import "./inspector.css"

/** Events kept on the page. */
const eventsShown = 60
const machines = { conference: conferenceMachine, illustration: illustrationMachine }

interface MachineNow {
  readonly value: string
  readonly context: unknown
  readonly version: number
  readonly durableVersion: number
  readonly missed: number
  readonly events: readonly { readonly key: string; readonly type: string }[]
}

const nothing: MachineNow = { value: "", context: null, version: 0, durableVersion: 0, missed: 0, events: [] }

function after(now: MachineNow, { messages, version, durableVersion, missed }: InspectionBatch): MachineNow {
  const events = [...now.events]
  let { value, context } = now
  for (const message of messages) {
    if (message.type === "@xstate.event") {
      events.push({ key: `${message.sessionId} ${message.id}`, type: message.event.type })
    } else {
      value = String(message.snapshot.value)
      context = message.snapshot.context
    }
  }
  return { value, context, version, durableVersion, missed: now.missed + missed, events: events.slice(-eventsShown) }
}

export default function Inspector({ parameters }: PageProps) {
  const said = replayWords()
  const { conference } = parameters
  const [mode, setMode] = useState<"live" | "recorded">("live")
  if (conference === undefined) {
    return (
      <div class="stack">
        <h1>{said.inspector}</h1>
        <p class="soft">{said.inspectorWhy}</p>
        <ConferenceList base="/api/inspector" page="/inspector" />
      </div>
    )
  }
  return (
    <div class="stack">
      <div class="row apart">
        <h1>{said.inspector}</h1>
        <div class="row">
          <Segmented
            label={said.inspector}
            value={mode}
            options={[
              { value: "live", text: said.live },
              { value: "recorded", text: said.recorded }
            ]}
            onChange={setMode}
          />
          <a class="button" href="/inspector" onClick={follow}>
            {said.toList}
          </a>
        </div>
      </div>
      <p class="mono soft small">{conference}</p>
      {mode === "live" ? (
        <Live conference={conference} onRecorded={() => setMode("recorded")} />
      ) : (
        <Past base="/api/inspector" conference={conference}>
          {({ past }) => (
            <Panel>
              <Statechart
                machine={machines[past.machine]}
                state={past.state}
                label={said.chart.replace("{name}", past.machine)}
              />
            </Panel>
          )}
        </Past>
      )}
    </div>
  )
}

function Live({ conference, onRecorded }: { conference: string; onRecorded: () => void }) {
  const said = replayWords()
  const [now, setNow] = useState<Partial<Record<MachineName, MachineNow>>>({})
  const [online, setOnline] = useState(true)
  const [gone, setGone] = useState(false)
  useEffect(
    () =>
      hearFeed<InspectionBatch>(
        "/api/feeds/inspector",
        { conference },
        {
          message: (batch) =>
            setNow((before) => ({ ...before, [batch.machine]: after(before[batch.machine] ?? nothing, batch) })),
          connected: setOnline,
          refused: () => setGone(true)
        }
      ),
    [conference]
  )
  if (gone) {
    return (
      <Blank title={said.over}>
        <p>
          <button type="button" class="button" onClick={onRecorded}>
            {said.recorded}
          </button>
        </p>
      </Blank>
    )
  }
  if (now.conference === undefined) return <Loading lines={8} />
  return (
    <>
      {online ? null : <Offline />}
      <div class="charts">
        {(["conference", "illustration"] as const).map((name) => (
          <Machine key={name} name={name} now={now[name] ?? nothing} />
        ))}
      </div>
    </>
  )
}

function Machine({ name, now }: { name: MachineName; now: MachineNow }) {
  const said = replayWords()
  const title = name === "conference" ? said.conferenceMachine : said.illustrationMachine
  const durable = said.version.replace("{version}", `${now.version}`).replace("{durable}", `${now.durableVersion}`)
  return (
    <div class="stack">
      <Panel title={title} side={<span class="soft small">{durable}</span>}>
        <Statechart machine={machines[name]} state={now.value} label={said.chart.replace("{name}", title)} />
      </Panel>
      {now.missed === 0 ? null : <Notice kind="warning">{said.missed.replace("{n}", `${now.missed}`)}</Notice>}
      <div class="beside">
        <Panel title={said.lastEvents}>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by the keyboard. */}
          <ol class="plain log mono small" tabIndex={0}>
            {[...now.events].reverse().map(({ key, type }) => (
              <li key={key}>{type}</li>
            ))}
          </ol>
        </Panel>
        <Panel title={said.memory}>
          <Json value={now.context} />
        </Panel>
      </div>
    </div>
  )
}
