/**
 * Hears a feed: asks for a ticket, opens the socket, and when it is cut tries again, more slowly each time, until told to stop. The
 * page is told whether it is connected, and each message. It keeps none.
 */
import { type ApiFault, api } from "./http.ts"

const pingEveryMs = 20_000
/** The server answers each ping; this long after the last word the socket is taken for dead. */
const silenceMsMax = 45_000
const againMs = 500
const againMsMax = 8_000

export interface FeedListener<Message> {
  readonly message: (message: Message) => void
  readonly connected: (isConnected: boolean) => void
  /** The server refused, for good: nothing more will come. */
  readonly refused: (fault: ApiFault) => void
}

/** Answers how to stop. */
export function hearFeed<Message>(
  path: string,
  body: unknown,
  { message, connected, refused }: FeedListener<Message>
): () => void {
  let stopped = false
  let socket: WebSocket | undefined
  let failures = 0
  let again: ReturnType<typeof setTimeout> | undefined

  const retry = () => {
    connected(false)
    if (stopped) return
    const wait = Math.min(againMsMax, againMs * 2 ** failures)
    failures += 1
    // Half of it by chance, so that all pages do not come back at the same moment.
    again = setTimeout(open, wait / 2 + (Math.random() * wait) / 2)
  }

  const open = async () => {
    let ticket: string
    try {
      ticket = (await api<{ ticket: string }>("POST", path, body)).ticket
    } catch (error) {
      const fault = error as ApiFault
      if (fault.status === 0 || fault.status >= 500) return retry()
      stopped = true
      return refused(fault)
    }
    if (stopped) return
    const opened = new WebSocket(`wss://${location.host}/feed`)
    socket = opened
    let heardAt = performance.now()
    const ping = setInterval(() => {
      if (performance.now() - heardAt > silenceMsMax) opened.close()
      else if (opened.readyState === WebSocket.OPEN) opened.send("ping")
    }, pingEveryMs)
    opened.onopen = () => {
      opened.send(ticket)
      failures = 0
      connected(true)
    }
    opened.onmessage = ({ data }) => {
      heardAt = performance.now()
      const said = JSON.parse(String(data))
      if (said.type !== "pong") message(said as Message)
    }
    opened.onclose = () => {
      clearInterval(ping)
      if (socket === opened) retry()
    }
  }

  const back = () => {
    if (stopped || socket?.readyState === WebSocket.OPEN) return
    clearTimeout(again)
    failures = 0
    socket = undefined
    void open()
  }
  addEventListener("online", back)
  void open()
  return () => {
    stopped = true
    removeEventListener("online", back)
    clearTimeout(again)
    const last = socket
    socket = undefined
    last?.close()
  }
}
