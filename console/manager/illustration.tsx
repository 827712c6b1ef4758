/** The picture beside the call: a prompt with how it was read, variants, remarks, undo, and sharing with the client. */
import { useEffect, useState } from "preact/hooks"
import type { IllustrationCommand, IllustrationView, ParsedPrompt, VariantView } from "../../projections/console.ts"
import { api, faultText } from "../api/http.ts"
import { Button, Field, Loading, Notice, Panel } from "../design/components.tsx"
import { filled, numberText } from "../design/language.ts"
import { managerWords } from "./texts.ts"

/** After the last key, in milliseconds: the server reads the prompt while the manager looks up. */
const parseAfterMs = 250

interface Props {
  readonly conference: string
  /** Null until the feed has said. */
  readonly view: IllustrationView | null
}

export function Illustration({ conference, view }: Props) {
  const said = managerWords()
  const [why, setWhy] = useState<string | null>(null)
  const [remark, setRemark] = useState("")
  if (view === null) return <Panel title={said.illustration}>{<Loading lines={5} />}</Panel>

  const tell = async (command: IllustrationCommand) => {
    setWhy(null)
    try {
      await api("POST", `/api/conferences/${conference}/illustration`, command)
    } catch (error) {
      setWhy(faultText(error))
    }
  }
  const chosen = view.variants.find(({ index }) => index === view.chosen) ?? null
  const drawing = view.state === "generate"
  const failed = view.state === "failed" || view.state === "timedOut"
  const pictureOf = (index: number) => `/api/conferences/${conference}/variants/${index}.svg`
  const correct = (event: Event) => {
    event.preventDefault()
    void tell({ type: "remark", remark }).then(() => setRemark(""))
  }

  return (
    <Panel title={said.illustration} side={<span class="soft small">{said.heights}</span>}>
      <Prompt drawing={drawing} onDraw={(prompt) => tell({ type: "prompt", prompt })} />
      {why === null ? null : <Notice kind="danger">{why}</Notice>}
      {view.refused === null ? null : (
        <Notice kind="warning">
          <p>{view.refused.reason}</p>
          {view.refused.offer === null || view.refused.offer === "" ? null : (
            <p>{filled(said.offer, { offer: view.refused.offer })}</p>
          )}
        </Notice>
      )}
      {drawing ? (
        <div class="row" role="status">
          <span>{said.drawing}</span>
          <Button onClick={() => tell({ type: "cancel" })}>{said.cancel}</Button>
        </div>
      ) : null}
      {failed ? (
        <Notice kind="danger">
          <p>{said.drawFailed}</p>
          <Button onClick={() => tell({ type: "retry" })}>{said.retry}</Button>
        </Notice>
      ) : null}
      {chosen === null ? (
        <div class="picture empty">
          <svg viewBox="0 0 320 180" aria-hidden="true">
            <path d="M40 150h240M80 150v-40m0 0l-18 22m18-22l18 22M160 150V80m0 0l-24 40m24-40l24 40M240 150V60m0 0l-28 50m28-50l28 50" />
          </svg>
        </div>
      ) : (
        <img class="picture" src={pictureOf(chosen.index)} alt={altOf(chosen)} width="1920" height="1080" />
      )}
      {view.variants.length < 2 ? null : (
        <div class="variants">
          {view.variants.map((variant) => (
            <button
              key={variant.index}
              type="button"
              aria-label={filled(said.variant, { n: variant.index + 1 })}
              aria-pressed={variant.index === view.chosen ? "true" : "false"}
              onClick={() => tell({ type: "choose", variantIndex: variant.index })}
            >
              <img src={pictureOf(variant.index)} alt="" width="160" height="90" />
            </button>
          ))}
        </div>
      )}
      {chosen === null ? null : (
        <>
          <form class="row end" onSubmit={correct}>
            <div class="grow">
              <Field label={said.remark} placeholder={said.remarkHint} value={remark} onInput={setRemark} required />
            </div>
            <Button type="submit" disabled={drawing || remark.trim() === ""}>
              {said.correct}
            </Button>
          </form>
          <div class="row apart">
            {chosen.basis === null ? (
              <span />
            ) : (
              <Button onClick={() => tell({ type: "choose", variantIndex: chosen.basis ?? 0 })}>{said.undo}</Button>
            )}
            {view.shared === chosen.index ? (
              <Button onClick={() => tell({ type: "stopSharing" })}>{said.stopSharing}</Button>
            ) : (
              <Button kind="primary" onClick={() => tell({ type: "share", variantIndex: chosen.index })}>
                {said.share}
              </Button>
            )}
          </div>
          <SharedLine view={view} />
        </>
      )}
    </Panel>
  )
}

