import { expect, it } from 'vitest'
import { wantsPretty } from './pretty.ts'

it.each([
  ['pretty=true', 'kubectl/v1.36.0', true],
  ['pretty=false', 'curl/8.0', false],
  ['', 'curl/8.0', true],
  ['', 'Mozilla/5.0 (X11)', true],
  ['pretty=', 'node', false],
])('%j by %s', (query, userAgent, pretty) => {
  expect(wantsPretty(new URLSearchParams(query), userAgent)).toBe(pretty)
})
