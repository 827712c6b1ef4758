/** What docs/security.md points at as evidence is there. */
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"

const page = readFileSync(new URL("../../docs/security.md", import.meta.url), "utf8")
const at = (base: string, path: string) => existsSync(fileURLToPath(new URL(`${base}${path}`, import.meta.url)))

/** `a-{b,c}.ts` is two files. */
const spelledOut = (path: string): readonly string[] => {
  const [, head, choices, tail] = /^(.*)\{(.*)\}(.*)$/.exec(path) ?? []
  return choices === undefined ? [path] : choices.split(",").map((choice) => `${head}${choice}${tail}`)
}

it("every file and folder that docs/security.md names is there", () => {
  const named = [
    ...page.matchAll(/`((?:actors|infra|machines|models|sdk|console|test|scripts|docs|deploy)\/[\w./{},-]+)`/g)
  ]
  const paths = named.flatMap(([, path]) => spelledOut(path!))
  expect(paths.length).toBeGreaterThan(20)
  expect(paths.filter((path) => !at("../../", path))).toEqual([])
  const links = [...page.matchAll(/\]\(([^)#]+)/g)].map(([, path]) => path!)
  expect(links.length).toBeGreaterThan(5)
  expect(links.filter((path) => !at("../../docs/", path))).toEqual([])
})

it("every place in docs/security.md that it links to is a heading of it", () => {
  const places = [...page.matchAll(/\]\(#([\w-]+)\)/g)].map(([, place]) => place)
  const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, text]) => text!.toLowerCase().replace(/[^\w]+/g, "-"))
  expect(places.filter((place) => !headings.includes(place!))).toEqual([])
})
