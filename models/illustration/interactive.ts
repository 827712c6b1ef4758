/**
 * The interactive page: one self-contained file without network access. Sliders for years and amount grow the objects by compound interest on one money scale
 * from zero; a tap or Enter shows the formula; a table says the same to a screen reader.
 */
import type { Brief, Product } from "./brief.ts"
import { drawCoins } from "./coins.ts"
import web from "./fonts/web.json" with { type: "json" }
import { baseOf, grown, unitFor } from "./gain.ts"
import { interactiveScript, interactiveScriptSha256 } from "./interactive-script.ts"
import type { Language } from "./language.ts"
import { wrap } from "./lettering.ts"
import type { Look } from "./look.ts"
import { paletteOf, rampsOf, witheredRamp } from "./palette.ts"
import { seedOf } from "./random.ts"
import { drawBuilding } from "./skyline.ts"
import { drawTree, type ObjectShape } from "./tree.ts"
import {
  currencySign,
  descriptionOf,
  insuredWords,
  printYield,
  rateWords,
  riskOf,
  sourcesOf,
  subtitleOf
} from "./wording.ts"

const width = 1200
const height = 560
/** Shares of the tallest that an object may become at which it is drawn; the nearest is stretched to the exact height. */
const drawnShares = [0.2, 0.45, 1] as const
const plotTop = 40
const nameSize = 15

const texts: Record<
  Language,
  Record<"years" | "amount" | "tap" | "upper" | "product" | "yield" | "gain" | "kind" | "lie" | "how" | "title", string>
> = {
  ru: {
    title: "Как растут вложения",
    years: "Срок",
    amount: "Сумма",
    tap: "Нажмите на объект, чтобы увидеть расчёт. Клавиатура: Tab, стрелки, Enter.",
    upper: "верхняя граница",
    product: "Продукт",
    yield: "Доходность, % годовых",
    gain: "Доход",
    kind: "Что это за ставка",
    lie: "Коэффициент искажения картинки, измеренный по пикселям",
    how: "Высота здесь — доход в деньгах от нуля, в одном масштабе для всех; проценты начисляются на проценты раз в год, налоги не учтены."
  },
  en: {
    title: "How the money grows",
    years: "Term",
    amount: "Amount",
    tap: "Tap an object to see the formula. Keyboard: Tab, arrows, Enter.",
    upper: "upper end",
    product: "Product",
    yield: "Yield, % p.a.",
    gain: "Gain",
    kind: "What kind of rate",
    lie: "Lie factor of the picture, measured on its pixels",
    how: "Height here is the gain in money from zero, on one scale for all; compounded once a year, before tax."
  }
}

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

const style = `
@font-face{font-family:Manrope;font-weight:600;src:url(data:font/woff2;base64,${web.semiBold}) format("woff2")}
@font-face{font-family:Manrope;font-weight:800;src:url(data:font/woff2;base64,${web.extraBold}) format("woff2")}
*{box-sizing:border-box}body{margin:0;font:600 18px/1.45 Manrope,system-ui,sans-serif;background:var(--panel);color:#fff}
header{padding:20px 28px 14px;background:var(--sky);color:var(--ink)}h1{margin:0;font-weight:800;font-size:34px;line-height:1.15}header p{margin:4px 0 0}
svg{display:block;width:100%;height:auto;max-height:62vh;background:var(--sky)}svg text{font:600 15px Manrope,system-ui,sans-serif}
[role=button]{cursor:pointer}[role=button]:focus{outline:none}[role=button]:focus-visible .ring,[aria-pressed=true] .ring{stroke:#ffd45e;stroke-width:4}
main{max-width:1200px;margin:0 auto;padding:18px 28px 40px}.sliders{display:grid;grid-template-columns:1fr 1fr;gap:28px}label{display:flex;justify-content:space-between}
input[type=range]{width:100%;height:32px;accent-color:#ffd45e}output{font-weight:800;font-size:22px}#formula{min-height:56px;margin:14px 0;padding:14px 18px;border-radius:12px;background:#ffffff1a;font-size:20px}
.risk{font-weight:800;font-size:30px;line-height:1.2;margin:20px 0}table{width:100%;border-collapse:collapse}th,td{text-align:left;padding:8px 10px;border-bottom:1px solid #ffffff33}@media(max-width:600px){th,td{padding:6px 4px;font-size:13px}td:nth-child(2){font-size:20px}td:nth-child(3){white-space:nowrap}.risk{font-size:24px}}
.yield{font-weight:800;font-size:30px;color:#ffd45e;white-space:nowrap}.small{font-size:15px;opacity:.85}@media(max-width:640px){.sliders{grid-template-columns:1fr}}`

