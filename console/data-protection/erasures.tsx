/** All erasures, the newest first: how far each is, what to do about one that failed, and the documents of those that are done. */
import { useState } from "preact/hooks"
import type { ErasureView } from "../../projections/erasures.ts"
import { reasonText } from "../../projections/own-reasons.ts"
import { useLoaded } from "../api/use.ts"
import { Blank, Button, Failed, Loading } from "../design/components.tsx"
import { dateTimeText, filled, language, numberText } from "../design/language.ts"
import { Documents } from "./documents.tsx"
import { EraseDialog, NotErased } from "./erase.tsx"
import { erasureWords } from "./erasure-texts.ts"
import { protectionWords } from "./texts.ts"

const tags = { done: "good", running: "", failed: "warning" } as const

export function Erasures() {
  const said = { ...protectionWords(), ...erasureWords() }
  const [loaded, load] = useLoaded<{ erasures: readonly ErasureView[] }>("/api/erasures")
  const [again, setAgain] = useState<string | null>(null)
  if (loaded.state === "loading") return <Loading lines={6} />
  if (loaded.state === "failed") return <Failed why={loaded.fault.message} retry={load} />
  const { erasures } = loaded.answer
  if (erasures.length === 0) {
    return (
      <Blank title={said.noErasures}>
        <p>{said.noErasuresWhy}</p>
      </Blank>
    )
  }
  const close = () => {
    setAgain(null)
    load()
  }
  return (
    <>
      <div class="panel table-wrap">
        <table>
          <thead>
            <tr>
              <th>{said.requested}</th>
              <th>{said.pseudonym}</th>
              <th>{said.reason}</th>
              <th>{said.state}</th>
              <th>{said.documents}</th>
            </tr>
          </thead>
          <tbody>
            {erasures.map((view) => (
              <tr key={view.erasure}>
                <td>{dateTimeText(view.requestedAt)}</td>
                <td class="mono small">{view.subject}</td>
                <td>{reasonText(view.reason, language.value)}</td>
                <td class="state">
                  <span class={`tag ${tags[view.state]}`}>{said.stateNames[view.state]}</span>
                  {view.endedConferenceCount === 0 ? null : (
                    <div class="soft small">
                      {filled(said.endedConferences, { n: numberText(view.endedConferenceCount) })}
                    </div>
                  )}
                </td>
                <td>
                  {view.state === "done" ? <Documents erasure={view.erasure} /> : null}
                  {view.state === "failed" ? (
                    <div class="stack tight">
                      <NotErased view={view} />
                      <div>
                        <Button kind="danger" onClick={() => setAgain(view.subject)}>
                          {said.eraseAgain}
                        </Button>
                      </div>
                    </div>
                  ) : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="soft small">{said.actHow}</p>
      {again === null ? null : <EraseDialog subject={again} held={null} onClose={close} onErased={() => {}} />}
    </>
  )
}
