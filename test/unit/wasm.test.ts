/** The compiled modules are what their sources compile to. */
import { readFileSync } from "node:fs"
import asc from "assemblyscript/asc"
import { describe, expect, it } from "vitest"

describe.each(["cascade/cascade", "vision/crop"])("%s.wasm", (name) => {
  it("is what its source compiles to, byte for byte", async () => {
    // The script build:wasm of package.json.
    const options = "-O3 --noAssert --enable simd --runtime stub --use abort="
    const file = new URL(`../../models/${name}`, import.meta.url).href
    let built: Uint8Array | undefined
    const { error, stderr } = await asc.main(["source.as.ts", "--outFile", "built.wasm", ...options.split(" ")], {
      readFile: (wanted) => (wanted === "source.as.ts" ? readFileSync(new URL(`${file}.as.ts`), "utf8") : null),
      writeFile: (_, contents) => {
        built = contents as Uint8Array
      },
      listFiles: () => []
    })
    expect(error, String(stderr)).toBeNull()
    expect(Buffer.from(built!).equals(readFileSync(new URL(`${file}.wasm`)))).toBe(true)
  })
})
