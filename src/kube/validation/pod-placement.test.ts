import { expect, it } from 'vitest'
import type { PodSpec } from '../generated/core-v1.ts'
import { fieldErrorMessage } from '../schema/field-error.ts'
import { checkPlacement } from './pod-placement.ts'
import { Rules } from './rules.ts'

/** What a client may send, whatever its types say. */
const problems = (spec: object): string[] => {
  const rules = new Rules()
  checkPlacement(rules, 'spec', spec as PodSpec)
  return rules.errors.map(fieldErrorMessage)
}
const required = 'requiredDuringSchedulingIgnoredDuringExecution'
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution'
const anti = `spec.affinity.podAntiAffinity`
const node = `spec.affinity.nodeAffinity`

it.each<[string, object, string[]]>([
  ['nothing', {}, []],
  [
    'terms that are whole',
    {
      affinity: {
        podAntiAffinity: { [required]: [{ topologyKey: 'zone', labelSelector: {} }] },
        nodeAffinity: {
          [required]: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }] },
        },
      },
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }],
    },
    [],
  ],
  [
    'a weight alone',
    { affinity: { podAntiAffinity: { [preferred]: [{ weight: 0 }] } } },
    [
      `${anti}.${preferred}[0].weight: Invalid value: 0: must be in the range 1-100`,
      `${anti}.${preferred}[0].podAffinityTerm.topologyKey: Required value: can not be empty`,
      `${anti}.${preferred}[0].podAffinityTerm.topologyKey: Invalid value: "": name part must be non-empty`,
      expect.stringContaining('topologyKey: Invalid value: "": name part must consist of'),
    ],
  ],
  [
    'no terms',
    { affinity: { nodeAffinity: { [required]: { nodeSelectorTerms: [] } } } },
    [`${node}.${required}.nodeSelectorTerms: Required value: must have at least one node selector term`],
  ],
  [
    'operators and their values',
    {
      affinity: {
        nodeAffinity: {
          [preferred]: [
            {
              weight: 1,
              preference: {
                matchExpressions: [
                  { key: 'a', operator: 'In' },
                  { key: 'a', operator: 'Exists', values: ['x'] },
                  { key: 'a', operator: 'Gt', values: ['1', '2'] },
                  { key: 'a', operator: 'Like', values: ['x'] },
                ],
                matchFields: [{ key: 'metadata.uid', operator: 'In', values: ['a'] }],
              },
            },
          ],
        },
      },
    },
    [
      `matchExpressions[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
      `matchExpressions[1].values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist'`,
      `matchExpressions[2].values: Required value: must be specified single value when \`operator\` is 'Lt' or 'Gt'`,
      `matchExpressions[3].operator: Invalid value: "Like": not a valid selector operator`,
      `matchFields[0].key: Invalid value: "metadata.uid": not a valid field selector key`,
    ].map(message => `${node}.${preferred}[0].preference.${message}`),
  ],
  [
    'spreading',
    {
      topologySpreadConstraints: [
        { maxSkew: 0, topologyKey: '', whenUnsatisfiable: 'Never' },
        { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', minDomains: 2 },
        { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway' },
      ],
    },
    [
      'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
      'spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty',
      'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Never": supported values: "DoNotSchedule", "ScheduleAnyway"',
      'spec.topologySpreadConstraints[1].{topologyKey, whenUnsatisfiable}: Duplicate value: "{zone, ScheduleAnyway}"',
      'spec.topologySpreadConstraints[1].minDomains: Invalid value: 2: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway',
    ],
  ],
])('%s', (_what, spec, expected) => {
  expect(problems(spec)).toEqual(expected)
})
