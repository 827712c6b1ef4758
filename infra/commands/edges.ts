/** `mimika edges list | add | drain`: brings the wish to the running server and prints what its edges are then. */
import { existsSync } from "node:fs"
import process from "node:process"
import type { EdgeView } from "../edge/edge-processes.ts"
import { adminUrlFile, type EdgesWish } from "../gateway/admin-door.ts"
import { osActor } from "../subjects/os-actor.ts"
import { doorOf, textOf } from "../subjects/subject-desk.ts"

/** What is asked for; who asks, and why, is added here. */
type Asked = { readonly wish: "list" | "add" } | { readonly wish: "drain"; readonly edge: string }

export interface EdgesOptions {
  readonly data: string
  readonly json: boolean
  readonly lang: "ru" | "en"
  /** Kept in the journal of operations; a list needs none. */
  readonly reason?: string
}

const words = {
  ru: {
    head: "Процесс | Где | Конференций | Занято мест | Всего мест | Загрузка, % | Ступень",
    place: "Место — одна конференция 1080p в JPEG; другие занимают столько, во сколько обходится их кодек.",
    full: "работает полностью",
    hold: "удерживает рамку лица",
    thin: "у самых нагруженных читает каждый второй кадр",
    refuse: "новых не принимает",
    draining: "передаёт конференции другим"
  },
  en: {
    head: "Edge | Where | Conferences | Places taken | Places | Load, % | Step",
    place: "A place is one conference of 1080p JPEG; others take as much as their codec costs.",
    full: "reads everything",
    hold: "holds the face box",
    thin: "reads every second frame of the busiest",
    refuse: "refuses new ones",
    draining: "hands its conferences on"
  }
} as const

export async function edges(asked: Asked, { data, json, lang, reason = "" }: EdgesOptions): Promise<void> {
  if (!existsSync(adminUrlFile(data))) {
    throw new Error(`Cannot ask the server of "${data}": none runs there. Start one with "mimika serve"`)
  }
  const wish = asked.wish === "list" ? { wish: asked.wish } : { ...asked, actor: osActor(), purpose: reason }
  const text = await textOf(await doorOf(data)("/admin/edges", wish satisfies EdgesWish))
  if (json) return void process.stdout.write(`${text}\n`)
  const word = words[lang]
  process.stdout.write(`| ${word.head} |\n|---|---|--:|--:|--:|--:|---|\n`)
  const places = new Intl.NumberFormat(lang, { maximumFractionDigits: 1 })
  for (const view of JSON.parse(text) as readonly EdgeView[]) {
    const { edge, host, conferences, weight, capacity, busyShare, step, draining } = view
    const doing = draining ? word.draining : word[step]
    const cells = [edge, host, conferences, places.format(weight), capacity, Math.round(100 * busyShare), doing]
    process.stdout.write(`| ${cells.join(" | ")} |\n`)
  }
  process.stdout.write(`\n${word.place}\n`)
}
