/**
 * The part of the remark grammar that changes how a picture looks: season, scene, palette, colour, order, labels, details. It cannot reach a height.
 * Documented for managers in docs/illustrations.md; change both together.
 */
import {
  type ColourName,
  detailMax,
  type Look,
  labelStepsMax,
  labelStepsMin,
  type Order,
  type PaletteName,
  type Scene,
  type Season
} from "./look.ts"

/** What a clause made of the look; `atBound` when there was nothing left to change. */
export interface LookChange {
  readonly look: Look
  readonly atBound: boolean
}

const any = (words: string) => new RegExp(`(?<![a-zа-яё])(?:${words})(?![a-zа-яё])`, "i")

const seasonWords: readonly (readonly [Season, RegExp])[] = [
  ["spring", any("весн[аыуоей]+|весенн[а-яё]+|spring(?:time)?")],
  ["summer", any("лет[оа]|летн[а-яё]+|летом|summer(?:time)?")],
  ["autumn", any("осен[ьию]+|осенью|осенн[а-яё]+|autumn|fall")],
  ["winter", any("зим[аыуоей]+|зимн[а-яё]+|снег|снежн[а-яё]+|winter|snow|snowy")]
]
const sceneWords: readonly (readonly [Scene, RegExp])[] = [
  [
    "coins",
    any("монет[а-яё]*|стопк[а-яё]+(?:\\s+монет)?|столбик[а-яё]*(?:\\s+монет)?|coins?|stacks?(?:\\s+of\\s+coins)?")
  ],
  [
    "skyline",
    any(
      "город[а-яё]*|дом(?:а|ами|ов|ики|иками)|здани[а-яё]+|небоскр[её]б[а-яё]*|skyline|city|buildings?|houses|towers?|skyscrapers?"
    )
  ],
  ["trees", any("дерев[а-яё]+|лес(?:ом)?|trees?|forest")]
]
const paletteWords: readonly (readonly [PaletteName, RegExp])[] = [
  [
    "meadow",
    any(
      "светл[а-яё]+|light(?:er)?|bright(?:er)?|луг|луговая|полян[а-яё]+|обычн[а-яё]+\\s+(?:палитр[а-яё]+|цвет[а-яё]*)|meadow|default\\s+palette"
    )
  ],
  ["ocean", any("океан|морск[а-яё]+|море|ocean|sea")],
  ["sunset", any("закат[а-яё]*|т[её]пл[а-яё]+|sunset|warm(?:er)?")],
  ["lavender", any("лаванд[а-яё]+|lavender")],
  ["graphite", any("графит[а-яё]*|т[её]мн[а-яё]+|ночн[а-яё]+|graphite|dark(?:er)?|night")]
]
const colourWords: readonly (readonly [ColourName, RegExp])[] = [
  ["green", any("зел[её]н[а-яё]+|green")],
  ["teal", any("бирюзов[а-яё]+|teal|turquoise")],
  ["blue", any("син[а-яё]+|голуб[а-яё]+|blue")],
  ["red", any("красн[а-яё]+|red")],
  ["orange", any("оранжев[а-яё]+|рыж[а-яё]+|orange")],
  ["gold", any("золотист[а-яё]+|ж[её]лт[а-яё]+|golden|yellow")],
  ["pink", any("розов[а-яё]+|pink")],
  ["violet", any("фиолетов[а-яё]+|лилов[а-яё]+|сиренев[а-яё]+|violet|purple")],
  ["grey", any("сер[а-яё]{2}|gr[ea]y")]
]
const backgroundOf: Record<ColourName, PaletteName> = {
  green: "meadow",
  teal: "ocean",
  blue: "ocean",
  red: "sunset",
  orange: "sunset",
  gold: "sunset",
  pink: "sunset",
  violet: "lavender",
  grey: "graphite"
}
const orderWords: readonly (readonly [Order, RegExp])[] = [
  [
    "ascending",
    any(
      "по\\s+возрастанию|(?:от)?сортиру[а-яё]+\\s+по\\s+доходности|(?:sort|order)\\s+by\\s+yields?|от\\s+меньш[а-яё]+\\s+к\\s+больш[а-яё]+|ascending|(?:smallest|lowest)\\s+first|from\\s+(?:low|small)\\w*\\s+to\\s+(?:high|large|big)\\w*"
    )
  ],
  [
    "descending",
    any(
      "по\\s+убыванию|от\\s+больш[а-яё]+\\s+к\\s+меньш[а-яё]+|descending|(?:largest|highest|biggest)\\s+first|from\\s+(?:high|large|big)\\w*\\s+to\\s+(?:low|small)\\w*"
    )
  ],
  ["asGiven", any("исходн[а-яё]+\\s+поряд[а-яё]+|в\\s+порядке\\s+запроса|original\\s+order|as\\s+given")]
]

