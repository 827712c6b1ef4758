/** The file in which the bank's calendar names conferences: what is taken of it, and what is said of the rest. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { entriesMax, exchangeFormat, parseConferenceFile } from "../../infra/exchange/conference-file.ts"

const good = {
  call: "1",
  manager: "ivanova",
  client: { id: "c-1", name: "Анна", contacts: ["a@bank.example"], crmId: "9" },
  title: "Вклад",
  startsAt: "2026-11-24T10:00:00+03:00"
}
const fileOf = (...conferences: readonly unknown[]) => JSON.stringify({ format: exchangeFormat, conferences })
const taken = (...conferences: readonly unknown[]) => {
  const file = parseConferenceFile(fileOf(...conferences))
  if (!file.ok) throw new Error(file.bad.why)
  return file
}

describe("parseConferenceFile()", () => {
  it("reads an entry, and one that says no more than it must", () => {
    const { call, manager, startsAt } = good
    const spare = { call: "2", manager, client: { id: "c-2" }, startsAt }
    expect(taken(good, spare)).toMatchObject({
      bad: [],
      entries: [
        { call, clientLabel: "Анна", crmIds: ["9"], startsAt: Date.parse("2026-11-24T07:00:00Z") },
        { client: "c-2", clientLabel: "", contacts: [], crmIds: [], title: "" }
      ]
    })
  })

  it.each([
    ["call", { ...good, call: 7 }],
    ["call", { ...good, call: "" }],
    ["manager", { ...good, manager: undefined }],
    ["client.id", { ...good, client: { name: "Анна" } }],
    ["client.contacts", { ...good, client: { id: "c", contacts: "a" } }],
    ["startsAt", { ...good, startsAt: "2026-11-24T10:00:00" }],
    ["startsAt", { ...good, startsAt: "2026-13-45T10:00:00Z" }],
    ["title", { ...good, title: "я".repeat(201) }],
    ["entry", null],
    ["entry", "1"]
  ])("names the field %s that is wrong, keeps the others, and repeats nothing of what stands there", (field, entry) => {
    const { entries, bad } = taken({ ...good, call: "before" }, entry, { ...good, call: "after" })
    expect(entries.map(({ call }) => call)).toEqual(["before", "after"])
    expect(bad).toMatchObject([{ entryIndex: 1, fault: "field", field }])
    expect(bad[0]!.why).not.toMatch(/Анна|a@bank|2026|яя/)
  })

  it("takes the first of two with one number", () => {
    expect(taken(good, { ...good, title: "second" })).toMatchObject({
      entries: [{ title: "Вклад" }],
      bad: [{ entryIndex: 1, fault: "repeatedCall", manager: "ivanova" }]
    })
  })

  it.each([
    ["notJson", "{"],
    ["wrongFormat", "{}"],
    ["wrongFormat", "null"],
    ["noList", JSON.stringify({ format: exchangeFormat, conferences: {} })],
    ["tooMany", fileOf(...Array.from({ length: entriesMax + 1 }, () => 0))]
  ])("takes nothing of a file that is %s", (fault, text) => {
    expect(parseConferenceFile(text)).toMatchObject({ ok: false, bad: { fault, entryIndex: null } })
  })

  it("accounts for every entry of any list, once", () => {
    const field = fc.oneof(fc.string(), fc.integer(), fc.constant(undefined), fc.constant(good.startsAt))
    const entry = fc.oneof(
      fc.record({ call: field, manager: field, client: fc.record({ id: field }), startsAt: field }),
      fc.jsonValue(),
      fc.nat(5).map((call) => ({ ...good, call: String(call) }))
    )
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 30 }), (list) => {
        const { entries, bad } = taken(...list)
        expect(entries.length + bad.length).toBe(list.length)
        expect(new Set(entries.map(({ call }) => call)).size).toBe(entries.length)
      })
    )
  })
})
