import { describe, expect, it } from 'vitest'
import { fieldErrorMessage } from '../schema/field-error.ts'
import { validateObject } from './validate-object.ts'

const problems = (kind: string, spec: object) =>
  validateObject(
    { group: '', version: 'v1', kind },
    { metadata: { name: 'q', namespace: 'default' }, spec },
  ).map(fieldErrorMessage)

describe('ResourceQuota', () => {
  it.each<[object, string[]]>([
    [{ hard: { pods: '5', 'requests.cpu': '2', 'count/jobs.batch': '3' }, scopes: ['BestEffort'] }, []],
    [
      { hard: { storage: '1Gi' } },
      ['spec.hard[storage]: Invalid value: "storage": must be a standard resource for quota'],
    ],
    [{ hard: { pods: '-1' } }, ['spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0']],
    [{ scopes: ['x'] }, ['spec.scopes: Invalid value: ["x"]: unsupported scope']],
    [
      { scopes: ['Terminating', 'NotTerminating'] },
      ['spec.scopes: Invalid value: ["Terminating","NotTerminating"]: conflicting scopes'],
    ],
  ])('%j', (spec, expected) => {
    expect(problems('ResourceQuota', spec)).toEqual(expected)
  })
})

describe('LimitRange', () => {
  const limits = (item: object) => problems('LimitRange', { limits: [{ type: 'Container', ...item }] })
  it.each<[object, string[]]>([
    [{ min: { cpu: '1' }, default: { cpu: '2' }, max: { cpu: '3' } }, []],
    [
      { min: { cpu: '4' }, max: { cpu: '3' } },
      ['spec.limits[0].min[cpu]: Invalid value: "4": min value 4 is greater than max value 3'],
    ],
    [
      { defaultRequest: { cpu: '2' }, default: { cpu: '1' } },
      [
        'spec.limits[0].defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than default limit value 1',
      ],
    ],
    [
      { type: 'Pod', default: { cpu: '1' } },
      ["spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'"],
    ],
    [
      { type: 'Shop' },
      ['spec.limits[0].type: Invalid value: "Shop": must be a standard limit type or fully qualified'],
    ],
    [
      { max: { shoes: '1' } },
      [
        'spec.limits[0].max[shoes]: Invalid value: "shoes": must be a standard resource type or fully qualified',
      ],
    ],
    [
      { type: 'PersistentVolumeClaim' },
      [
        'spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided',
      ],
    ],
  ])('%j', (item, expected) => {
    expect(limits(item)).toEqual(expected)
  })
})
