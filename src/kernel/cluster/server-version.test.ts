import { describe, expect, it } from 'vitest'
import { requireVersion } from './server-version.ts'

describe('the version of an API server', () => {
  it.each([
    ['1', '28', false],
    ['1', '28+', false],
    ['1', '36', false],
    ['2', '0', false],
    ['1', '27+', true],
    ['0', '36', true],
  ])('%s.%s', (major, minor, isRefused) => {
    const check = () => requireVersion({ major, minor, gitVersion: `v${major}.${minor}.1` }, 'https://c')
    if (isRefused) expect(check).toThrow('Drave needs 1.28 or newer')
    else expect(check).not.toThrow()
  })
})