interface Frame {
  readonly baseline: number
  readonly objectWidth: number
  readonly centers: readonly number[]
  readonly yearsMax: number
  readonly amountMax: number
  readonly pixelsPerUnit: number
  /** Heights in pixels at which each product's object is drawn. */
  readonly drawn: readonly (readonly number[])[]
}

/** A quarter more than the sum is what the amount slider reaches. */
const amountShare = 1.25

const frameOf = (brief: Brief): Frame => {
  const { sum, months } = baseOf(brief)
  const count = brief.products.length
  const yearsMax = Math.max(5, Math.ceil((months / 12) * 1.5))
  const amountMax = sum * amountShare
  const ends = brief.products.flatMap((product) => [
    product.yieldPercent,
    product.yieldPercentTo ?? product.yieldPercent
  ])
  const gains = ends.map((percent) => grown(amountMax, percent, yearsMax * 12))
  const above = Math.max(0, ...gains)
  const below = Math.max(0, ...gains.map((gain) => -gain))
  const room = height - plotTop - 110
  const pixelsPerUnit = above + below === 0 ? 0 : room / (above + below)
  const slot = (width - 150) / count
  return {
    baseline: Math.round(plotTop + above * pixelsPerUnit) || plotTop + room,
    objectWidth: Math.round(Math.min(slot * 0.74, 190)),
    centers: brief.products.map((_, index) => Math.round(120 + (index + 0.5) * slot)),
    yearsMax,
    amountMax,
    pixelsPerUnit,
    drawn: brief.products.map((product) => {
      const tallest = Math.abs(grown(amountMax, product.yieldPercent, yearsMax * 12)) * pixelsPerUnit
      return drawnShares.map((share) => Math.max(8, Math.round(tallest * share)))
    })
  }
}

const kindOf = (product: Product, language: Language) =>
  `${rateWords[language][product.rate]}, ${insuredWords[language][product.insured]}`

const drawObjects = (brief: Brief, look: Look, seed: number, frame: Frame, ink: string): string => {
  const draw = { trees: drawTree, coins: drawCoins, skyline: drawBuilding }[look.scene]
  const ramps = rampsOf(look)
  const slotWidth = (width - 150) / brief.products.length
  return brief.products
    .map((product, index) => {
      const shape: Omit<ObjectShape, "height"> = {
        width: frame.objectWidth,
        ramp: product.yieldPercent < 0 ? witheredRamp : ramps[index % ramps.length]!,
        seed: seedOf(seed, index),
        season: look.season,
        detail: 0,
        siblings: Math.max(3, brief.products.length)
      }
      const drawn = frame.drawn[index]!.map((tall) => `<g>${draw({ ...shape, height: tall })}</g>`).join("")
      const center = frame.centers[index]!
      const left = center - frame.objectWidth / 2
      const hatch =
        product.yieldPercentTo === null
          ? ""
          : `<rect id="hatch${index}" x="${left}" y="${frame.baseline}" width="${frame.objectWidth}" height="0" fill="url(#hatching)" stroke="${ink}" stroke-dasharray="7 5"/>`
      const ring = `<rect class="ring" x="${left - 10}" y="${plotTop - 24}" width="${frame.objectWidth + 20}" height="${height - plotTop - 2}" rx="14" fill="#fff" fill-opacity="0" stroke="none"/>`
      const names = wrap(product.name, "semiBold", nameSize, slotWidth - 8).slice(0, 2)
      const name = names
        .map(
          (line, at) =>
            `<text x="${center}" y="${height - 58 + (at + 1 - names.length) * 17}" text-anchor="middle" fill="${ink}">${escaped(line)}</text>`
        )
        .join("")
      const label = `<text id="gain${index}" x="${center}" y="${height - 16}" text-anchor="middle" fill="${ink}"></text>`
      const percent = `<text x="${center}" y="${height - 36}" text-anchor="middle" fill="${ink}" font-weight="800">${escaped(printYield(product, brief.language))}</text>`
      return `<g id="tap${index}" role="button" tabindex="0" aria-pressed="false">${ring}${hatch}<g id="object${index}">${drawn}</g>${name}${percent}${label}</g>`
    })
    .join("")
}

