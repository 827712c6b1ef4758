/** An HTTPS server that speaks the part of Vault's transit engine that the product uses, as its documentation has it. It is no Vault. */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { tlsCertificate } from "../../infra/gateway/tls.ts"

export interface Transit {
  readonly address: string
  readonly authorityFile: string
  /** Versions that still exist. */
  readonly versions: () => readonly number[]
  /** Paths that the token may not use, and answers that are not what they should be. */
  readonly denied: Set<string>
  readonly garbled: Set<string>
  readonly stop: () => Promise<void>
}

const nonceBytes = 12
const tagBytes = 16

export async function startTransit(folder: string, token: string): Promise<Transit> {
  const { certificateFile, keyFile } = await tlsCertificate(folder)
  const keys = new Map([[1, randomBytes(32)]])
  const denied = new Set<string>()
  const garbled = new Set<string>()
  let latest = 1
  let minDecryption = 1
  let minEncryption = 0

  const actions: Record<string, (body: Record<string, unknown>) => object | string> = {
    "POST encrypt/mimika": ({ plaintext }) => {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv("aes-256-gcm", keys.get(latest)!, nonce)
      const sealed = [
        nonce,
        cipher.update(Buffer.from(String(plaintext), "base64")),
        cipher.final(),
        cipher.getAuthTag()
      ]
      return { ciphertext: `vault:v${latest}:${Buffer.concat(sealed).toString("base64")}` }
    },
    "POST decrypt/mimika": ({ ciphertext }) => {
      const [, version, encoded] = /^vault:v(\d+):(.+)$/.exec(String(ciphertext)) ?? []
      if (Number(version) < minDecryption) return "ciphertext or signature version is disallowed by policy (too old)"
      const key = keys.get(Number(version))
      if (key === undefined) return "no such key version"
      const sealed = Buffer.from(encoded!, "base64")
      const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, nonceBytes))
      decipher.setAuthTag(sealed.subarray(-tagBytes))
      const plain = Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()])
      return { plaintext: plain.toString("base64") }
    },
    "POST keys/mimika/rotate": () => {
      latest += 1
      keys.set(latest, randomBytes(32))
      return {}
    },
    "GET keys/mimika": () => ({ latest_version: latest, name: "mimika" }),
    "POST keys/mimika/config": (body) => {
      minDecryption = Number(body.min_decryption_version)
      minEncryption = Number(body.min_encryption_version)
      return {}
    },
    "POST keys/mimika/trim": ({ min_available_version: least }) => {
      if (minEncryption === 0)
        return "minimum available version cannot be set when minimum encryption version is not set"
      if (Number(least) > Math.min(minDecryption, minEncryption))
        return "cannot be greater than minimum decryption version"
      for (const version of keys.keys()) if (version < Number(least)) keys.delete(version)
      return {}
    }
  }

  const server = createServer(
    { cert: readFileSync(certificateFile), key: readFileSync(keyFile) },
    (request, response) => {
      const say = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body))
      const chunks: Buffer[] = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        const path = request.url!.replace("/v1/transit/", "")
        if (request.headers["x-vault-token"] !== token || denied.has(path))
          return say(403, { errors: ["permission denied"] })
        if (garbled.has(path)) return response.end("<html>")
        const action = actions[`${request.method} ${path}`]
        if (action === undefined) return say(404, { errors: [] })
        const text = Buffer.concat(chunks).toString("utf8")
        const answer = action(text === "" ? {} : JSON.parse(text))
        return typeof answer === "string" ? say(400, { errors: [answer] }) : say(200, { data: answer })
      })
    }
  )
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    address: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    authorityFile: certificateFile,
    versions: () => [...keys.keys()],
    denied,
    garbled,
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, "close")
    }
  }
}
