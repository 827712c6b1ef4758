/** The pages before anybody is signed in: signing in, and enrolling by an invitation's link. */
import { render } from "preact"
import "../design/base.css"
import "./sign-in.css"
import { LanguageSwitch } from "../design/components.tsx"
import { Enrol } from "./enrol.tsx"
import { SignIn } from "./sign-in.tsx"

function Entrance() {
  return (
    <main class="entrance">
      <div class="row apart">
        <span class="brand">
          <img src="/icon.svg" alt="" width="32" height="32" />
          Mimika
        </span>
        <LanguageSwitch />
      </div>
      {location.pathname === "/enrol" ? <Enrol /> : <SignIn />}
    </main>
  )
}

// A link opened over another one changes only what stands behind the #.
addEventListener("hashchange", () => location.reload())
render(<Entrance />, document.getElementById("page")!)
