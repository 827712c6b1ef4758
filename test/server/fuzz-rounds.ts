/** Says nonsense to a server, seeded so that it can be repeated, while a witness runs a conference whose numbers must be exact. */
import assert from "node:assert/strict"
import { encodedDemoChunks } from "../../infra/clips/encoded-clip.ts"
import { codecs, isEncoded } from "../../machines/wire.ts"
import { startConference } from "../../sdk/mimika.ts"
import { clipPictures, sdkOptions, type TestServer } from "./core.ts"
import { seeded } from "./kill-rounds.ts"
import { Observed, sendPaced } from "./paced.ts"
import { frameOf, openControl, openRaw, RawSocket, startMessage } from "./raw-client.ts"

type Next = (below: number) => number

/** A few bytes changed, cut off, doubled or put in. */
function mutated(bytes: Uint8Array, next: Next): Uint8Array {
  const copy = Uint8Array.from(bytes)
  switch (next(4)) {
    case 0:
      for (let flip = 0; flip <= next(8); flip += 1) copy[next(copy.length)] = next(256)
      return copy
    case 1:
      return copy.subarray(0, next(copy.length))
    case 2:
      return Buffer.concat([copy, copy.subarray(0, next(copy.length))])
    default:
      return Buffer.from(Array.from({ length: next(200) }, () => next(256)))
  }
}

const words = [
  "type",
  "start",
  "resume",
  "end",
  "consent",
  "withdraw",
  "ping",
  "open",
  "accessToken",
  "sentThrough",
  "role"
]
const values = [null, -1, 1e308, "", "💥", [], {}, true, "client", 0.5]

function nonsense(next: Next): string {
  const message: Record<string, unknown> = { type: words[next(words.length)] }
  for (let field = 0; field < next(6); field += 1) message[words[next(words.length)]!] = values[next(values.length)]
  const text = JSON.stringify(message)
  return next(4) === 0 ? text.slice(0, next(text.length)) : text
}

/** One round: a bad client on either socket, then the witness's frame. Answers how many messages were said. */
export async function surviveFuzz(server: TestServer, seed: number, rounds: number): Promise<number> {
  const next = seeded(seed)
  const [picture] = await clipPictures(1)
  const chunks = { h264: await encodedDemoChunks("h264"), vp8: await encodedDemoChunks("vp8") }
  const observed = new Observed()
  const witness = await startConference(sdkOptions(server.core, `fuzz-witness-${seed}`, observed.handlers))
  let said = 0
  for (let round = 0; round < rounds; round += 1) {
    if (next(3) === 0) {
      const control = await openControl(server)
      if (next(2) === 0) control.say(startMessage(server, `fuzz-${seed}-${round}`))
      for (let message = 0; message < 5; message += 1) {
        control.say(next(5) === 0 ? mutated(picture!, next) : nonsense(next))
        said += 1
      }
      control.socket.close()
      await control.close()
    } else {
      const codec = codecs[next(codecs.length)]!
      const { stream, started, end } = await openRaw(server, `fuzz-${seed}-${round}`, { codec })
      const chunk = isEncoded(codec) ? chunks[codec][next(5)]! : { bytes: picture! }
      const good = frameOf(1 + next(3), chunk.bytes, isEncoded(codec) ? codec : "jpeg")
      for (let message = 0; message < 5 && stream.closed === null; message += 1) {
        stream.say(next(4) === 0 ? nonsense(next) : mutated(good, next))
        said += 1
      }
      const stranger = new RawSocket(started.streamUrl, server.core.certificateFile)
      await stranger.hear(({ type }) => type === "greeting")
      stranger.say(nonsense(next))
      stranger.socket.close()
      await stranger.close()
      const report = await end(next(4))
      assert.equal(
        report.counted + report.unreadable + report.dropped,
        report.received,
        `round ${round} (seed ${seed})`
      )
    }
    await sendPaced(witness, observed, [picture!])
  }
  const report = await witness.end()
  assert.equal(report.received, rounds, `the witness's frames (seed ${seed})`)
  assert.equal(report.counted, rounds, `the witness's readings (seed ${seed})`)
  assert.equal(observed.interrupted, 0, `the witness's stream was never interrupted (seed ${seed})`)
  return said
}
