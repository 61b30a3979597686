import { describe, expect, it } from 'vitest'
import { chosenCapabilities } from './chosen-capabilities.ts'

const all = ['workloads', 'node', 'gateway'].map(name => ({ name, summary: '' }))
const chosen = (only: string | undefined) => chosenCapabilities(all, only).map(({ name }) => name)

describe('--only', () => {
  it.each([
    [undefined, ['workloads', 'node', 'gateway']],
    ['apiserver', []],
    ['gateway, workloads', ['workloads', 'gateway']],
  ])('%s', (only, names) => {
    expect(chosen(only)).toEqual(names)
  })

  it.each(['', 'kubelet', 'node,,gateway'])('refuses %j', only => {
    expect(() => chosen(only)).toThrow(/^--only: there is no part/)
  })
})
