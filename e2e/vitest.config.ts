import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['e2e/**/*.e2e.ts'],
    root: new URL('..', import.meta.url).pathname,
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    maxConcurrency: 4,
    testTimeout: 300_000,
    hookTimeout: 120_000,
    // Real clients, browsers and programs share one machine here: one of them may be late once. A test that fails twice is
    // wrong; one that passes the second time is marked `(retry x1)`.
    retry: 1,
    // Limits of what hangs, not of what is slow.
    expect: { poll: { timeout: 60_000 } },
    setupFiles: ['e2e/tell-retries.ts'],
  },
})
