/** What an erasure leaves in somebody's hands, by file name: certificate, signature, key, the recorded steps, and the act for print. None holds personal data. */
import type { ErasureProof } from "../../actors/certificate.ts"
import { erasureAct } from "./erasure-act.ts"

export interface ProofFile {
  readonly type: string
  readonly content: string | Uint8Array<ArrayBuffer>
}

export const proofFiles = (proof: ErasureProof): Readonly<Record<string, ProofFile>> => ({
  "certificate.json": { type: "application/json", content: proof.certificate },
  "certificate.sig": {
    type: "application/octet-stream",
    content: Uint8Array.from(Buffer.from(proof.signature, "base64"))
  },
  "certificate-key.pem": { type: "application/x-pem-file", content: proof.publicKey },
  "journal-extract.json": { type: "application/json", content: `${JSON.stringify(proof.events, null, 2)}\n` },
  "act.html": { type: "text/html; charset=utf-8", content: erasureAct(proof) }
})
