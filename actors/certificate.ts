/**
 * What proves an erasure to somebody who trusts only our public key: the text that is signed, and what goes with it.
 * The text is JSON and holds no personal data: a pseudonym that stands for nobody any more, ids, times and counts.
 */
import type { Erasure, ErasureEvent } from "../projections/erasures.ts"
import type { StreamEntry } from "./event-store.ts"

export interface ErasureProof {
  readonly subject: string
  /** The exact text that was signed. */
  readonly certificate: string
  /** Ed25519 over its UTF-8 bytes, in base64. */
  readonly signature: string
  /** PEM. */
  readonly publicKey: string
  /** Every step as the journal has it. */
  readonly events: readonly ErasureEvent[]
}

const timeOf = (events: readonly ErasureEvent[], type: ErasureEvent["type"]): string | null => {
  const event = events.findLast((candidate) => candidate.type === type)
  return event === undefined ? null : new Date(event.at).toISOString()
}

/** The text to be signed, once the key is destroyed and the directory has forgotten. */
export function certificateOf(
  erasure: Erasure,
  keyIds: readonly string[],
  streams: readonly StreamEntry[],
  issuedAt: number
): string {
  const { id, subject, actor, purpose, events } = erasure
  const destroyed = events.findLast((event) => event.type === "SubjectKeyDestroyed")
  if (destroyed === undefined) throw new Error(`Cannot certify the erasure "${id}": its key was not destroyed`)
  const { keyId, barNumber, masterKeyReplaced } = destroyed
  const certificate = {
    format: "mimika-erasure-certificate-1",
    erasure: id,
    subject,
    requestedBy: actor,
    purpose,
    requestedAt: timeOf(events, "SubjectErasureRequested"),
    keyDestroyedAt: timeOf(events, "SubjectKeyDestroyed"),
    directoryForgottenAt: timeOf(events, "SubjectForgotten"),
    issuedAt: new Date(issuedAt).toISOString(),
    key: { id: keyId, cipher: "AES-256-GCM", destroyed: true, barNumber },
    /** Of every purpose and month too. */
    destroyedKeys: keyIds,
    keyEncryptionKeyReplaced: true,
    masterKeyReplaced,
    /** Unreadable from now on, here and in every copy. */
    streams: streams.map(({ stream, version }) => ({ stream, eventCount: version })),
    remains: masterKeyReplaced
      ? [
          "ciphertext without a key",
          "copies of the key store together with the master key of their time, until they are destroyed"
        ]
      : [
          "ciphertext without a key",
          "copies of the key store made before, until they are destroyed or the master key is replaced"
        ]
  }
  return `${JSON.stringify(certificate, null, 2)}\n`
}

export function proofOf({ id, subject, events }: Erasure, publicKey: string): ErasureProof {
  const erased = events.findLast((event) => event.type === "SubjectErased")
  if (erased === undefined) throw new Error(`Cannot prove the erasure "${id}": it is not done`)
  return { subject, certificate: erased.certificate, signature: erased.signature, publicKey, events }
}
