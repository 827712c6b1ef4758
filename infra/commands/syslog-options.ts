/** Who is told security events by syslog, from the words of `serve`. */
import { X509Certificate } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { tlsCertificate } from "../gateway/tls.ts"
import type { SyslogPlace } from "../security/syslog.ts"
import { placeOf } from "./place.ts"

export interface SyslogOptions {
  readonly data: string
  /** `HOST:PORT` or `udp://HOST:PORT`, or `tls://HOST:PORT`. */
  readonly syslog?: string
  readonly syslogCa?: string
}

/** Over TLS the listener is shown the certificate that clients are shown. */
export async function syslogOf({ data, syslog, syslogCa }: SyslogOptions): Promise<SyslogPlace | undefined> {
  if (syslog === undefined) {
    if (syslogCa === undefined) return undefined
    throw new Error("Cannot use --syslog-ca: no listener is named. Name it with --syslog tls://HOST:PORT")
  }
  const refused = (why: string) => new Error(`Cannot tell security events to "${syslog}": ${why}`)
  const [, scheme = "udp", rest = ""] = /^(?:([a-z]+):\/\/)?(.*)$/.exec(syslog) ?? []
  const place = placeOf(rest)
  if (place === null || (scheme !== "udp" && scheme !== "tls")) {
    throw refused("it is no host and port. Write it as 10.0.0.5:514, or tls://siem.bank.example:6514")
  }
  if (scheme === "udp") {
    if (syslogCa === undefined) return place
    throw refused("--syslog-ca is for TLS. Write tls:// before it, or leave --syslog-ca away")
  }
  if (syslogCa !== undefined) requireCertificate(syslogCa, refused)
  const { certificateFile, keyFile } = await tlsCertificate(join(data, "tls"))
  return { ...place, tls: { authorityFile: syslogCa, certificateFile, keyFile } }
}

function requireCertificate(file: string, refused: (why: string) => Error): void {
  try {
    new X509Certificate(readFileSync(file))
  } catch (error) {
    throw refused(`"${file}" is no certificate (${(error as Error).message}). Give its authority's as PEM`)
  }
}
