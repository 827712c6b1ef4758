/** What a running server says of its edges: how much of each is taken. Where no server runs there is nothing to say. */
import { existsSync } from "node:fs"
import type { EdgeView } from "../edge/edge-processes.ts"
import { adminUrlFile, type EdgesWish } from "../gateway/admin-door.ts"
import { doorOf, textOf } from "../subjects/subject-desk.ts"
import { type Finding, good, type Place } from "./finding.ts"

const check = "edges"

const lineOf = (edges: readonly EdgeView[], lang: "ru" | "en") => {
  const places = new Intl.NumberFormat(lang, { maximumFractionDigits: 1 })
  const of = { ru: "из", en: "of" }[lang]
  return edges
    .map(({ edge, host, weight, capacity }) => `${edge} (${host}) ${places.format(weight)} ${of} ${capacity}`)
    .join(", ")
}

/** None: no server runs on the folder. */
export async function edgesFindings({ data }: Pick<Place, "data">): Promise<readonly Finding[]> {
  if (!existsSync(adminUrlFile(data))) return []
  try {
    const answered = await textOf(await doorOf(data)("/admin/edges", { wish: "list" } satisfies EdgesWish))
    const edges = JSON.parse(answered) as readonly EdgeView[]
    return [
      good(
        check,
        `Занято мест (место — конференция 1080p в JPEG): ${lineOf(edges, "ru")}`,
        `Places taken (a place is a conference of 1080p JPEG): ${lineOf(edges, "en")}`
      )
    ]
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException
    // One that was killed could not take its address away.
    if (code === "ECONNREFUSED") return []
    return [
      {
        check,
        level: "warning",
        ru: `Сервер не говорит, насколько заняты его процессы: ${message}. Подробности — в его логе`,
        en: `The server does not say how full its edges are: ${message}. Its own log says more`
      }
    ]
  }
}
