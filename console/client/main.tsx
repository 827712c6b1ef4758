/** The client's page: opened by a personal link, it leads through consent, the call, the shared picture and the end. */
import { render } from "preact"
import { useEffect, useState } from "preact/hooks"
import type { ClientMessage, ClientState, SharedPicture } from "../../projections/client-page.ts"
import { hearFeed } from "../api/feed.ts"
import { ApiFault, api } from "../api/http.ts"
import "../design/base.css"
import "./client.css"
import { Blank, Button, Failed, LanguageSwitch, Loading, Notice, Offline } from "../design/components.tsx"
import { dateTimeText } from "../design/language.ts"
import { OwnData, Questions } from "./after.tsx"
import { Call } from "./call.tsx"
import { Consent } from "./consent.tsx"
import { Picture } from "./picture.tsx"
import { clientWords } from "./texts.ts"

type Closed = "linkUsed" | "linkOver" | "noVisit" | "erased"

function Page() {
  const said = clientWords()
  const [state, setState] = useState<ClientState | null>(null)
  const [closed, setClosed] = useState<Closed | null>(null)
  const [why, setWhy] = useState<string | null>(null)
  const [consenting, setConsenting] = useState(true)
  const [picture, setPicture] = useState<SharedPicture | null>(null)
  const [lastPicture, setLastPicture] = useState<SharedPicture | null>(null)
  const [online, setOnline] = useState(true)
  const [answered, setAnswered] = useState(false)

  const failed = (error: unknown) => {
    const tag = error instanceof ApiFault ? error.tag : ""
    if (tag === "linkUsed" || tag === "linkOver" || tag === "noVisit") setClosed(tag)
    else setWhy((error as Error).message)
  }
  const load = () => {
    setWhy(null)
    return api<ClientState>("GET", "/client/api/state").then(setState, failed)
  }
  useEffect(() => {
    const open = async () => {
      const token = location.hash.slice(1)
      if (token !== "") {
        try {
          await api("POST", "/client/api/open", { token })
        } catch (error) {
          // Opened anew in the browser that opened it before: the visit still stands.
          const known = await api<ClientState>("GET", "/client/api/state").catch(() => null)
          if (known === null) return failed(error)
        }
        history.replaceState(null, "", "/c")
      }
      await load()
    }
    void open()
  }, [])
  const isOpen = state !== null
  useEffect(() => {
    if (!isOpen) return
    return hearFeed<ClientMessage>(
      "/client/api/feeds/page",
      {},
      {
        message(message) {
          if (message.type === "conference") void load()
          else if (message.type === "picture") {
            setPicture(message.picture)
            if (message.picture !== null) setLastPicture(message.picture)
          }
        },
        connected: setOnline,
        refused: failed
      }
    )
  }, [isOpen])

  if (closed === "erased") {
    return (
      <Blank title={said.erased}>
        <p>{said.erasedWhy}</p>
      </Blank>
    )
  }
  if (closed !== null) {
    return (
      <Blank title={said[closed]}>
        <p>{said[`${closed}Why`]}</p>
      </Blank>
    )
  }
  if (why !== null) return <Failed why={why} retry={load} />
  if (state === null) return <Loading lines={6} />
  const proven = () => setState({ ...state, provenUntil: Date.now() + 25 * 60_000 })
  const ended = state.conference === "ended"

  return (
    <>
      <div>
        <h1>{state.title === "" ? said.title : state.title}</h1>
        <p class="soft">{said.at.replace("{time}", dateTimeText(state.startsAt))}</p>
      </div>
      {online ? null : <Offline />}
      {picture === null ? null : <Picture picture={picture} />}
      {ended ? (
        <Blank title={said.endTitle} />
      ) : (
        <>
          {state.conference === "notStarted" ? (
            <Notice>
              <strong>{said.waitTitle}</strong> {said.waitWhy}
            </Notice>
          ) : null}
          {consenting ? (
            <Consent state={state} onState={setState} onProven={proven} onDone={() => setConsenting(false)} />
          ) : (
            <>
              <Call state={state} onState={setState} />
              <div>
                <Button onClick={() => setConsenting(true)}>{said.more}</Button>
              </div>
            </>
          )}
        </>
      )}
      {ended && !state.answered ? (
        answered ? (
          <Notice kind="good">{said.thanks}</Notice>
        ) : (
          <Questions picture={lastPicture} onDone={() => setAnswered(true)} />
        )
      ) : null}
      <OwnData state={state} onProven={proven} onErased={() => setClosed("erased")} />
    </>
  )
}

function Frame() {
  return (
    <main class="client">
      <div class="row apart">
        <span class="brand">
          <img src="/icon.svg" alt="" width="28" height="28" />
          Mimika
        </span>
        <LanguageSwitch />
      </div>
      <Page />
    </main>
  )
}

render(<Frame />, document.getElementById("page")!)
