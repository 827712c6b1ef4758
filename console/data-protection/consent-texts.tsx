/** The published consent texts, word for word with version and hash, and how many consents rest on each. */
import { useEffect } from "preact/hooks"
import { purposeName } from "../../projections/audit-words.ts"
import type { ConsentTexts as Counted } from "../../projections/consent-counts.ts"
import { useLoaded } from "../api/use.ts"
import { Failed, Loading, Notice } from "../design/components.tsx"
import { filled, language, numberText, timeText } from "../design/language.ts"
import { protectionWords } from "./texts.ts"

export function ConsentTexts() {
  const said = protectionWords()
  const [loaded, load] = useLoaded<Counted>("/api/consent-texts")
  const counting = loaded.state === "ready" ? loaded.answer.counting : null
  // The server answers when it has counted, or after a second with how far it is.
  useEffect(() => {
    if (counting !== null) load()
  }, [counting, load])
  if (loaded.state === "loading") return <Loading lines={8} />
  if (loaded.state === "failed") return <Failed why={loaded.fault.message} retry={load} />
  const { texts, countedAt } = loaded.answer
  const number = (value: number) => (countedAt === null ? "…" : numberText(value))
  return (
    <>
      <p class="soft">{said.textsWhy}</p>
      <p class="soft small" role="status">
        {countedAt === null ? "" : filled(said.countedAt, { time: timeText(countedAt) })}{" "}
        {counting === null
          ? ""
          : filled(said.counting, { done: numberText(counting.doneCount), n: numberText(counting.count) })}
      </p>
      <div class="panel table-wrap">
        <table class="texts">
          <thead>
            <tr>
              <th>{said.purpose}</th>
              <th>{said.version}</th>
              <th>{said.language}</th>
              <th>{said.hash}</th>
              <th class="number">{said.givenCount}</th>
              <th class="number">{said.standingCount}</th>
              <th class="number">{said.clientCount}</th>
            </tr>
          </thead>
          <tbody>
            {texts.map((one) => (
              <tr key={`${one.purpose} ${one.version} ${one.sha256}`}>
                <td>{purposeName(one.purpose, language.value)}</td>
                <td>{one.version}</td>
                <td>{one.language === null ? "—" : { ru: "РУС", en: "ENG" }[one.language]}</td>
                <td>
                  <div class="mono small hash">{one.sha256}</div>
                  {one.text === null ? (
                    <Notice kind="warning">{said.unpublished}</Notice>
                  ) : (
                    <details>
                      <summary>{said.fullText}</summary>
                      <p lang={one.language ?? undefined}>{one.text}</p>
                    </details>
                  )}
                </td>
                <td class="number">{number(one.givenCount)}</td>
                <td class="number">{number(one.standingCount)}</td>
                <td class="number">{number(one.clientCount)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}
