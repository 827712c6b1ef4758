/**
 * Loaded before a program, it makes its clock step: every fraction of a second by up to seconds, mostly backwards, within half a
 * minute of the true time so that tokens stay good. Timers run on. The seed is in MIMIKA_TEST_CLOCK.
 */
import process from "node:process"

const stepMsMax = 12_000
const offMsMax = 25_000
const everyMs = 300

let state = (Number(process.env.MIMIKA_TEST_CLOCK ?? "1") % 2_147_483_646) + 1
const below = (bound: number) => {
  state = (state * 48_271) % 2_147_483_647
  return state % bound
}
const trueNow = Date.now
let offMs = 0
let nextStep = 0
Date.now = () => {
  const at = performance.now()
  if (at >= nextStep) {
    nextStep = at + everyMs / 2 + below(everyMs)
    offMs += below(stepMsMax) - stepMsMax * 0.6
    if (Math.abs(offMs) > offMsMax) offMs = offMsMax - below(stepMsMax)
  }
  return Math.floor(trueNow() + offMs)
}
