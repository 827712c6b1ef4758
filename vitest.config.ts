import { defineConfig } from "vitest/config"

// Two workers: the test machine has two cores, and edges started by integration tests need their share.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    passWithNoTests: false
  }
})
