/** Where we are in the console: the path as a signal, links that change it without a reload, and patterns with `:name`. */
import { signal } from "@preact/signals"

export const path = signal(location.pathname)

addEventListener("popstate", () => {
  path.value = location.pathname
})

export function go(to: string): void {
  history.pushState(null, "", to)
  path.value = location.pathname
  scrollTo(0, 0)
  document.getElementById("content")?.focus()
}

/** For `onClick` of a link: keeps new tabs and windows as they are. */
export function follow(event: MouseEvent): void {
  const link = event.currentTarget as HTMLAnchorElement
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return
  event.preventDefault()
  go(link.pathname + link.search)
}

export function fits(pattern: string, given: string): Readonly<Record<string, string>> | null {
  const wanted = pattern.split("/")
  const parts = given.split("/")
  if (wanted.length !== parts.length) return null
  const found: Record<string, string> = {}
  for (const [index, word] of wanted.entries()) {
    if (word.startsWith(":")) found[word.slice(1)] = decodeURIComponent(parts[index]!)
    else if (word !== parts[index]) return null
  }
  return found
}
