/**
 * The server's TLS certificate: self-signed, made at first start and kept in the data folder, for loopback names only.
 * An operator's own certificate is used by putting its two files in the same place. It trusts nobody and revokes nothing.
 */

import { webcrypto, X509Certificate } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"

export interface TlsCertificate {
  readonly certificateFile: string
  /** Mode 0600. */
  readonly keyFile: string
  readonly certificatePem: string
  /** SHA-256 of the certificate, hexadecimal pairs with colons: what a client pins. */
  readonly fingerprint: string
}

/** The longest life that browsers accept of a certificate they trust by hand, in days. */
const validDays = 825
/** A certificate with less life than this is replaced, in days: a server may run that long without a new start. */
const renewDays = 30
const dayMs = 86_400_000
const madeBy = "CN=Mimika self-signed"

/** The certificate in the folder; a new one where there is none, or where ours is about to run out. */
export async function tlsCertificate(folder: string): Promise<TlsCertificate> {
  const certificateFile = join(folder, "tls-certificate.pem")
  const keyFile = join(folder, "tls-key.pem")
  if (!existsSync(certificateFile) || !existsSync(keyFile) || runsOut(certificateFile)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const made = await makeSelfSigned()
    // The certificate comes last and by renaming: a start that was cut in between begins again.
    writeWhole(keyFile, made.keyPem, 0o600)
    writeWhole(certificateFile, made.certificatePem, 0o644)
  }
  const certificatePem = readFileSync(certificateFile, "utf8")
  return { certificateFile, keyFile, certificatePem, fingerprint: read(certificateFile).fingerprint256 }
}

/** Throws when clients that look for this name would refuse the certificate. */
export function requireNamed({ certificateFile }: TlsCertificate, name: string): void {
  const certificate = read(certificateFile)
  if (certificate.checkHost(name) !== undefined || certificate.checkIP(name) !== undefined) return
  const names = certificate.subjectAltName ?? "nobody"
  throw new Error(
    `Cannot serve as "${name}": the certificate "${certificateFile}" is for ${names}. Put one of the bank's authority for that name there, and its key beside it`
  )
}

function read(certificateFile: string): X509Certificate {
  try {
    return new X509Certificate(readFileSync(certificateFile))
  } catch (error) {
    throw new Error(
      `Cannot use the certificate "${certificateFile}": ${error instanceof Error ? error.message : error}. ` +
        "Replace it by a PEM certificate, or remove it and its key to get a new self-signed one",
      { cause: error }
    )
  }
}

/** Never for an operator's own certificate: replacing that is the operator's. */
function runsOut(certificateFile: string): boolean {
  const certificate = read(certificateFile)
  return certificate.subject === madeBy && Date.parse(certificate.validTo) - Date.now() < renewDays * dayMs
}

function writeWhole(file: string, text: string, mode: number): void {
  const whole = `${file}.new`
  writeFileSync(whole, text, { mode, flush: true })
  renameSync(whole, file)
}

async function makeSelfSigned(): Promise<{ certificatePem: string; keyPem: string }> {
  completeReflect()
  const x509 = await import("@peculiar/x509")
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: madeBy,
      keys: keys as CryptoKeyPair,
      signingAlgorithm: algorithm,
      // An hour back, for a client whose clock is behind.
      notBefore: new Date(Date.now() - 3_600_000),
      notAfter: new Date(Date.now() + validDays * dayMs),
      extensions: [
        // Deno (rustls) refuses a server certificate that calls itself an authority.
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([
          { type: "dns", value: "localhost" },
          { type: "ip", value: "127.0.0.1" },
          { type: "ip", value: "::1" }
        ])
      ]
    },
    webcrypto as unknown as Crypto
  )
  const key = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64")
  const keyPem = `-----BEGIN PRIVATE KEY-----\n${key.replace(/.{64}/g, "$&\n").trimEnd()}\n-----END PRIVATE KEY-----\n`
  return { certificatePem: `${certificate.toString("pem")}\n`, keyPem }
}

/**
 * The X.509 package's injector refuses to load without these two functions of a withdrawn proposal. It describes no
 * constructor by them, so remembering by class is all it takes.
 */
function completeReflect(): void {
  if ("getMetadata" in Reflect) return
  const known = new WeakMap<object, Map<unknown, unknown>>()
  const of = (target: object) => {
    const map = known.get(target) ?? new Map<unknown, unknown>()
    known.set(target, map)
    return map
  }
  const get = (name: unknown, target: object) => of(target).get(name)
  Object.assign(Reflect, {
    getMetadata: get,
    getOwnMetadata: get,
    defineMetadata: (name: unknown, value: unknown, target: object) => void of(target).set(name, value)
  })
}
