/** The server's own certificate: made once, kept, guarded, and never one an operator put there. */

import { X509Certificate } from "node:crypto"
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createSecureContext } from "node:tls"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { tlsCertificate } from "../../infra/gateway/tls.ts"

let folder: string
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "mimika-tls-")), "data")
})
afterEach(() => rmSync(join(folder, ".."), { recursive: true, force: true }))

describe("tlsCertificate()", () => {
  it("makes a certificate for the loopback names at first start, its key readable by the owner alone", async () => {
    const { certificateFile, keyFile, certificatePem, fingerprint } = await tlsCertificate(folder)
    const certificate = new X509Certificate(certificatePem)
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
    expect(fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
    expect(fingerprint).toBe(certificate.fingerprint256)
    expect(certificate.checkHost("localhost")).toBe("localhost")
    expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1")
    expect(certificate.checkIP("::1")).toBe("::1")
    expect(certificate.checkHost("example.org")).toBeUndefined()
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    createSecureContext({ cert: readFileSync(certificateFile), key: readFileSync(keyFile) })
  })

  it("keeps it over restarts, and makes another when one of its two files is gone", async () => {
    const first = await tlsCertificate(folder)
    expect(await tlsCertificate(folder)).toEqual(first)
    unlinkSync(first.keyFile)
    const second = await tlsCertificate(folder)
    expect(second.fingerprint).not.toBe(first.fingerprint)
    expect(existsSync(`${first.keyFile}.new`)).toBe(false)
  })

  it("refuses a damaged certificate and says what to do, and does not write over it", async () => {
    const { certificateFile } = await tlsCertificate(folder)
    writeFileSync(certificateFile, "-----BEGIN CERTIFICATE-----\nAAAA\n")
    await expect(tlsCertificate(folder)).rejects.toThrow(/^Cannot use the certificate ".*": .+\. Replace it by a PEM/s)
    expect(readFileSync(certificateFile, "utf8")).toContain("AAAA")
  })
})
