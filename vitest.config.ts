import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'tools/**/*.test.mjs', 'examples/**/*.test.mjs'],
    pool: 'threads',
    maxWorkers: 2,
    isolate: true,
    testTimeout: 20_000,
  },
})
