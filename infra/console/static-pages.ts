/**
 * The built pages of the console, held in memory with what they compress to: `console/dist`, made by `npm run build:console`.
 * Hashed files are cached for good, pages never. It knows no person.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { extname, join, relative, sep } from "node:path"
import { fileURLToPath } from "node:url"
import { brotliCompressSync, gzipSync } from "node:zlib"

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".json": "application/json",
  ".wasm": "application/wasm"
}
/** Pictures and fonts are compressed already. */
const compressible = /^(text|application|image\/svg)/
/** Built files carry a hash of their content in the name. */
const forGood = "public, max-age=31536000, immutable"
/** What is open before anybody is signed in. */
const entrances = new Set(["/sign-in", "/sign-in/directory", "/enrol"])

export const builtConsole = fileURLToPath(new URL("../../console/dist", import.meta.url))

interface Held {
  readonly type: string
  readonly hashed: boolean
  readonly plain: Uint8Array<ArrayBuffer>
  readonly gzip: Uint8Array<ArrayBuffer> | null
  readonly brotli: Uint8Array<ArrayBuffer> | null
}

export interface StaticPages {
  /** Whether the path is a page that somebody must be signed in for. */
  readonly isForStaff: (path: string) => boolean
  readonly answer: (request: Request, path: string) => Response
}

export function staticPages(folder = builtConsole): StaticPages {
  const files = new Map<string, Held>()
  if (existsSync(folder)) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const file = join(entry.parentPath, entry.name)
      const path = `/${relative(folder, file).split(sep).join("/")}`
      const type = types[extname(file)] ?? "application/octet-stream"
      const plain = new Uint8Array(readFileSync(file))
      const shrinks = compressible.test(type)
      files.set(path, {
        type,
        hashed: path.startsWith("/assets/"),
        plain,
        gzip: shrinks ? new Uint8Array(gzipSync(plain)) : null,
        brotli: shrinks ? new Uint8Array(brotliCompressSync(plain)) : null
      })
    }
  }
  const pageOf = (path: string) => {
    if (path === "/c" || path.startsWith("/c/")) return "/client.html"
    return entrances.has(path) ? "/sign-in.html" : "/staff.html"
  }
  const isPage = (path: string) => !files.has(path) && !extname(path)

  return {
    isForStaff: (path) => isPage(path) && pageOf(path) === "/staff.html",
    answer(request, path) {
      const held = files.get(path) ?? (isPage(path) ? files.get(pageOf(path)) : undefined)
      if (held === undefined) return isPage(path) ? notBuilt() : new Response("Nothing is here", { status: 404 })
      const accepted = request.headers.get("accept-encoding") ?? ""
      const [bytes, encoding] =
        held.brotli !== null && /\bbr\b/.test(accepted)
          ? ([held.brotli, "br"] as const)
          : held.gzip !== null && /\bgzip\b/.test(accepted)
            ? ([held.gzip, "gzip"] as const)
            : ([held.plain, null] as const)
      const headers = new Headers({ "content-type": held.type, vary: "accept-encoding" })
      headers.set("cache-control", held.hashed ? forGood : "no-cache")
      if (encoding !== null) headers.set("content-encoding", encoding)
      return new Response(request.method === "HEAD" ? null : bytes, { headers })
    }
  }
}

const notBuilt = () =>
  new Response("Cannot show the console: its pages are not built. Run: npm run build:console\n", {
    status: 503,
    headers: { "content-type": "text/plain; charset=utf-8" }
  })
