/** Builds the console's three pages into `console/dist`: hashed files, no source maps, nothing inline, so that a strict CSP holds. */
import { fileURLToPath } from "node:url"
import { defineConfig } from "vite"

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here("."),
  publicDir: here("./public"),
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: here("./dist"),
    emptyOutDir: true,
    sourcemap: false,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { staff: here("./staff.html"), client: here("./client.html"), "sign-in": here("./sign-in.html") }
    }
  }
})
