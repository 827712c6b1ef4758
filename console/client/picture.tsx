/** The picture that the manager shares, interactive; taps are told to the server, which forgets them without that consent. */
import { useEffect, useRef } from "preact/hooks"
import type { SharedPicture } from "../../projections/client-page.ts"
import { api } from "../api/http.ts"
import { clientWords } from "./texts.ts"

const nothing = () => {}

export function Picture({ picture }: { picture: SharedPicture }) {
  const said = clientWords()
  const frame = useRef<HTMLIFrameElement>(null)
  useEffect(() => {
    void api("POST", "/client/api/looked").catch(nothing)
  }, [picture.variantIndex])
  const loaded = () => {
    // Our own page of our own server: its policy lets nothing in or out, so its taps are heard from here.
    frame.current?.contentDocument?.addEventListener("click", (event) => {
      const place = (event.target as Element).closest?.("[id^=tap]")?.id.slice(3)
      if (place === undefined) return
      void api("POST", "/client/api/tapped", { productIndex: Number(place) }).catch(nothing)
    })
  }
  return (
    <section class="panel stack tight">
      <h2>{said.picture}</h2>
      <iframe
        key={picture.variantIndex}
        ref={frame}
        class="shared-picture"
        title={said.pictureTitle}
        src={`/client/picture?variant=${picture.variantIndex}`}
        sandbox="allow-scripts allow-same-origin"
        onLoad={loaded}
      />
    </section>
  )
}
