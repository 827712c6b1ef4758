/** The auditor's replay: any past state, the event that led there, what the client saw, who and on what ground, and the proof. */
import type { ProofStatus } from "../../projections/past.ts"
import { ProofButton } from "../audit/event-proof.tsx"
import { Panel } from "../design/components.tsx"
import type { PageProps } from "../shell/pages.ts"
import { follow } from "../shell/router.ts"
import { ConferenceList } from "./list.tsx"
import { type Look, Past } from "./past.tsx"
import { replayWords } from "./texts.ts"

export default function Replay({ parameters }: PageProps) {
  const said = replayWords()
  const { conference } = parameters
  return (
    <div class="stack">
      <div class="row apart">
        <h1>{said.title}</h1>
        {conference === undefined ? null : (
          <a class="button" href="/replay" onClick={follow}>
            {said.toList}
          </a>
        )}
      </div>
      {conference === undefined ? (
        <>
          <p class="soft">{said.choose}</p>
          <ConferenceList base="/api/replay" page="/replay" />
        </>
      ) : (
        <>
          <p class="mono soft small">{conference}</p>
          <Past base="/api/replay" conference={conference}>
            {(look) => <Evidence look={look} />}
          </Past>
        </>
      )}
    </div>
  )
}

function Evidence({ look }: { look: Look }) {
  const said = replayWords()
  const { past, proof } = look
  const { context, picture } = past
  const text = (key: string) =>
    typeof context[key] === "string" && context[key] !== "" ? String(context[key]) : said.none
  return (
    <div class="evidence">
      <Panel title={said.picture}>
        {picture === null ? (
          <p class="soft">{said.noPicture}</p>
        ) : (
          <img
            class="past-picture"
            src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(picture.svg)}`}
            alt={`${said.picture}: ${picture.variantIndex + 1}, SHA-256 ${picture.sha256}`}
          />
        )}
      </Panel>
      <div class="stack">
        <Panel title={said.who}>
          <dl class="pairs">
            <dt>{said.subject}</dt>
            <dd class="mono">{text("subject")}</dd>
            <dt>{said.consent}</dt>
            <dd class="mono">{text("consent")}</dd>
          </dl>
        </Panel>
        <Panel title={said.proof}>
          <p>{proofText(proof, said)}</p>
          {proof.state === "notProven" ? null : (
            <ProofButton path={`/api/audit/proofs/${past.conference}/${past.version}?machine=${past.machine}`} />
          )}
        </Panel>
      </div>
    </div>
  )
}

function proofText(proof: ProofStatus, said: ReturnType<typeof replayWords>): string {
  if (proof.state !== "proven") return said[proof.state]
  const place = said.proven.replace("{leaf}", `${proof.leafNumber}`).replace("{size}", `${proof.treeSize}`)
  return proof.cosigned ? place + said.cosigned : place
}