/** What is known of the client's side, which only a consent lets anybody know. */
function SharedLine({ view }: { view: IllustrationView }) {
  const said = managerWords()
  if (view.shared === null) return null
  const shared = view.variants.find(({ index }) => index === view.shared)
  const taps = (view.tapped ?? [])
    .map((count, index) => (count === 0 ? "" : `${shared?.brief.products[index]?.name ?? index + 1}: ${count}`))
    .filter((text) => text !== "")
  return (
    <Notice kind="good">
      {[
        said.sharing,
        view.clientLooked === null ? "" : view.clientLooked ? said.looked : said.notLooked,
        taps.length === 0 ? "" : filled(said.tapped, { list: taps.join(", ") })
      ]
        .filter((text) => text !== "")
        .join(" · ")}
    </Notice>
  )
}

const altOf = ({ brief }: VariantView) =>
  brief.products.map(({ name, yieldPercent }) => `${name}: ${numberText(yieldPercent, 1)} %`).join("; ")

function Prompt({ drawing, onDraw }: { drawing: boolean; onDraw: (prompt: string) => void }) {
  const said = managerWords()
  const [prompt, setPrompt] = useState("")
  const [parsed, setParsed] = useState<ParsedPrompt | null>(null)
  useEffect(() => {
    if (prompt.trim() === "") return setParsed(null)
    let stale = false
    const timer = setTimeout(() => {
      api<ParsedPrompt>("GET", `/api/parse?prompt=${encodeURIComponent(prompt)}`).then(
        (answer) => stale || setParsed(answer),
        () => {}
      )
    }, parseAfterMs)
    return () => {
      stale = true
      clearTimeout(timer)
    }
  }, [prompt])
  const draw = (event: Event) => {
    event.preventDefault()
    onDraw(prompt)
  }
  return (
    <form class="stack tight" onSubmit={draw}>
      <div class="row end">
        <div class="grow">
          <Field
            label={said.prompt}
            placeholder={said.promptHint}
            value={prompt}
            onInput={setPrompt}
            error={parsed !== null && !parsed.ok ? parsed.error.message : undefined}
            required
          />
        </div>
        <Button type="submit" kind="primary" disabled={drawing || parsed === null || !parsed.ok}>
          {said.draw}
        </Button>
      </div>
      {parsed?.ok ? (
        <table class="parsed">
          <caption class="visually-hidden">{said.parsed}</caption>
          <thead>
            <tr>
              <th>{said.product}</th>
              <th class="number">{said.rate}</th>
            </tr>
          </thead>
          <tbody>
            {parsed.brief.products.map(({ name, yieldPercent, yieldPercentTo }) => (
              <tr key={name}>
                <td>{name}</td>
                <td class="number">
                  {numberText(yieldPercent, digitsOf(yieldPercent))}
                  {yieldPercentTo === null ? "" : `–${numberText(yieldPercentTo, digitsOf(yieldPercentTo))}`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </form>
  )
}

/** As many decimals as were given, two at most. */
const digitsOf = (value: number) => (Number.isInteger(value) ? 0 : Number.isInteger(value * 10) ? 1 : 2)
