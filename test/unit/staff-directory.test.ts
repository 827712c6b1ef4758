/** The bank's directory before anybody comes: settings that are refused, a directory that cannot be used, and what the doctor says of each. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest"
import { openStaffDirectory } from "../../infra/access/staff-directory.ts"
import {
  type StaffDirectoryOptions,
  secretVariable,
  staffDirectoryOf
} from "../../infra/access/staff-directory-settings.ts"
import { staffDirectoryFindings } from "../../infra/doctor/staff-directory.ts"
import { OpenIdProvider } from "../server/openid-provider.ts"

const folder = mkdtempSync(join(tmpdir(), "mimika-settings-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const fileWith = (name: string, text: string, mode = 0o600) => {
  const file = join(folder, name)
  writeFileSync(file, text)
  chmodSync(file, mode)
  return file
}
const secretFile = fileWith("secret", "s3cret-of-ours\n")
const whole = {
  directoryIssuer: "https://login.bank.example/realms/staff",
  directoryClient: "mimika",
  directorySecretFile: secretFile
}
const saidOf = (options: StaffDirectoryOptions, environment = {}) => {
  try {
    return staffDirectoryOf(options, environment)
  } catch (error) {
    return (error as Error).message
  }
}

describe("the settings of the bank's directory", () => {
  it("are none where nothing is said, and whole where all is", () => {
    expect(staffDirectoryOf({}, {})).toBeNull()
    const found = staffDirectoryOf({ ...whole, directoryAmr: " mfa  otp ", directoryAcr: "urn:two" }, {})
    expect(found).toMatchObject({ clientId: "mimika", authorityFile: null, amr: ["mfa", "otp"], acr: ["urn:two"] })
    expect(found?.secret()).toBe("s3cret-of-ours")
    writeFileSync(secretFile, "replaced")
    expect(found?.secret()).toBe("replaced")
    const { directorySecretFile: _, ...rest } = whole
    const environment = { [secretVariable]: "from outside" }
    expect(staffDirectoryOf(rest, environment)?.secret()).toBe("from outside")
    expect(environment).toEqual({})
  })

  it.each<[string, StaffDirectoryOptions, object, string]>([
    ["no issuer", { directoryClient: "mimika" }, {}, "its issuer is not given"],
    ["a secret alone", {}, { [secretVariable]: "x" }, "its issuer is not given"],
    ["no address", { ...whole, directoryIssuer: "login" }, {}, "its issuer is no address"],
    ["plain HTTP", { ...whole, directoryIssuer: "http://login.bank.example" }, {}, "only https:// is spoken"],
    ["plain HTTP near by", { ...whole, directoryIssuer: "http://127.0.0.1:8080" }, {}, "only https:// is spoken"],
    ["a password in it", { ...whole, directoryIssuer: "https://a:hush@b.example" }, {}, "holds a name or a password"],
    ["a query", { ...whole, directoryIssuer: "https://b.example/?x=1" }, {}, "is no issuer"],
    [
      "the metadata's own address, which would let any issuer answer",
      { ...whole, directoryIssuer: "https://b.example/.well-known/openid-configuration" },
      {},
      "is no issuer"
    ],
    ["no client", { ...whole, directoryClient: "" }, {}, "our id there is not given"],
    ["no secret", { ...whole, directorySecretFile: undefined }, {}, "the client secret is not given"],
    ["two secrets", whole, { [secretVariable]: "x" }, "the client secret is given twice"],
    [
      "a secret's file that is not there",
      { ...whole, directorySecretFile: join(folder, "none") },
      {},
      "cannot be read"
    ],
    ["an empty secret", { ...whole, directorySecretFile: fileWith("empty", " \n") }, {}, "the client secret is empty"],
    ["an authority that is none", { ...whole, directoryCa: secretFile }, {}, "is no certificate"]
  ])("are refused with %s, and say no secret", (_, options, environment, why) => {
    const said = saidOf(options, environment)
    expect(said).toContain("Cannot use the bank's directory for signing in: ")
    expect(said).toContain(why)
    expect(said).not.toContain("hush")
  })
})

describe("a directory", () => {
  let provider: OpenIdProvider
  beforeEach(async () => {
    provider = await OpenIdProvider.start()
  })
  afterEach(() => provider.stop())

  const options = (): StaffDirectoryOptions => ({
    directoryIssuer: provider.issuer,
    directoryClient: "mimika",
    directorySecretFile: secretFile,
    directoryCa: provider.certificateFile
  })
  const doctorSays = (staffDirectory: StaffDirectoryOptions) =>
    staffDirectoryFindings({ data: folder, postgres: undefined, staffDirectory, now: Date.now() })
  const kindOf = (more: Parameters<OpenIdProvider["settings"]>[0] = {}) =>
    openStaffDirectory(provider.settings(more))
      .begin("https://localhost/sign-in/directory", Date.now())
      .then(
        () => "began",
        ({ kind }) => kind
      )

  it("is asked with the authority given, and the doctor finds nothing wrong with it", async () => {
    expect(await kindOf()).toBe("began")
    const findings = await doctorSays({ ...options(), directoryAmr: "mfa" })
    expect(findings.map(({ level }) => level)).toEqual(["good"])
    expect(findings[0]?.en).toContain("amr mfa")
    expect((await doctorSays(options()))[0]?.en).toContain("always ours")
    expect(await doctorSays({})).toEqual([])
  })

  it("is believed to the letter: whichever one of its token's characters is changed, nobody comes of it", async () => {
    provider.person = { sub: "anna-4711", amr: ["mfa"] }
    const directory = openStaffDirectory(provider.settings({ amr: ["mfa"] }))
    const come = async () => {
      const way = await directory.begin("https://localhost/sign-in/directory", Date.now())
      return directory.finish(way, await provider.visit(way.url), Date.now())
    }
    await expect(come()).resolves.toEqual({ subject: "anna-4711", secondFactor: true })
    const letters = fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=")
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        letters,
        async (place, letter) => {
          let isSame = false
          provider.tamper = (written) => {
            // The last one holds some bits that mean nothing.
            const at = Math.floor(place * (written.length - 1))
            isSame = written[at] === letter
            return `${written.slice(0, at)}${letter}${written.slice(at + 1)}`
          }
          const kind = await come().then(
            () => "came",
            ({ kind: said }) => said
          )
          expect(kind === "came").toBe(isSame)
        }
      ),
      { numRuns: 60 }
    )
  })

  it.each([
    ["header", undefined, 0],
    ["body", ["client_secret_basic", "client_secret_post"], 1]
  ])("is shown our secret in the %s, as it says that it takes it", async (_, methods, place) => {
    provider.alter = (metadata) => ({ ...metadata, token_endpoint_auth_methods_supported: methods })
    const directory = openStaffDirectory(provider.settings({ secret: () => "hush-hush" }))
    const way = await directory.begin("https://localhost/sign-in/directory", Date.now())
    const finished = directory.finish(way, await provider.visit(way.url), Date.now())
    await expect(finished).rejects.toMatchObject({ kind: "client", message: expect.not.stringContaining("hush") })
    const [authorization = "", , body = ""] = provider.asked
    expect([authorization !== "", body.includes("hush-hush")]).toEqual([place === 0, place === 1])
  })

  it("that is not trusted, or is away, is unreachable, and the doctor says why", async () => {
    expect(await kindOf({ authorityFile: null })).toBe("unreachable")
    const untrusted = await doctorSays({ ...options(), directoryCa: undefined })
    expect(untrusted[0]).toMatchObject({ level: "warning", en: expect.stringContaining("--directory-ca") })
    await provider.stop()
    const away = await OpenIdProvider.start()
    const settings = away.settings()
    const gone = { ...options(), directoryIssuer: away.issuer, directoryCa: keptAuthority(away.certificateFile) }
    await away.stop()
    await expect(
      openStaffDirectory({ ...settings, authorityFile: gone.directoryCa }).metadata(0)
    ).rejects.toMatchObject({ kind: "unreachable" })
    expect((await doctorSays(gone))[0]).toMatchObject({ level: "warning", ru: expect.stringContaining("не отвечает") })
  })

  it("that calls itself another, or sends browsers where nothing is encrypted, is not used", async () => {
    provider.alter = (metadata) => ({ ...metadata, issuer: "https://elsewhere.example" })
    expect(await kindOf()).toBe("metadata")
    expect((await doctorSays(options()))[0]).toMatchObject({ level: "bad" })
    provider.alter = (metadata) => ({ ...metadata, authorization_endpoint: "http://localhost/authorize" })
    expect(await kindOf()).toBe("metadata")
  })

  it("that knows no PKCE is called unsafe, as is a secret that others read and half a configuration", async () => {
    provider.alter = (metadata) => ({ ...metadata, code_challenge_methods_supported: ["plain"] })
    expect((await doctorSays(options()))[0]).toMatchObject({ level: "bad", en: expect.stringContaining("PKCE") })
    const open = fileWith("open-secret", "x", 0o644)
    expect((await doctorSays({ ...options(), directorySecretFile: open }))[0]).toMatchObject({
      level: "bad",
      en: expect.stringContaining("chmod")
    })
    expect((await doctorSays({ directoryClient: "mimika" }))[0]).toMatchObject({ level: "bad" })
  })
})

/** A certificate that stays when its server's folder goes. */
const keptAuthority = (file: string) => fileWith("authority.pem", readFileSync(file, "utf8"))
