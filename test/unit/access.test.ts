/** The rules of signing in, one by one: passwords, codes, sessions, and slowing down without locking out. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Exit } from "effect"
import fc from "fast-check"
import { afterAll, describe, expect, it } from "vitest"
import type { Person } from "../../actors/access.ts"
import { type DeskPorts, makeAccountDesk } from "../../infra/access/account-desk.ts"
import { countAttempts } from "../../infra/access/attempts.ts"
import { checkPassword, hashPassword, passwordFault } from "../../infra/access/passwords.ts"
import { absoluteMsMax, deviceMsMax, idleMsMax, openSessions } from "../../infra/access/sessions.ts"
import { newRecoveryCodes, newTotpSecret, recoveryHashOf, totpCodeAt, totpStepOf } from "../../infra/access/totp.ts"

const folder = mkdtempSync(join(tmpdir(), "mimika-access-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("a password", () => {
  it("opens with itself alone, whatever form its letters are in, and never twice to the same hash", async () => {
    const hash = await hashPassword("ёлка у дома стояла")
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(await checkPassword("ёлка у дома стояла".normalize("NFD"), hash)).toBe(true)
    expect(await checkPassword("ёлка у дома стояло", hash)).toBe(false)
    expect(await checkPassword("ёлка у дома стояла", null)).toBe(false)
    expect(await checkPassword("", "nonsense")).toBe(false)
    expect(await hashPassword("ёлка у дома стояла")).not.toBe(hash)
  })

  it.each([
    ["короткий", "short"],
    ["x".repeat(200), "long"],
    ["moya-smirnova-fraza", "ownName"],
    ["абабабабабабаб", "simple"],
    ["qwertyuiop12345", "simple"],
    ["верный конь скачет", null]
  ])("%s is %s", (password, fault) => {
    expect(passwordFault(password, "smirnova@bank.example")).toBe(fault)
  })
})

describe("a code of an authenticator app", () => {
  it("holds for its own half minute and one to either side, and for no other", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_700_000_000_000, max: 2_000_000_000_000 }),
        fc.integer({ min: -5, max: 5 }),
        (at, steps) => {
          const secret = newTotpSecret()
          const step = totpStepOf(secret, totpCodeAt(secret, at + steps * 30_000), at)
          if (Math.abs(steps) <= 1) expect(step).toBe(Math.floor(at / 30_000) + steps)
          // One in a million codes is another step's too.
          else if (step !== null) expect(Math.abs(step - Math.floor(at / 30_000))).toBeLessThanOrEqual(1)
        }
      )
    )
  })

  it("is six digits and nothing else", () => {
    for (const nonsense of ["", "12345", "1234567", "abcdef", "12345６", "-12345"]) {
      expect(totpStepOf(newTotpSecret(), nonsense, 1_800_000_000_000)).toBeNull()
    }
  })
})

it("gives ten recovery codes, all different, which open however they are typed", () => {
  const codes = newRecoveryCodes()
  expect(new Set(codes).size).toBe(10)
  for (const code of codes) {
    expect(code).toMatch(/^[2-9a-z]{5}-[2-9a-z]{5}$/)
    expect(recoveryHashOf(` ${code.toUpperCase().replace("-", " ")}`)).toEqual(recoveryHashOf(code))
  }
})

describe("a session", () => {
  const sessions = openSessions(folder)
  afterAll(() => sessions.close())
  const given = { account: "a", factor: "totp", device: "Firefox", address: "10.0.0.1" } as const

  it("ends when nobody was there for the idle limit, and after a working day in any case", () => {
    const idle = sessions.start(given, 0)
    expect(sessions.use(idle, idleMsMax - 1)?.account).toBe("a")
    expect(sessions.use(idle, 2 * idleMsMax)).toBeNull()
    const busy = sessions.start(given, 0)
    let last = 0
    for (let at = 0; at < absoluteMsMax; at += idleMsMax / 2) last = sessions.use(busy, at) === null ? last : at
    expect(last).toBeGreaterThan(absoluteMsMax - idleMsMax)
    expect(sessions.use(busy, absoluteMsMax)).toBeNull()
  })

  it("ends with the token that a browser had before, whoever's that is", () => {
    const token = sessions.start({ ...given, account: "b" }, 10)
    sessions.endToken(token)
    expect(sessions.use(token, 20)).toBeNull()
    sessions.endToken("no token of ours")
  })

  it("ends at once when it is revoked, and leaves the person's others", () => {
    const [one, other] = [sessions.start(given, 10), sessions.start(given, 10)]
    const { id } = sessions.use(one, 20)!
    expect(sessions.end("somebody else", id)).toBe(false)
    expect(sessions.end("a", id)).toBe(true)
    expect(sessions.use(one, 30)).toBeNull()
    expect(sessions.use(other, 30)?.account).toBe("a")
    expect(sessions.use("no token of ours", 30)).toBeNull()
  })
})

it("knows a device for the account that signed in from it, for a year, the last twenty of each, after a restart too", () => {
  const home = mkdtempSync(join(folder, "devices-"))
  const before = openSessions(home)
  for (let index = 0; index < 25; index++) before.know("a", `device ${index}`, index)
  before.know("b", "device 0", 30)
  before.know("a", "device 5", 30)
  before.close()
  const sessions = openSessions(home)
  const known = Array.from({ length: 25 }, (_, index) => index).filter((index) =>
    sessions.knows("a", `device ${index}`, 40)
  )
  expect(known).toEqual(Array.from({ length: 20 }, (_, index) => index + 5))
  expect(sessions.knows("b", "device 0", 40)).toBe(true)
  expect(sessions.knows("b", "device 5", 40)).toBe(false)
  expect(sessions.knows("b", "device 0", 30 + deviceMsMax)).toBe(false)
  sessions.close()
})

it("lets somebody without a password change how they sign in only just after they did", async () => {
  const sessions = openSessions(mkdtempSync(join(folder, "own-")))
  const ports = { accounts: { passwordHashOf: () => null }, sessions, enrolment: {} }
  const desk = makeAccountDesk(ports as unknown as DeskPorts)
  const now = Date.now()
  const asked = (startedAt: number) => {
    const token = sessions.start({ account: "a", factor: "directory", device: "", address: "" }, startedAt)
    const session = sessions.use(token, now)!.id
    return Effect.runPromise(Effect.exit(desk.own.requirePassword({ account: "a", session } as Person, "")))
  }
  expect(Exit.isSuccess(await asked(now - 5 * 60_000))).toBe(true)
  expect(Exit.isSuccess(await asked(now - 11 * 60_000))).toBe(false)
  sessions.close()
})

describe("wrong attempts", () => {
  it("slow the guesser down more and more, and are forgotten in time", () => {
    const attempts = countAttempts()
    let now = 0
    const waits: number[] = []
    for (let index = 0; index < 16; index++) {
      attempts.failed("anna", "1.1.1.1", null, now)
      const wait = attempts.waitMs("anna", "1.1.1.1", null, now)
      waits.push(wait)
      now += wait
    }
    expect(waits.slice(0, 4)).toEqual([0, 0, 0, 0])
    for (let index = 5; index < waits.length; index++) expect(waits[index]).toBeGreaterThanOrEqual(waits[index - 1]!)
    expect(Math.max(...waits)).toBe(5 * 60_000)
    expect(attempts.waitMs("anna", "1.1.1.1", null, now + 31 * 60_000)).toBe(0)
  })

  it("by strangers never keep the owner's own device waiting, from however many addresses they come", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 255 }), { minLength: 30, maxLength: 200 }), (addresses) => {
        const attempts = countAttempts()
        for (const [at, address] of addresses.entries()) attempts.failed("anna", `10.0.0.${address}`, null, at)
        expect(attempts.waitMs("anna", "10.0.0.1", "her-laptop", addresses.length)).toBe(0)
        expect(attempts.waitMs("anna", "172.16.0.1", null, addresses.length)).toBeGreaterThan(0)
      })
    )
  })

  it("that name no login slow their own address down, and nobody elsewhere", () => {
    const attempts = countAttempts()
    for (let at = 0; at < 1_000; at++) attempts.failed(null, `10.0.${at % 20}.1`, null, at)
    expect(attempts.waitMs(null, "10.0.0.1", null, 1_000)).toBeGreaterThan(0)
    expect(attempts.waitMs(null, "172.16.0.1", null, 1_000)).toBe(0)
    expect(attempts.waitMs("anna", "172.16.0.1", null, 1_000)).toBe(0)
  })
})
