/** The interactive page runs nothing but its own script, reaches no network, and calculates what the picture says. */
import { createHash } from "node:crypto"
import { runInNewContext } from "node:vm"
import { describe, expect, it } from "vitest"
import { interactivePage } from "../../models/illustration/interactive.ts"
import { interactiveScript, interactiveScriptSha256 } from "../../models/illustration/interactive-script.ts"
import { defaultLook } from "../../models/illustration/look.ts"
import { parsePrompt } from "../../models/illustration/prompt.ts"

const answer = parsePrompt("вклад 10 %, «</script><b>» 8–14 %, акции -3 %, 1 млн ₽ на 3 года")
if (!answer.ok) throw new Error(answer.error.message)
const page = interactivePage(answer.brief, defaultLook, 1, 1)

interface FakeElement {
  textContent: string
  valueAsNumber: number
  readonly attributes: Record<string, string>
  readonly listeners: Record<string, (event: object) => void>
  readonly children: FakeElement[]
  setAttribute(name: string, value: string): void
  getAttribute(name: string): string | undefined
  addEventListener(name: string, call: (event: object) => void): void
  focus(): void
}
/** As much of a browser as the script touches. */
const browse = () => {
  const elements = new Map<string, FakeElement>()
  const element = (): FakeElement => {
    const attributes: Record<string, string> = {}
    const listeners: Record<string, (event: object) => void> = {}
    return {
      textContent: "",
      valueAsNumber: 0,
      attributes,
      listeners,
      children: [],
      setAttribute(name, value) {
        attributes[name] = value
      },
      getAttribute: (name) => attributes[name],
      addEventListener(name, call) {
        listeners[name] = call
      },
      focus: () => {}
    }
  }
  const get = (id: string) => elements.get(id) ?? elements.set(id, element()).get(id)!
  get("data").textContent = page.match(/id="data">(.*?)<\/script>/s)?.[1] ?? ""
  get("years").valueAsNumber = 3
  get("amount").valueAsNumber = 1_000_000
  runInNewContext(interactiveScript, {
    document: { getElementById: get, querySelectorAll: () => [] },
    Intl,
    JSON,
    Math,
    Array,
    Number,
    String
  })
  return get
}
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ")

describe("the interactive page", () => {
  it("allows its own script by hash, and nothing from anywhere", () => {
    expect(createHash("sha256").update(interactiveScript).digest("base64")).toBe(interactiveScriptSha256)
    expect(page).toContain(`default-src 'none'; script-src 'sha256-${interactiveScriptSha256}'`)
    expect(page.match(/https?:|\bsrc="|@import|<link/g)).toBeNull()
    expect(page.match(/<script/g)).toHaveLength(2)
  })
  it("shows compound interest for the sliders, and the formula of what is tapped", () => {
    const get = browse()
    expect(plain(get("gain0").textContent)).toBe("+331 000 ₽")
    expect(plain(get("cell1").textContent)).toBe("259 712 ₽ … 481 544 ₽")
    get("tap0").listeners.click?.({})
    expect(plain(get("formula").textContent)).toContain("1 000 000 ₽ × (1 + 10 %)^3 − 1 000 000 ₽ = 331 000 ₽")
    get("years").valueAsNumber = 1
    get("years").listeners.input?.({})
    expect(plain(get("gain0").textContent)).toBe("+100 000 ₽")
    expect(get("tap0").attributes["aria-pressed"]).toBe("true")
  })
  it("grows every object by one money scale from zero", () => {
    const get = browse()
    const data = JSON.parse(get("data").textContent) as {
      pixelsPerUnit: number
      products: { from: number; drawn: number[] }[]
    }
    for (const years of [0.5, 1, 3, 5]) {
      get("years").valueAsNumber = years
      get("years").listeners.input?.({})
      for (const [index, { from, drawn }] of data.products.entries()) {
        const stretched = Number(get(`object${index}`).attributes.transform?.match(/scale\(1 (.*)\)/)?.[1])
        const height = data.pixelsPerUnit * 1_000_000 * ((1 + from / 100) ** years - 1)
        expect(
          drawn.some((tall) => Math.abs(stretched * tall - height) < 1e-6),
          `${index} ${years}`
        ).toBe(true)
      }
    }
  })
  it("says everything to a screen reader and the keyboard too", () => {
    const get = browse()
    expect(page.match(/role="button" tabindex="0"/g)).toHaveLength(3)
    expect(page).toContain('role="status" aria-live="polite"')
    expect(plain(get("tap0").attributes["aria-label"] ?? "")).toBe("вклад, 10 %, +331 000 ₽")
    let prevented = 0
    get("tap2").listeners.keydown?.({ key: "Enter", preventDefault: () => (prevented += 1) })
    expect(prevented).toBe(1)
    expect(get("formula").textContent).toContain("акции")
  })
})
