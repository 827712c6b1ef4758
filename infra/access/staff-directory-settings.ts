/**
 * How the bank's own directory of staff is reached, as an operator says it: HTTPS alone, the client secret from a file or the environment
 * and never from an argument. Half a configuration is refused in words; nothing is asked of the directory here.
 */
import { X509Certificate } from "node:crypto"
import { readFileSync } from "node:fs"
import process from "node:process"

export interface StaffDirectorySettings {
  readonly issuer: URL
  readonly clientId: string
  /** Read at every use, because an agent may replace the file. Throws with why not. */
  readonly secret: () => string
  /** PEM of the authority to trust instead of the system's. */
  readonly authorityFile: string | null
  /** Values of `amr` (RFC 8176) that prove a second factor, such as `mfa`. */
  readonly amr: readonly string[]
  /** Values of `acr` that do; they are asked for too. With neither, ours always follows. */
  readonly acr: readonly string[]
}

/** As the command line and the environment give them; lists are separated by spaces, as in OpenID Connect. */
export interface StaffDirectoryOptions {
  readonly directoryIssuer?: string | undefined
  readonly directoryClient?: string | undefined
  readonly directorySecretFile?: string | undefined
  readonly directoryCa?: string | undefined
  readonly directoryAmr?: string | undefined
  readonly directoryAcr?: string | undefined
}

export const secretVariable = "MIMIKA_DIRECTORY_SECRET"

const wrong = (why: string) => new Error(`Cannot use the bank's directory for signing in: ${why}`)
const listOf = (text = "") => text.split(/\s+/).filter((word) => word !== "")

/** Null when no directory is named. Throws what is wrong with the one that is. The secret is taken out of the environment. */
export function staffDirectoryOf(
  options: StaffDirectoryOptions,
  environment: Record<string, string | undefined> = process.env
): StaffDirectorySettings | null {
  const { directoryIssuer, directoryClient, directorySecretFile, directoryCa } = options
  const written = environment[secretVariable]
  delete environment[secretVariable]
  if (directoryIssuer === undefined) {
    const others = [
      directoryClient,
      directorySecretFile,
      directoryCa,
      options.directoryAmr,
      options.directoryAcr,
      written
    ]
    if (others.every((one) => one === undefined)) return null
    throw wrong("its issuer is not given. Add --directory-issuer, or leave out the other directory settings")
  }
  const issuer = issuerOf(directoryIssuer)
  if (directoryClient === undefined || directoryClient === "") {
    throw wrong("our id there is not given. Add --directory-client")
  }
  if ((directorySecretFile === undefined) === (written === undefined)) {
    const count = written === undefined ? "is not given" : "is given twice"
    throw wrong(`the client secret ${count}. Name a file with --directory-secret-file, or set ${secretVariable}`)
  }
  if (directoryCa !== undefined) checkAuthority(directoryCa)
  const secret = () => (directorySecretFile === undefined ? filled(written) : filled(contentOf(directorySecretFile)))
  secret()
  return {
    issuer,
    clientId: directoryClient,
    secret,
    authorityFile: directoryCa ?? null,
    amr: listOf(options.directoryAmr),
    acr: listOf(options.directoryAcr)
  }
}

/** What of it the journal of operations keeps: no secret. */
export const recordedSettingsOf = (settings: StaffDirectorySettings | null): Readonly<Record<string, string>> =>
  settings === null
    ? { staffDirectory: "none" }
    : {
        staffDirectory: settings.issuer.href,
        staffDirectoryFactors: JSON.stringify({ amr: settings.amr, acr: settings.acr })
      }

/** The address is not repeated where it may hold a password. */
function issuerOf(text: string): URL {
  if (!URL.canParse(text)) throw wrong("its issuer is no address. Write it as https://login.bank.example/realms/staff")
  const issuer = new URL(text)
  if (issuer.username !== "" || issuer.password !== "") {
    throw wrong("its issuer holds a name or a password. Take it out; the client secret has a place of its own")
  }
  if (issuer.protocol !== "https:") throw wrong(`only https:// is spoken, and its issuer is "${text}". Correct it`)
  if (issuer.search !== "" || issuer.hash !== "" || issuer.pathname.includes("/.well-known/")) {
    throw wrong(`"${text}" is no issuer. Give what stands before /.well-known/openid-configuration`)
  }
  return issuer
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, "utf8")
  } catch (error) {
    throw wrong(`the file of the client secret cannot be read (${(error as Error).message}). Mend or correct its name`)
  }
}

function filled(text: string | undefined): string {
  const secret = text?.trim() ?? ""
  if (secret === "") throw wrong("the client secret is empty. Put the directory's secret for us there")
  return secret
}

function checkAuthority(file: string): void {
  try {
    new X509Certificate(readFileSync(file))
  } catch (error) {
    throw wrong(`"${file}" is no certificate (${(error as Error).message}). Give the authority's as PEM`)
  }
}
