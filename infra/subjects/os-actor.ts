/** Who acts at this machine's command line, for the journal of operations: the operating system's word for it, which nobody here has checked further. */
import { userInfo } from "node:os"
import process from "node:process"

export function osActor(): string {
  try {
    return `os:${userInfo().username}`
  } catch {
    // A container may run under a number that has no name.
    return `os:${process.getuid?.() ?? "unknown"}`
  }
}
