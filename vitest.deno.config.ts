import { defineConfig } from "vitest/config"

// What also runs under Deno: everything that meets its sockets, its SQLite, its FFI or its child processes.
// Not KurrentDB: its client reads through a native add-on, under which Deno ended once with a segmentation fault.
export default defineConfig({
  test: {
    include: [
      "test/unit/access.test.ts",
      "test/integration/access-{roles,sockets}.test.ts",
      "test/integration/directory-sign-in.test.ts",
      "test/contract/gateway*.test.ts",
      "test/contract/event-store-{embedded,postgres}.test.ts",
      "test/contract/{proof-log-*,witness}.test.ts",
      "test/integration/audit*.test.ts",
      "test/integration/conference.test.ts",
      "test/integration/desk*.test.ts",
      "test/integration/edge-death.test.ts",
      "test/integration/{backup,directory,erasure,golden-journals,keys,master-keys,operations,postgres-tls,rebuild,retention}.test.ts",
      "test/integration/refusals.test.ts",
      "test/integration/sdk*.test.ts",
      "test/integration/subject-*.test.ts",
      "test/integration/syslog-tls.test.ts",
      "test/integration/video*.test.ts",
      "test/integration/vision-*.test.ts",
      "test/property/host.test.ts",
      "test/property/{pipeline,pipeline-video,snapshots}.test.ts",
      "test/property/wire.test.ts"
    ],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000
  }
})
