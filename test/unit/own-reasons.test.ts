/** Reasons as people read them: the product's own in the reader's language, everybody else's as they were written. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { periodIsOver, reasonText } from "../../projections/own-reasons.ts"

it("says the product's own reasons in Russian, and in English as the journal has them", () => {
  const byItself = "asked for by the client on the own page"
  expect(reasonText(byItself, "ru")).toBe("просьба клиента на его странице")
  expect(reasonText(periodIsOver(1096), "ru")).toBe("срок хранения истёк, дней: 1096")
  for (const reason of [byItself, periodIsOver(1096)]) expect(reasonText(reason, "en")).toBe(reason)
})

it("changes nothing that a person wrote", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.constantFrom("constructor", "toString", "обращение № 17")), (reason) => {
      expect(reasonText(reason, "ru")).toBe(reason)
    })
  )
})
