/** Conferences to go back in: running ones first, then the newest. */
import { useLoaded } from "../api/use.ts"
import { Blank, Failed, Loading } from "../design/components.tsx"
import { dateTimeText } from "../design/language.ts"
import { follow } from "../shell/router.ts"
import { replayWords } from "./texts.ts"

interface Listed {
  readonly conference: string
  readonly startedAt: number
  readonly endedAt: number | null
}

export function ConferenceList({ base, page }: { base: string; page: string }) {
  const said = replayWords()
  const [loaded, load] = useLoaded<{ conferences: readonly Listed[] }>(base)
  if (loaded.state === "loading") return <Loading lines={6} />
  if (loaded.state === "failed") return <Failed why={loaded.fault.message} retry={load} />
  const { conferences } = loaded.answer
  if (conferences.length === 0) {
    return (
      <Blank title={said.empty}>
        <p>{said.emptyWhy}</p>
      </Blank>
    )
  }
  return (
    <ul class="plain panel listed">
      {conferences.map(({ conference, startedAt, endedAt }) => (
        <li key={conference} class="row apart">
          <span>
            <span class="mono">{conference}</span>{" "}
            <span class="soft small">
              {said.started.replace("{date}", dateTimeText(startedAt))}
              {endedAt === null ? "" : `, ${said.ended.replace("{date}", dateTimeText(endedAt))}`}
            </span>{" "}
            {endedAt === null ? <span class="tag good">{said.running}</span> : null}
          </span>
          <a class="button" href={`${page}/${conference}`} onClick={follow}>
            {said.open}
          </a>
        </li>
      ))}
    </ul>
  )
}
