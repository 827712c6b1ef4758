/** An authority and certificates of its clients, as a platform's would be; and those of a stranger. */
import { webcrypto } from "node:crypto"
import { writeFileSync } from "node:fs"
import { join } from "node:path"

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }
const dayMs = 86_400_000
const pem = (key: ArrayBuffer) =>
  `-----BEGIN PRIVATE KEY-----\n${Buffer.from(key).toString("base64").replace(/.{64}/g, "$&\n").trimEnd()}\n-----END PRIVATE KEY-----\n`

/** `authorityFile`, and one client's certificate, one that ran out yesterday, and their key in PEM. Needs the product's own TLS to have been loaded before. */
export async function platformCertificates(folder: string, name: string) {
  const x509 = await import("@peculiar/x509")
  const crypto = webcrypto as unknown as Crypto
  const pair = () => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as Promise<CryptoKeyPair>
  const [authorityKeys, clientKeys] = [await pair(), await pair()]
  const valid = { notBefore: new Date(Date.now() - dayMs), notAfter: new Date(Date.now() + dayMs) }
  const authority = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${name}`,
      keys: authorityKeys,
      signingAlgorithm: algorithm,
      ...valid,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)
      ]
    },
    crypto
  )
  const clientCertificate = (lasting: typeof valid) =>
    x509.X509CertificateGenerator.create(
      {
        subject: `CN=${name} client`,
        issuer: authority.subject,
        publicKey: clientKeys.publicKey,
        signingKey: authorityKeys.privateKey,
        signingAlgorithm: algorithm,
        ...lasting,
        extensions: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])]
      },
      crypto
    )
  const pemOf = async (lasting: typeof valid) => (await clientCertificate(lasting)).toString("pem")
  const ranOut = { notBefore: new Date(Date.now() - 2 * dayMs), notAfter: new Date(Date.now() - dayMs) }
  const authorityFile = join(folder, `${name}-authority.pem`)
  writeFileSync(authorityFile, authority.toString("pem"))
  const key = pem(await webcrypto.subtle.exportKey("pkcs8", clientKeys.privateKey))
  return { authorityFile, certificate: await pemOf(valid), expired: await pemOf(ranOut), key }
}
