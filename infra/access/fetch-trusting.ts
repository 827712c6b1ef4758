/**
 * `fetch` over HTTPS that trusts a given authority instead of the system's, which the runtime's own cannot be told. It follows no
 * redirect, takes no long answer, and speaks nothing but HTTPS.
 */
import { readFileSync } from "node:fs"
import { request } from "node:https"
import type { CustomFetch } from "openid-client"

/** Metadata and keys of a large directory are some tens of kilobytes, a token with many groups about as much. */
const answerBytesMax = 1024 * 1024
/** Bodies that a response of these must not have, by the Fetch standard. */
const bodiless = new Set([204, 205, 304])

/** No answer came, whatever the reason: not the other side's word. */
export class NoAnswer extends Error {}

/** The file is read at each call, because an authority's certificate is replaced while a server runs. */
export const fetchTrusting =
  (authorityFile: string | null): CustomFetch =>
  (url, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const failed = (error: unknown) => reject(new NoAnswer((error as Error).message, { cause: error }))
      const text = body instanceof URLSearchParams ? body.toString() : body
      if (text !== undefined && text !== null && typeof text !== "string") {
        return failed(new Error("only text is sent"))
      }
      try {
        const trust = authorityFile === null ? {} : { ca: readFileSync(authorityFile) }
        const options = {
          method,
          headers,
          agent: false,
          ...trust,
          ...(signal === undefined ? {} : { signal })
        } as const
        const asked = request(new URL(url), options, (response) => {
          const chunks: Buffer[] = []
          let bytes = 0
          response.on("data", (chunk: Buffer) => {
            bytes += chunk.length
            if (bytes > answerBytesMax) asked.destroy(new Error(`its answer is longer than ${answerBytesMax} bytes`))
            else chunks.push(chunk)
          })
          response.on("error", failed)
          response.on("end", () => {
            const status = response.statusCode ?? 0
            const given = Object.entries(response.headers).flatMap(([name, value]) =>
              value === undefined ? [] : [[name, String(value)] as [string, string]]
            )
            resolve(new Response(bodiless.has(status) ? null : Buffer.concat(chunks), { status, headers: given }))
          })
        })
        asked.on("error", failed)
        asked.end(text ?? undefined)
      } catch (error) {
        failed(error)
      }
    })
