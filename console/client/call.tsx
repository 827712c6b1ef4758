/** The call on the client's side: the own camera with an indicator that says whether anything is analysed, and a button to stop it. */
import { useEffect, useRef, useState } from "preact/hooks"
import type { ClientState, JoinOffer } from "../../projections/client-page.ts"
import { cameraCodecs, streamCamera } from "../../sdk/camera.ts"
import { type Conference, joinConference } from "../../sdk/mimika.ts"
import { api, faultText } from "../api/http.ts"
import { Button, Notice } from "../design/components.tsx"
import { clientWords } from "./texts.ts"

interface Props {
  readonly state: ClientState
  readonly onState: (state: ClientState) => void
}

/** What the browser is asked for: a face, not a picture for a wall. */
const wished: MediaStreamConstraints = {
  video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 }, facingMode: "user" },
  audio: false
}

export function Call({ state, onState }: Props) {
  const said = clientWords()
  const video = useRef<HTMLVideoElement>(null)
  const [camera, setCamera] = useState<MediaStream | null>(null)
  const [why, setWhy] = useState<string | null>(null)
  const [interrupted, setInterrupted] = useState(false)
  const [joined, setJoined] = useState(false)
  const [rung, setRung] = useState(0)
  const agreed = state.consents.expressionAnalysis === "given"
  const analysing = agreed && joined && !interrupted

  const turnOn = async () => {
    setWhy(null)
    try {
      setCamera(await navigator.mediaDevices.getUserMedia(wished))
    } catch (error) {
      setWhy((error as Error).name === "NotAllowedError" ? said.cameraDenied : said.cameraMissing)
    }
  }
  useEffect(() => {
    const element = video.current
    if (element === null || camera === null) return
    element.srcObject = camera
    void element.play()
    return () => {
      for (const track of camera.getTracks()) track.stop()
    }
  }, [camera])

  // Frames leave only while there is a consent, a camera and a conference: each of them gone, sending stops at once.
  useEffect(() => {
    const element = video.current
    if (element === null || camera === null || !agreed || state.conference !== "running") return
    let conference: Conference | undefined
    let sending: { readonly stop: () => void } | undefined
    let stopped = false
    let again: ReturnType<typeof setTimeout> | undefined
    const begin = async () => {
      try {
        const { resumeToken } = await api<JoinOffer>("POST", "/client/api/join")
        const opened = await joinConference({
          url: `wss://${location.host}`,
          resumeToken,
          codecs: await cameraCodecs(),
          onInterrupted: () => setInterrupted(true),
          onResumed: () => setInterrupted(false),
          onFailed: () => retry()
        })
        if (stopped) return opened.close()
        conference = opened
        setInterrupted(false)
        setJoined(true)
        sending = streamCamera({ video: element, conference: opened, epochMs: () => Date.now(), onRung: setRung })
      } catch {
        retry()
      }
    }
    const retry = () => {
      sending?.stop()
      if (stopped) return
      setInterrupted(true)
      again = setTimeout(begin, 2_000)
    }
    void begin()
    return () => {
      stopped = true
      clearTimeout(again)
      sending?.stop()
      conference?.close()
      setJoined(false)
    }
  }, [camera, agreed, state.conference])

  const stop = async () => {
    try {
      onState(await api("POST", "/client/api/withdraw", { purpose: "expressionAnalysis" }))
    } catch (error) {
      setWhy(faultText(error, said.faults))
    }
  }

  return (
    <section class="panel stack call">
      <div class="row apart">
        <span class={`indicator ${analysing ? "on" : ""}`} role="status">
          {analysing ? said.analysing : said.notAnalysing}
        </span>
        {agreed ? (
          <Button kind="danger" onClick={stop}>
            {said.stop}
          </Button>
        ) : null}
      </div>
      {why === null ? null : <Notice kind="danger">{why}</Notice>}
      {interrupted ? <Notice kind="warning">{said.interrupted}</Notice> : null}
      {analysing && rung >= 1 ? <Notice kind="warning">{said.slow}</Notice> : null}
      {/* One's own face, without sound. */}
      <video ref={video} muted playsInline class={camera === null ? "hidden" : ""} />
      {camera === null ? (
        <div class="stack tight">
          <p class="soft">{said.cameraWhy}</p>
          <Button kind="primary" onClick={turnOn}>
            {said.turnOn}
          </Button>
        </div>
      ) : null}
    </section>
  )
}
