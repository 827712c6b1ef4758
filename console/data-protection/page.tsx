/** The data-protection officer's page: a client's data, past erasures with their proofs, and what rests on each consent text. */
import { Segmented } from "../design/components.tsx"
import type { PageProps } from "../shell/pages.ts"
import { follow, go } from "../shell/router.ts"
import { Client } from "./client.tsx"
import { ConsentTexts } from "./consent-texts.tsx"
import "./data-protection.css"
import { Erasures } from "./erasures.tsx"
import { protectionWords } from "./texts.ts"

const home = "/data-protection"

export default function DataProtection({ parameters, me }: PageProps) {
  const said = protectionWords()
  const section = parameters.section ?? "client"
  return (
    <div class="stack">
      <div class="row apart">
        <h1>{said.title}</h1>
        <div class="row">
          <Segmented
            label={said.sections}
            value={section}
            options={[
              { value: "client", text: said.client },
              { value: "erasures", text: said.erasures },
              { value: "consents", text: said.consentTexts }
            ]}
            onChange={(next) => go(next === "client" ? home : `${home}/${next}`)}
          />
          {me.permissions.includes("audit.report") ? (
            <a class="button" href="/audit" onClick={follow}>
              {said.report}
            </a>
          ) : null}
        </div>
      </div>
      {section === "erasures" ? <Erasures /> : section === "consents" ? <ConsentTexts /> : <Client />}
    </div>
  )
}
