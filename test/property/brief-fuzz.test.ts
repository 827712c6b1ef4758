/** Whatever a manager types, the brief's parser answers. */
import { expect, it } from "vitest"
import { surviveBriefFuzz } from "../server/brief-fuzz.ts"

it("parsePrompt() on anything answers products within the bounds, or says in words what to do", () => {
  expect(() => surviveBriefFuzz(7, 2_000)).not.toThrow()
})