const labels = any(
  "подпис[а-яё]+|надпис[а-яё]+|текст[а-яё]*|шрифт[а-яё]*|цифр[а-яё]*|букв[а-яё]*|назван[а-яё]+|labels?|texts?|fonts?|letters?|numbers?|captions?|names?"
)
const details = any(
  "детал[а-яё]+|подробност[а-яё]+|подробн[а-яё]+|листв[а-яё]*|листьев|окон|украшени[а-яё]+|details?|detailed|leaves|decorations?|ornaments?"
)
const more = any(
  "крупн[а-яё]+|покрупнее|больше|побольше|увелич[а-яё]+|добав[а-яё]+|ещё|подробн[а-яё]+|larger|bigger|more|increase|enlarge|add|greater|detailed"
)
const less = any(
  "мельче|помельче|меньше|поменьше|уменьш[а-яё]+|убер[а-яё]+|убрать|без|сократ[а-яё]+|smaller|fewer|less|decrease|reduce|remove|without"
)
const simpler = any("упрост[а-яё]+|попроще|проще|simpler|simplify|simple")

/** Words that may surround what the clause is about. */
const around =
  /(?<![a-zа-яё])(?:сделай(?:те)?|сделать|пусть|будет|будут|хочу|давай(?:те)?|пожалуйста|нарисуй(?:те)?|покажи(?:те)?|поменяй(?:те)?|измени(?:те)?|возьми(?:те)?|поставь(?:те)?|используй(?:те)?|примени|расставь(?:те)?|отсортируй(?:те)?|упорядочи[а-яё]*|расположи[а-яё]*|продукт[а-яё]*|стол[а-яё]*|цвет[а-яё]*|палитр[а-яё]*|тон[а-яё]*|тем[аеуы]|фон[а-яё]*|сцен[а-яё]+|картинк[а-яё]+|рисун[а-яё]+|крон[а-яё]+|лист[а-яё]*|в\s+виде|вместо|деревьев|дерев[а-яё]+|монет[а-яё]*|здани[а-яё]+|дом[а-яё]*|всё|все|это|на|в|во|с|по|для|из|как|чтобы|был[аои]?|и|а|вид|порядк[а-яё]+|время|года|сезон[а-яё]*|пора|пейзаж[а-яё]*|стил[а-яё]+|настроени[а-яё]+|доходност[а-яё]+|лишн[а-яё]+|слишком|замени(?:те)?|landscape|scenery|style|mood|yields?|too|is|are|with|replace|немного|чуть|ещё|гораздо|намного|make|let|it|be|the|a|an|please|use|using|switch|change|set|draw|show|to|in|into|with|of|as|colou?rs?|palette|theme|background|scene|season|tones?|trees?|crowns?|leaves|coins?|buildings?|products?|sort|order|arrange|them|all|everything|instead|and|picture|want|i|would|like|some|much|a\s+bit|little|slightly|by)(?![a-zа-яё])/gi

