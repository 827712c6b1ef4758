/**
 * Where an input is laid together before it is hashed: the same bytes for every short one, because an allocation each costs as much as
 * the hashing. What is in it holds until it is asked for again, so nothing is handed on but a copy or a digest.
 */
export function scratchOf(bytesMax: number): (length: number) => Uint8Array {
  const held = new Uint8Array(bytesMax)
  return (length) => (length <= bytesMax ? held : new Uint8Array(length))
}
