/**
 * Draws the gallery of docs/gallery anew, small, and its README with the lie factors measured on the way:  node bench/illustrate-gallery.ts
 * It fails when a picture lies or is larger than 60 kB.
 */
import { mkdir, writeFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { drawProcedurally } from "../infra/illustration/illustrator-procedural.ts"
import { indexedPng } from "../infra/illustration/indexed-png.ts"
import { rasterize } from "../infra/illustration/raster-resvg.ts"
import { defaultLook, type Look } from "../models/illustration/look.ts"
import { parsePrompt } from "../models/illustration/prompt.ts"

interface Shown {
  readonly name: string
  readonly prompt: string
  readonly look?: Partial<Look>
}

const gallery: readonly Shown[] = [
  { name: "three-products", prompt: "Обычный депозит 10 %, золото в ОМС 11 %, золото в слитках 12 %" },
  {
    name: "on-a-sum",
    prompt: "Обычный депозит 10 %, золото в ОМС 11 %, золото в слитках 12 %; 1 000 000 ₽ на 3 года",
    look: { season: "autumn" }
  },
  {
    name: "contract-and-forecast",
    prompt:
      "Вклад «Надёжный» 16 % годовых, по договору, застраховано АСВ; ПИФ «Мировой баланс» от 8 до 20 %, прогноз, не застраховано; 1,5 млн ₽ на 3 года"
  },
  {
    name: "single",
    prompt: "Deposit at 4.5% p.a., contract rate, insured, $20k for 2 years",
    look: { season: "winter" }
  },
  {
    name: "coins",
    prompt: "Вклад 14,5 %, ОФЗ 13 %, корпоративные облигации 16,25 %; 500 тыс. рублей на полтора года",
    look: { scene: "coins", palette: "ocean" }
  },
  {
    name: "skyline",
    prompt: "Savings account 4%, government bonds 5.5%, equity fund 9% (forecast), gold 3%",
    look: { scene: "skyline", palette: "sunset" }
  },
  {
    name: "loss",
    prompt: "deposit 4%, stocks -6% (forecast, not insured), cash 0%, index fund 7-10%, gold 3.5%, $20k for 18 months",
    look: { season: "spring" }
  },
  {
    name: "loss-in-coins",
    prompt: "вклад 9 %, акции от -12 до +18 % (прогноз), валюта минус четыре процента",
    look: { scene: "coins" }
  },
  {
    name: "five",
    prompt:
      "Вклад десять процентов, счёт восемь с половиной, ОФЗ одиннадцать, ПИФ тринадцать, золото девять процентов годовых",
    look: { palette: "lavender", season: "spring" }
  },
  {
    name: "long-names",
    prompt:
      "«Золото в обезличенных металлических счетах» 11 %, «Накопительный страховой полис с гарантией возврата взносов» 7,25 %, «Структурные облигации с частичной защитой капитала» 13,4 %",
    look: { season: "autumn" }
  },
  {
    name: "eight",
    prompt:
      "Savings 3%; CDs 4.2%; Treasuries 4.6%; Municipal bonds 3.4%; Corporate bonds 5.8%; Index fund 7.5%; Real estate 6%; Gold 2.5%. All forecasts, as of 2026-10-01, source: Central Bank"
  },
  {
    name: "twelve",
    prompt:
      "Вклад 14 %, Накопительный счёт 15 %, ОФЗ 13,5 %, Корпоративные облигации 16 %, ПИФ акций 18 %, ПИФ облигаций 12 %, Золото в обезличенных металлических счетах 9 %, Золото в слитках 8 %, Недвижимость 7 %, Серебро 5 %, Валютный вклад 2 %, Еврооблигации 6,5 %"
  },
  {
    name: "twelve-skyline",
    prompt: "A 1%, B 2%, C 3%, D 4%, E 5%, F 6%, G 7%, H 8%, I 9%, J 10%, K 11%, L 12%",
    look: { scene: "skyline", palette: "lavender" }
  },
  {
    name: "far-apart",
    prompt: "Current account 0.1%, deposit 5%, venture fund 45% (forecast, uninsured), €100,000 over 5 years",
    look: { palette: "ocean" }
  },
  {
    name: "dark",
    prompt: "ОМС — 11 %; слитки: 12 %; монеты «Георгий Победоносец» — 12,75 %, по данным Банка России на 01.10.2026",
    look: { palette: "graphite", season: "summer" }
  }
]
const bytesMax = 60_000

const folder = fileURLToPath(new URL("../docs/gallery/", import.meta.url))
await mkdir(folder, { recursive: true })
const rows: string[] = []
for (const { name, prompt, look } of gallery) {
  const answer = parsePrompt(prompt)
  if (!answer.ok) throw new Error(answer.error.message)
  const drawing = drawProcedurally(answer.brief, { ...defaultLook, ...look }, 1)
  const half = drawing.svg.replace('width="1920" height="1080"', 'width="960" height="540"')
  const { pixels, width, height } = rasterize(half)
  let png = indexedPng(pixels, width, height, 160)
  for (let colours = 128; png.length > bytesMax && colours >= 32; colours -= 32)
    png = indexedPng(pixels, width, height, colours)
  if (png.length > bytesMax)
    throw new Error(`Cannot keep ${name}.png: ${png.length} bytes are more than ${bytesMax}. Use fewer colours`)
  await writeFile(`${folder}${name}.png`, png)
  const heights = drawing.heightsPx.map((each, index) =>
    drawing.upperHeightsPx[index] === null ? each : `${each}…${drawing.upperHeightsPx[index]}`
  )
  rows.push(
    `| ![${name}](${name}.png) | ${prompt.replaceAll("|", "\\|")} | ${Object.values(look ?? {}).join(", ") || "as it comes"} | ${heights.join(", ")} | ${drawing.lieFactor.toFixed(3)} |`
  )
  process.stdout.write(`${name}: ${png.length} bytes, lie factor ${drawing.lieFactor}, ${drawing.elapsedMs} ms\n`)
}
const readme = `# Gallery

Fifteen prompts as \`mimika illustrate\` draws them, half size. Heights are pixels of the 1920×1080 picture, found in the raster; the lie factor is the worse of the
1920×1080 and the 1024×1024 raster. Drawn anew, and this page with it, by \`node bench/illustrate-gallery.ts\`.

| picture | prompt | look | heights, px | lie factor |
|---|---|---|---|---|
${rows.join("\n")}

## The customer's two pictures, measured

Their heights were found with \`node bench/illustrate-measure.ts PICTURE YIELDS COLUMNS FOOT SKY\`, which knows nothing of how a picture was made: an object is what differs from
the sky of its row. Columns and the row of the feet were read off the pictures by eye.

| picture | yields | drawn heights | drawn ÷ true | lie factor |
|---|---|---|---|---|
| example of a good illustration (columns 14-134,148-300,318-500, foot 445) | 10, 11, 12 % | 232, 320, 405 px | 0.69, 0.86, 1 | 1.46 |
| prototype by diffusion (columns 38-148,184-308,318-506,512-756,760-1022, foot 405, sky 0-20) | 10, 15, 20, 30, 40 % | 310, 364, 378, ≥ 405, ≥ 405 px, the last two cut off | 3.06, 2.40, 1.87, 1.33, 1 | ≥ 3.06 |
| ours, \`three-products\` by the same command (columns 230-520,750-1040,1270-1560, foot 593) | 10, 11, 12 % | 360, 396, 432 px | 1, 1, 1 | 1.00 |
`
await writeFile(`${folder}README.md`, readme)
