import { expect, it } from 'vitest'
import { applyDefaults } from '../defaults/apply-defaults.ts'
import { fieldErrorMessage } from '../schema/field-error.ts'
import { validateObject } from './validate-object.ts'

const errorsOf = (group: string, kind: string, object: object, previous?: object): string[] => {
  const complete = (value: object) => {
    const copy = structuredClone({ metadata: { name: 'x' }, ...value })
    applyDefaults({ group, version: 'v1', kind }, copy)
    return copy
  }
  return validateObject(
    { group, version: 'v1', kind, namespaced: false },
    complete(object),
    previous && complete(previous),
  ).map(fieldErrorMessage)
}

const FLOW = 'flowcontrol.apiserver.k8s.io'
const priorityLevelConfiguration = { name: 'a' }
const rule = {
  subjects: [{ kind: 'User', user: { name: 'u' } }],
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] }],
}

it.each([
  [{ rules: [rule] }, []],
  [
    { matchingPrecedence: 1 },
    [
      "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
    ],
  ],
  [
    { matchingPrecedence: 10_001 },
    ['spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000'],
  ],
  [
    { rules: [{ ...rule, subjects: [{ kind: 'User', group: { name: 'g' } }] }] },
    [
      "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'",
      "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
    ],
  ],
  [
    {
      rules: [
        { subjects: rule.subjects, nonResourceRules: [{ verbs: ['x'], nonResourceURLs: ['healthz'] }] },
      ],
    },
    [
      'spec.rules[0].nonResourceRules[0].verbs: Unsupported value: ["x"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"',
      'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "healthz": must start with slash',
    ],
  ],
])('flow schema %j', (spec, errors) =>
  expect(errorsOf(FLOW, 'FlowSchema', { spec: { priorityLevelConfiguration, ...spec } })).toEqual(errors),
)

it.each([
  [{ type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing: {} } } }, []],
  [
    { type: 'Exempt', limited: {} },
    [
      "spec.type: Invalid value: \"Exempt\": must be 'Exempt' if and only if `name` is 'exempt'",
      'spec.limited: Forbidden: must be nil if the type is not Limited',
    ],
  ],
  [
    { type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing: { queues: 4 } } } },
    ['spec.limited.limitResponse.queuing.handSize: Invalid value: 8: should not be greater than queues (4)'],
  ],
])('priority level %j', (spec, errors) =>
  expect(errorsOf(FLOW, 'PriorityLevelConfiguration', { spec })).toEqual(errors),
)

it.each([
  [{ fsGroupPolicy: 'File' }, undefined, []],
  [
    { tokenRequests: [{ audience: '', expirationSeconds: 2 }, { audience: '' }] },
    undefined,
    [
      'spec.tokenRequests[0].expirationSeconds: Invalid value: 2: may not specify a duration less than 10 minutes',
      'spec.tokenRequests[1].audience: Duplicate value: ""',
    ],
  ],
  [
    { attachRequired: false },
    { attachRequired: true },
    ['spec.attachedRequired: Invalid value: false: field is immutable'],
  ],
])('CSI driver %j after %j', (spec, previous, errors) =>
  expect(errorsOf('storage.k8s.io', 'CSIDriver', { spec }, previous && { spec: previous })).toEqual(errors),
)

it.each([
  [{ handler: 'runc', overhead: { podFixed: { cpu: '10m' } } }, undefined, []],
  [{ handler: '' }, undefined, ['handler: Required value']],
  [{ handler: 'b' }, { handler: 'a' }, ['handler: Invalid value: "b": field is immutable']],
])('runtime class %j after %j', (object, previous, errors) =>
  expect(errorsOf('node.k8s.io', 'RuntimeClass', object, previous)).toEqual(errors),
)

it('names an APIService after what it serves', () => {
  const spec = { group: 'g.io', version: 'v1', groupPriorityMinimum: 1, versionPriority: 1 }
  const kind = ['apiregistration.k8s.io', 'APIService'] as const
  expect(errorsOf(...kind, { metadata: { name: 'v1.g.io' }, spec })).toEqual([])
  expect(errorsOf(...kind, { metadata: { name: 'x' }, spec: { ...spec, versionPriority: 0 } })).toEqual([
    'metadata.name: Invalid value: "x": must be `spec.version+"."+spec.group`: "v1.g.io"',
    'spec.versionPriority: Invalid value: 0: must be positive and less than 1000',
  ])
})

it.each([
  [{ drivers: [] }, undefined, []],
  [
    {
      drivers: [
        { name: 'a', nodeID: '' },
        { name: 'a', nodeID: 'n' },
      ],
    },
    undefined,
    ['spec.drivers[0].nodeID: Required value', 'spec.drivers[1].name: Duplicate value: "a"'],
  ],
  [
    { drivers: [{ name: 'a', nodeID: 'm', allocatable: { count: 2 } }] },
    { drivers: [{ name: 'a', nodeID: 'm' }] },
    [],
  ],
  [
    { drivers: [{ name: 'a', nodeID: 'm' }] },
    { drivers: [{ name: 'a', nodeID: 'n' }] },
    ['spec.drivers: Invalid value: {"name":"a","nodeID":"m"}: field is immutable'],
  ],
])('CSI node %j after %j', (spec, previous, errors) =>
  expect(errorsOf('storage.k8s.io', 'CSINode', { spec }, previous && { spec: previous })).toEqual(errors),
)

it.each([
  ['fe80::1', { parentRef: { resource: 'services', name: 's' } }, []],
  [
    'x',
    { parentRef: { resource: 'services' } },
    [
      'metadata.name: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'spec.parentRef.name: Required value',
    ],
  ],
])('address %s %j', (name, spec, errors) =>
  expect(errorsOf('networking.k8s.io', 'IPAddress', { metadata: { name }, spec })).toEqual(errors),
)

it.each([
  [['10.0.0.0/24', 'fd00::/108'], undefined, []],
  [[], undefined, ['spec.cidrs: Required value: at least one CIDR required']],
  [
    ['10.0.0.0/33'],
    undefined,
    [
      'spec.cidrs[0]: Invalid value: "10.0.0.0/33": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
  ],
  [['10.0.0.0/24'], ['10.0.1.0/24'], ['spec.cidrs[0]: Invalid value: "10.0.0.0/24": field is immutable']],
])('range %j after %j', (cidrs, previous, errors) =>
  expect(
    errorsOf(
      'networking.k8s.io',
      'ServiceCIDR',
      { spec: { cidrs } },
      previous && { spec: { cidrs: previous } },
    ),
  ).toEqual(errors),
)
