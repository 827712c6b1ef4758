/** The way through the bank's directory: out, and back with its answer, which is taken out of the address bar before it is brought on. */
import { useEffect, useState } from "preact/hooks"
import { api } from "../api/http.ts"
import type { FirstAnswer } from "./sign-in.tsx"

const returnPath = "/sign-in/directory"
/** Where the reader wanted to go: this tab's alone, for the time it is over there. */
const targetKey = "mimika-sign-in-target"

/** Whether the server signs people in through a directory; false until it has said so. */
export function useDirectory(): boolean {
  const [has, setHas] = useState(false)
  useEffect(() => {
    api<{ readonly directory: boolean }>("GET", "/api/sign-in/ways").then(
      ({ directory }) => setHas(directory),
      // The other ways are there; trying one says what is wrong.
      () => {}
    )
  }, [])
  return has
}

/** Once: the next sign-in in this tab is another one. */
export function keptTarget(): string | null {
  const target = sessionStorage.getItem(targetKey)
  sessionStorage.removeItem(targetKey)
  return target
}

export async function goToDirectory(target: string): Promise<void> {
  const { url } = await api<{ readonly url: string }>("POST", "/api/sign-in/directory", {})
  sessionStorage.setItem(targetKey, target)
  location.assign(url)
}

/** The browser comes from there, with an answer in the address. */
export const isBack = () => location.pathname === returnPath && location.search !== ""

export function finishDirectory(): Promise<FirstAnswer> {
  const query = location.search
  history.replaceState(null, "", "/sign-in")
  return api<FirstAnswer>("POST", "/api/sign-in/directory/finish", { query })
}
