/** A thread that writes so many bytes to a file and calls fsync whenever it is told to, and answers how long that took, in milliseconds. */
import { fsyncSync, openSync, writeSync } from "node:fs"
import { parentPort, workerData } from "node:worker_threads"

const file = openSync(workerData as string, "w")
parentPort!.on("message", (bytes: number) => {
  const block = Buffer.alloc(bytes)
  const before = performance.now()
  writeSync(file, block)
  fsyncSync(file)
  parentPort!.postMessage(performance.now() - before)
})
