import { describe, expect, it } from 'vitest'
import { structured } from './structured-output.ts'

const object = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', managedFields: [{}] },
  data: { x: '1' },
}

describe('structured output', () => {
  it.each([
    ['an object', object],
    ['a list of objects', [object]],
  ])('leaves the managers of fields out of %s', (_what, value) => {
    expect(structured('json', value)).not.toContain('managedFields')
    expect(structured('yaml', value)).toContain('name: a')
  })

  it('prints anything else as it is', () => {
    expect(JSON.parse(structured('json', { metadata: null, a: [1] }))).toEqual({ metadata: null, a: [1] })
    expect(structured('yaml', 'text')).toBe('text')
  })
})
