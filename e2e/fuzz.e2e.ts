import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

const program = new URL('../tools/fuzz/main.mjs', import.meta.url).pathname
const kinds = ['json', 'selectors', 'patches', 'apply', 'protobuf', 'yaml', 'cel', 'requests']

// The same cases in each run: longer ones, with other seeds, are what `npm run fuzz` is for.
const bounds = ['--seconds', '60', '--cases', '10000', '--seed', '1']

describe('fuzzing', () => {
  it.each(kinds)('%s', kind => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, kind, ...bounds], {
      encoding: 'utf8',
    })
    console.log(stdout.trim())
    expect(status, stdout + stderr).toBe(0)
  })
})
