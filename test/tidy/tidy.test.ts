/** The rules of the house that a machine can check: who may import what, how long a file is, and what it may not say. */
import { execFileSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, normalize, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))
/** Everything that is or may come under version control; without git, everything but what is installed or made. */
function filesOf(): readonly string[] {
  try {
    const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root })
    return String(listed)
      .split("\n")
      .filter((file) => file !== "" && existsSync(join(root, file)))
  } catch {
    const made = /^(\.git|node_modules|var|data)(\/|$)|\.log$|__pycache__/
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      .filter((file) => !made.test(file))
  }
}
const files = filesOf()
const sources = files.filter((file) => /\.(ts|tsx|py)$/.test(file))
const textOf = (file: string) => readFileSync(join(root, file), "utf8")

/** What a source file imports, static and dynamic: paths from the root for our own, names for packages. */
function importsOf(file: string): readonly string[] {
  const text = textOf(file)
  const specifiers = [
    ...text.matchAll(/^(?:import|export)\b[^;"'`]*?\bfrom\s*["']([^"'\n]+)["']/gm),
    ...text.matchAll(/^import\s*["']([^"'\n]+)["']/gm),
    ...text.matchAll(/\bimport\(\s*["']([^"'\n]+)["']/g),
    ...text.matchAll(/\bnew URL\(["']([^"'\n]+\.ts)["']/g)
  ].map((match) => match[1]!)
  return specifiers.map((specifier) =>
    specifier.startsWith(".") ? normalize(join(dirname(file), specifier)) : specifier
  )
}

const allowed: Readonly<Record<string, RegExp>> = {
  machines: /^(machines\/|effect$|xstate$)/,
  models: /^(models\/|machines\/)/,
  projections: /^(projections\/|machines\/|effect$)/,
  actors: /^(actors\/|machines\/|models\/|projections\/|effect(\/|$)|xstate$)/,
  sdk: /^(sdk\/|machines\/wire\.ts$)/,
  // What a browser can load; `vite` and `node:` are the bundler's own file's.
  console:
    /^(console\/|machines\/|models\/|projections\/|sdk\/|preact(\/|$)|@preact\/signals$|uplot(\/|$)|uqr$|@simplewebauthn\/browser$|@dagrejs\/dagre$|xstate$|vite$|node:url$)/
}

describe("folders import only what they may", () => {
  it("is judged on what files really import, static and dynamic", () => {
    expect(importsOf("main.ts")).toEqual(expect.arrayContaining(["commander", "infra/commands/serve.ts"]))
    expect(importsOf("actors/host.ts")).toEqual(expect.arrayContaining(["effect", "xstate", "actors/committer.ts"]))
    expect(importsOf("infra/edge/edge-child.ts")).toContain("infra/edge/edge.ts")
  })

  for (const [folder, imports] of Object.entries(allowed)) {
    it.each(
      sources.filter((file) => file.startsWith(`${folder}/`) && /\.tsx?$/.test(file) && !file.endsWith(".as.ts"))
    )("%s", (file) => {
      expect(importsOf(file).filter((path) => !imports.test(path))).toEqual([])
    })
  }

  it("machines/wire.ts imports nothing", () => {
    expect(importsOf("machines/wire.ts")).toEqual([])
  })
})

describe("native and wasm packages", () => {
  const native = [
    "@btc-vision/uwebsockets.js",
    "onnxruntime-node",
    "koffi",
    "@cwasm/jpeg-turbo",
    "@julusian/jpeg-turbo",
    "@resvg/resvg-js",
    "node:sqlite"
  ]
  it.each(native)("%s is named by exactly one file of the product", (name) => {
    const named = new RegExp(`["'/\`]${name}(["'/\`]|$)`, "m")
    // A type is gone before anything is loaded.
    const loaded = (file: string) => textOf(file).replace(/^import type [^"]*"[^"]*"$/gm, "")
    const product = sources.filter((file) => !/^(test|bench|scripts)\//.test(file))
    const users = product.filter((file) => named.test(loaded(file)))
    expect(users).toHaveLength(1)
  })
})

describe("every source file", () => {
  it("ends before line 300", () => {
    const long = sources.filter((file) => textOf(file).split("\n").length > 301)
    expect(long).toEqual([])
  })

  it("opens with a comment that says what it is", () => {
    const silent = sources.filter(
      (file) => !/^(#!.*\n)?(\/\*\*|\/\/|#|""")/.test(textOf(file)) && !file.startsWith("vitest.")
    )
    expect(silent).toEqual([])
  })

  it("takes time, randomness and the environment as arguments outside infra/", () => {
    const inner = sources.filter((file) => /^(machines|models|projections|actors|sdk)\/.*\.ts$/.test(file))
    const impure = inner.filter((file) => /\b(Date\.now|Math\.random|process\.env)\b/.test(textOf(file)))
    expect(impure).toEqual([])
  })
})

describe("the repository", () => {
  it("names no path of a machine and no package registry", () => {
    const telling = files.filter(
      (file) => /\.(ts|tsx|py|md|json|sh|ya?ml|mjs)$|^\.npmrc$|^\.ci\//.test(file) && file !== "test/tidy/tidy.test.ts"
    )
    const found = telling.filter((file) =>
      /["'\s(](\/work|\/farm|\/root)\/|registry\.npmjs|"resolved":/.test(textOf(file))
    )
    expect(found).toEqual([])
  })

  it("switches no test off and focuses none", () => {
    const tests = files.filter((file) => /^test\/.*\.ts$/.test(file) && file !== "test/tidy/tidy.test.ts")
    expect(tests.filter((file) => /\b(it|test|describe)\.(skip|only|todo|fails)\b|\bxit\(/.test(textOf(file)))).toEqual(
      []
    )
  })

  it("pins every dependency exactly", () => {
    const { dependencies, devDependencies } = JSON.parse(textOf("package.json"))
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^\d/.test(String(version))
    )
    expect(loose).toEqual([])
  })
})