const drawScale = (frame: Frame, ink: string): string => {
  const room = frame.baseline - plotTop
  if (frame.pixelsPerUnit === 0) return ""
  const step = unitFor([room / frame.pixelsPerUnit], 5)
  let drawn = ""
  for (let money = 0; money * frame.pixelsPerUnit <= room; money += step) {
    const y = Math.round(frame.baseline - money * frame.pixelsPerUnit)
    drawn += `<line x1="0" x2="${width}" y1="${y}" y2="${y}" stroke="${ink}" stroke-opacity="0.2"/><text data-money="${Number(money.toPrecision(6))}" x="108" y="${y - 5}" text-anchor="end" fill="${ink}"></text>`
  }
  return drawn
}

export const interactivePage = (brief: Brief, look: Look, seed: number, lieFactor: number): string => {
  const { language } = brief
  const words = texts[language]
  const palette = paletteOf(look)
  const frame = frameOf(brief)
  const { sum, months } = baseOf(brief)
  const sign = brief.currency === null ? "" : currencySign(brief.currency)
  const data = {
    language,
    sign,
    signFirst: language === "en" && sign.length === 1 && brief.currency !== "RUB",
    words: { tap: words.tap, upper: words.upper },
    baseline: frame.baseline,
    pixelsPerUnit: frame.pixelsPerUnit,
    products: brief.products.map((product, index) => ({
      name: product.name,
      from: product.yieldPercent,
      to: product.yieldPercentTo,
      yield: printYield(product, language),
      center: frame.centers[index]!,
      drawn: frame.drawn[index]!
    }))
  }
  const policy = `default-src 'none'; script-src 'sha256-${interactiveScriptSha256}'; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'`
  const years = Math.max(0.5, Math.round((months / 12) * 2) / 2)
  const step = sum / 20
  const rows = brief.products
    .map(
      (product, index) =>
        `<tr><th scope="row">${escaped(product.name)}</th><td class="yield">${escaped(printYield(product, language))}</td><td id="cell${index}"></td><td>${escaped(kindOf(product, language))}</td></tr>`
    )
    .join("")
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(words.title)}</title>
<style>:root{--sky:${palette.skyBottom};--ink:${look.palette === "graphite" ? palette.ink : "#12303f"};--panel:${palette.panelDeep}}${style}</style>
</head>
<body>
<header><h1>${escaped(words.title)}</h1><p>${escaped(words.how)}</p></header>
<svg viewBox="0 0 ${width} ${height}" role="group" aria-label="${escaped(descriptionOf(brief, look.scene))}">
<defs><linearGradient id="air" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${palette.skyTop}"/><stop offset="1" stop-color="${palette.skyBottom}"/></linearGradient>
<pattern id="hatching" width="12" height="12" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="4" height="12" fill="${palette.ink}" fill-opacity="0.35"/></pattern></defs>
<rect width="${width}" height="${height}" fill="url(#air)"/>
<rect y="${frame.baseline}" width="${width}" height="${height - frame.baseline}" fill="${palette.grassTop}"/>
${drawScale(frame, palette.ink)}
${drawObjects(brief, look, seed, frame, palette.ink)}
</svg>
<main>
<div class="sliders">
<div><label for="years"><span>${words.years}</span><output id="yearsShown" for="years"></output></label><input id="years" type="range" min="0.5" max="${frame.yearsMax}" step="0.5" value="${years}"></div>
<div><label for="amount"><span>${words.amount}</span><output id="amountShown" for="amount"></output></label><input id="amount" type="range" min="${step}" max="${frame.amountMax}" step="${step}" value="${sum}"></div>
</div>
<p id="formula" role="status" aria-live="polite"></p>
<p class="risk">${escaped(riskOf(brief))}</p>
<table><thead><tr><th scope="col">${words.product}</th><th scope="col">${words.yield}</th><th scope="col">${words.gain}</th><th scope="col">${words.kind}</th></tr></thead><tbody>${rows}</tbody></table>
<p class="small">${escaped(sourcesOf(brief))}. ${words.lie}: ${lieFactor.toFixed(2)}. ${escaped(subtitleOf(language))}.</p>
</main>
<script type="application/json" id="data">${JSON.stringify(data).replaceAll("<", "\\u003c")}</script>
<script>${interactiveScript}</script>
</body>
</html>
`
}
