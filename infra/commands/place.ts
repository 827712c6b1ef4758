/** A host and a port in one word, such as `10.0.0.5:514` or `[fd00::5]:514`. */
export function placeOf(word: string): { readonly host: string; readonly port: number } | null {
  const [, host, port] = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(word) ?? []
  return host === undefined || Number(port) > 65_535 ? null : { host, port: Number(port) }
}
