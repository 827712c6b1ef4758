/** `mimika sizing`: cores, memory, network and disk for so many conferences, from what this machine was measured to bear. */
import process from "node:process"
import { codecs } from "../../machines/wire.ts"
import { capacityOf, conferencesPerCore, sizingFor } from "../capacity/capacity.ts"
import type { Language } from "../report-table.ts"

export interface SizingOptions {
  readonly data: string
  readonly again: boolean
  readonly json: boolean
  readonly lang: Language
}

const words = {
  ru: {
    machine:
      "Ядро этой машины выдерживает при загрузке 70 % конференций 1080p по 30 кадров в секунду (gray8 — 480×270):",
    head: "Кодек | Конференций | Ядер | Память, ГБ | Сеть, Мбит/с | Журнал, ГБ в месяц"
  },
  en: {
    machine:
      "Conferences of 1080p at 30 frames a second (gray8: 480×270) that a core of this machine bears at 70 % load:",
    head: "Codec | Conferences | Cores | Memory, GB | Network, Mbit/s | Journal, GB a month"
  }
} as const

/** The figures and, for a reader, their table. */
export async function sized(
  conferences: readonly number[],
  { data, again, lang }: Omit<SizingOptions, "json">
): Promise<{ readonly json: object; readonly text: string }> {
  const capacity = await capacityOf(data, undefined, again)
  const counts = conferences.length === 0 ? [50, 500, 5_000] : conferences
  const measured = codecs.flatMap((codec) => {
    const frameMs = capacity.frameMs[codec]
    return frameMs === undefined ? [] : [{ codec, frameMs }]
  })
  const rows = measured.flatMap(({ codec, frameMs }) =>
    counts.map((count) => ({ codec, ...sizingFor(count, codec, frameMs) }))
  )
  const word = words[lang]
  const perCore = measured.map(({ codec, frameMs }) => `${codec} ${conferencesPerCore(frameMs).toFixed(1)}`)
  const lines = rows.map(({ codec, conferences: count, cores, memoryGb, networkMbps, journalGbMonth }) => {
    const cells = [codec, count, cores, memoryGb.toFixed(1), Math.round(networkMbps), Math.round(journalGbMonth)]
    return `| ${cells.join(" | ")} |\n`
  })
  const head = `${word.machine} ${perCore.join(", ")}\n\n| ${word.head} |\n|---|--:|--:|--:|--:|--:|\n`
  return { json: { capacity, sizing: rows }, text: `${head}${lines.join("")}` }
}

export async function sizing(conferences: readonly number[], { json, ...options }: SizingOptions): Promise<void> {
  const found = await sized(conferences, options)
  process.stdout.write(json ? `${JSON.stringify(found.json)}\n` : found.text)
}
