import { expect, it } from 'vitest'
import type { APIService } from '../../kube/generated/apiregistration-v1.ts'
import { MANAGED_LABEL, registrationStep } from './registration-step.ts'

const spec = { group: 'g.io', version: 'v1', groupPriorityMinimum: 1000, versionPriority: 100 }
const current = (managed: string | undefined, more: object = {}) =>
  ({
    metadata: { name: 'v1.g.io', labels: managed ? { [MANAGED_LABEL]: managed } : {} },
    spec: { ...spec, ...more },
  }) as unknown as APIService
const changed = { versionPriority: 5 }
const start = { managed: 'onstart', spec } as const
const always = { managed: 'true', spec } as const
const ifMissing = { managed: 'if missing', spec } as const

// The columns: what is wanted, what is there, settled once, there at the start.
it.each([
  ['nothing at all', undefined, undefined, false, false, 'none'],
  ['made at the start', start, undefined, false, false, 'create'],
  ['removed by a user, for which the next start has a cure', start, undefined, true, true, 'none'],
  ['removed, and always wanted', always, undefined, true, true, 'create'],
  ['removed, and filled in', ifMissing, undefined, true, true, 'create'],
  ['taken over by whoever removed the label', always, current(undefined, changed), true, true, 'none'],
  ['served by somebody else', ifMissing, current(undefined, changed), false, true, 'none'],
  ['changed, set right at the start', start, current('onstart', changed), false, true, 'update'],
  ['changed after the start', start, current('onstart', changed), true, true, 'none'],
  ['new, of another server', undefined, current('onstart'), false, false, 'none'],
  ['no longer served by a new release', undefined, current('onstart'), false, true, 'delete'],
  ['changed, and always set right', always, current('true', changed), true, true, 'update'],
  ['as it should be', always, current('true'), true, true, 'none'],
  ['left by its definition', undefined, current('true'), true, true, 'delete'],
])('%s', (_what, desired, there, wasSettled, wasThereAtStart, expected) => {
  expect(registrationStep({ desired, current: there, wasSettled, wasThereAtStart })).toBe(expected)
})