const leftover = (clause: string, ...used: RegExp[]): string => {
  let rest = clause
  for (const pattern of used) rest = rest.replace(new RegExp(pattern.source, "gi"), " ")
  return rest.replace(around, " ").replace(/[\s.,;:!?"«»—–-]+/g, "")
}

const found = <T>(table: readonly (readonly [T, RegExp])[], clause: string) =>
  table.find(([, pattern]) => pattern.test(clause))

/** Reads one clause as a change of the look, or answers null when it speaks of something else. */
export const readLookClause = (clause: string, look: Look): LookChange | null => {
  const changed = (next: Look): LookChange => ({ look: next, atBound: JSON.stringify(next) === JSON.stringify(look) })
  const step = (by: number): LookChange =>
    changed({ ...look, labelSteps: Math.max(labelStepsMin, Math.min(labelStepsMax, look.labelSteps + by)) })
  const detail = (by: number): LookChange =>
    changed({ ...look, detail: Math.max(0, Math.min(detailMax, look.detail + by)) })

  // "Слишком мелкие подписи", "too many details": what is wrong is said, and the opposite is meant.
  const tooSmall = any("слишком\\s+(?:мелк|маленьк)[а-яё]+|too\\s+small|не\\s+видно|плохо\\s+видно|мелк(?:ие|ий|ая|о)")
  const tooLarge = any("слишком\\s+(?:крупн|больш)[а-яё]+|too\\s+(?:large|big)")
  const tooMany = any("слишком\\s+много|too\\s+many|too\\s+much")
  const tooFew = any("слишком\\s+мало|мало|too\\s+few")
  if (labels.test(clause)) {
    if (tooSmall.test(clause) && leftover(clause, tooSmall, labels) === "") return step(1)
    if (tooLarge.test(clause) && leftover(clause, tooLarge, labels) === "") return step(-1)
  }
  if (details.test(clause)) {
    if (tooMany.test(clause) && leftover(clause, tooMany, details) === "") return detail(-1)
    if (tooFew.test(clause) && leftover(clause, tooFew, details) === "") return detail(1)
  }
  if (labels.test(clause) && leftover(clause, labels, more, less) === "") {
    if (less.test(clause)) return step(-1)
    if (more.test(clause)) return step(1)
  }
  if (details.test(clause) && leftover(clause, details, more, less, simpler) === "") {
    if (less.test(clause) || simpler.test(clause)) return detail(-1)
    if (more.test(clause)) return detail(1)
  }
  if (simpler.test(clause) && leftover(clause, simpler) === "") return detail(-1)

  const order = found(orderWords, clause)
  if (order !== undefined && leftover(clause, order[1]) === "") return changed({ ...look, order: order[0] })

  const season = found(seasonWords, clause)
  if (season !== undefined && leftover(clause, season[1]) === "")
    return changed({ ...look, season: season[0], colour: null })

  const background = /(?:фон|неб[оа]|тем[аеу]|background|sky|theme|palette|палитр)/i.test(clause)
  const palette = found(paletteWords, clause)
  if (palette !== undefined && leftover(clause, palette[1]) === "") return changed({ ...look, palette: palette[0] })
  const colour = found(colourWords, clause)
  if (colour !== undefined && leftover(clause, colour[1], /небо|неба|sky/) === "") {
    return changed(background ? { ...look, palette: backgroundOf[colour[0]] } : { ...look, colour: colour[0] })
  }

  const wanted = clause
    .replace(/(?:вместо|instead\s+of)\s+[a-zа-яё]+/i, "")
    .replace(/^(?:замени(?:те)?|replace)\s+(?:the\s+)?[a-zа-яё]+\s+(?:на|with|by)\s+/i, "")
  const scene = found(sceneWords, wanted)
  if (scene !== undefined && leftover(wanted, scene[1]) === "") {
    return changed({ ...look, scene: scene[0], colour: null })
  }
  return null
}
