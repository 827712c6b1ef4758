/** What an erasure leaves in hand, each to be saved: the act for print, the certificate and what proves it. */
import { useState } from "preact/hooks"
import { download, faultText } from "../api/http.ts"
import { Button, Failed } from "../design/components.tsx"
import { erasureWords } from "./erasure-texts.ts"
import { protectionWords } from "./texts.ts"

export function Documents({ erasure }: { erasure: string }) {
  const said = { ...protectionWords(), ...erasureWords() }
  const [why, setWhy] = useState<string | null>(null)
  const save = (file: string) =>
    download(`/api/erasures/${erasure}/${file}`).then(
      () => setWhy(null),
      (error) => setWhy(faultText(error, said.faults))
    )
  return (
    <div class="stack tight">
      {why === null ? null : <Failed why={why} />}
      <div class="row documents">
        {Object.entries(said.files).map(([file, name]) => (
          <Button key={file} onClick={() => save(file)}>
            {name}
          </Button>
        ))}
      </div>
    </div>
  )
}
