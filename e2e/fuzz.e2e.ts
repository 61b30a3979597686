import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

const program = new URL('../tools/fuzz/main.mjs', import.meta.url).pathname
const kinds = ['json', 'selectors', 'patches', 'apply', 'protobuf', 'yaml', 'cel', 'requests']

describe('fuzzing for ten seconds', () => {
  // Another seed each day: what it finds is printed with the seed that finds it again.
  const seed = String(Math.floor(Date.now() / 86_400_000))
  it.each(kinds)('%s', kind => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [program, kind, '--seconds', '10', '--seed', seed],
      { encoding: 'utf8' },
    )
    console.log(stdout.trim())
    expect(status, stdout + stderr).toBe(0)
  })
})
