/** The auditor's page: the report of a stretch of time, and the proofs of the journal. What somebody may not see is not asked for. */
import { useState } from "preact/hooks"
import { Segmented } from "../design/components.tsx"
import type { PageProps } from "../shell/pages.ts"
import "./audit.css"
import { Proofs } from "./proofs.tsx"
import { Report } from "./report.tsx"
import { auditWords } from "./texts.ts"

export default function Audit({ me }: PageProps) {
  const said = auditWords()
  const seesProofs = me.permissions.includes("proof.read")
  const reports = me.permissions.includes("audit.report")
  const [part, setPart] = useState<"report" | "proofs">(reports ? "report" : "proofs")
  return (
    <div class="stack">
      <div class="row apart">
        <h1>{said.title}</h1>
        {reports && seesProofs ? (
          <Segmented
            label={said.sections}
            value={part}
            options={[
              { value: "report", text: said.report },
              { value: "proofs", text: said.proofs }
            ]}
            onChange={setPart}
          />
        ) : null}
      </div>
      {/* Both stay, so that a report is there again after a look at the proofs. */}
      {reports ? (
        <div hidden={part !== "report"}>
          <Report />
        </div>
      ) : null}
      {seesProofs && part === "proofs" ? <Proofs /> : null}
    </div>
  )
}
