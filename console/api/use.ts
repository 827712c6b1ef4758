/** Loads something when a page opens and again on demand, with its loading and failed states. */
import { useCallback, useEffect, useState } from "preact/hooks"
import { type ApiFault, api } from "./http.ts"

export type Loaded<Answer> =
  | { readonly state: "loading" }
  | { readonly state: "failed"; readonly fault: ApiFault }
  | { readonly state: "ready"; readonly answer: Answer }

/** Loading again keeps what is shown until the new answer is there. Null loads nothing. */
export function useLoaded<Answer>(path: string | null): readonly [Loaded<Answer>, () => void] {
  const [loaded, setLoaded] = useState<Loaded<Answer>>({ state: "loading" })
  const load = useCallback(() => {
    if (path === null) return
    api<Answer>("GET", path).then(
      (answer) => setLoaded({ state: "ready", answer }),
      (fault) => setLoaded({ state: "failed", fault })
    )
  }, [path])
  useEffect(load, [load])
  return [loaded, load]
}
