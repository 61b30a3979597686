import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'tools/**/*.test.mjs', 'examples/**/*.test.mjs'],
    pool: 'threads',
    maxWorkers: 2,
    isolate: true,
    // Limits of what hangs, not of what is slow: a busy machine fails no test.
    testTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
  },
})
