/**
 * What an edge is given of the core's environment: what a runtime needs to start, and nothing that may hold a secret, such as the
 * journal's address with its password. An edge meets hostile bytes, and what it does not have it cannot lose.
 */

/** Where programs and temporary files are, how text and time are written, how the runtime itself is set; and the tests' clock. */
const passedOn =
  /^(PATH|HOME|USER|TMPDIR|TEMP|TMP|LANG|LANGUAGE|LC_[A-Z]+|TZ|SYSTEMROOT|LD_LIBRARY_PATH|NODE_OPTIONS|NODE_V8_COVERAGE|UV_THREADPOOL_SIZE|DENO_DIR|DENO_NO_UPDATE_CHECK|NO_COLOR|MIMIKA_TEST_[A-Z]+)$/i

export const edgeEnvironment = (environment: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => passedOn.test(name)))
