import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../object.ts'
import { finalizerWarnings } from './finalizer-warnings.ts'
import { objectWarnings } from './object-warnings.ts'

const warningsOf = (kind: string, object: object, previous?: object, group = '') =>
  objectWarnings(
    { group, kind },
    // Only what is looked at.
    { metadata: { name: 'x' }, ...object } as KubeObject,
    previous && ({ metadata: { name: 'x' }, ...previous } as KubeObject),
  )
const port = (name: string, containerPort: number, extra = {}) => ({ name, containerPort, ...extra })
const podWith = (...containers: object[]) => ({
  spec: { containers: containers.map((fields, index) => ({ name: `c${index}`, ...fields })) },
})

describe('warnings of a pod', () => {
  it.each([
    ['nothing special', podWith({ ports: [port('a', 80)] }), []],
    [
      'ports that overlap and share a name',
      podWith({ ports: [port('a', 80)] }, { ports: [port('a', 80, { hostPort: 1 }), port('b', 80)] }),
      [
        'spec.containers[1].ports[0]: overlapping port definition with spec.containers[0].ports[0]',
        'spec.containers[1].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
        'spec.containers[1].ports[1]: overlapping port definition with spec.containers[1].ports[0]',
        'spec.containers[1].ports[0]: duplicate port name "a" with spec.containers[0].ports[0], services and probes that select ports by name will use spec.containers[0].ports[0]',
      ],
    ],
    [
      'a variable that hides another',
      podWith({
        env: [
          { name: 'A', value: '1' },
          { name: 'A', value: '$(A)2' },
          { name: 'A', value: '3' },
        ],
      }),
      ['spec.containers[0].env[2]: hides previous definition of "A", which may be dropped when using apply'],
    ],
    [
      'half a byte',
      podWith({ resources: { limits: { memory: '500m', cpu: '500m' } } }),
      [
        'spec.containers[0].resources.limits[memory]: fractional byte value "500m" is invalid, must be an integer',
      ],
    ],
    [
      'old labels and selectors that select nothing',
      {
        spec: {
          containers: [],
          nodeSelector: { 'beta.kubernetes.io/os': 'linux' },
          affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{}] } },
          terminationGracePeriodSeconds: -1,
        },
      },
      [
        'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
        'spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1',
        'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector: a null labelSelector results in matching no pod',
      ],
    ],
    [
      'an old annotation',
      {
        metadata: { name: 'x', annotations: { 'container.apparmor.security.beta.kubernetes.io/c0': 'y' } },
        ...podWith({}),
      },
      [
        'metadata.annotations[container.apparmor.security.beta.kubernetes.io/c0]: deprecated since v1.30; use the "appArmorProfile" field instead',
      ],
    ],
  ])('%s', (_, pod, expected) => expect(warningsOf('Pod', pod)).toEqual(expected))
})

it('warns of a dotted name when it is given, and of a template when it changes', () => {
  const template = { spec: { hostAliases: [{ ip: '1.1.1.1' }, { ip: '1.1.1.1' }] } }
  const deployment = (generation: number) => ({ metadata: { name: 'a.b', generation }, spec: { template } })
  const ofTemplate = 'spec.template.spec.hostAliases[1].ip: duplicate ip "1.1.1.1"'
  const warned = (object: object, previous?: object) => warningsOf('Deployment', object, previous, 'apps')
  expect(warned(deployment(1))).toEqual([
    'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]',
    ofTemplate,
  ])
  expect(warned(deployment(2), deployment(1))).toEqual([ofTemplate])
  expect(warned(deployment(1), deployment(1))).toEqual([])
})

it.each([
  [
    'PersistentVolume',
    { spec: { persistentVolumeReclaimPolicy: 'Recycle' } },
    /^spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated/,
  ],
  [
    'Service',
    { spec: { clusterIP: 'None', sessionAffinity: 'ClientIP' } },
    /^spec.SessionAffinity is ignored/,
  ],
  ['Service', { spec: { externalIPs: ['1.1.1.1'] } }, /^spec.externalIPs is deprecated/],
  [
    'PersistentVolumeClaim',
    { spec: { resources: { requests: { storage: '1m' } } } },
    /fractional byte value "1m"/,
  ],
])('%s %j', (kind, object, expected) =>
  expect(warningsOf(kind, object)).toEqual([expect.stringMatching(expected)]),
)

describe('warnings of a definition', () => {
  const definition = (...formats: [type: string, format: string][]) => ({
    spec: {
      versions: formats.map(([type, format]) => ({
        schema: { openAPIV3Schema: { type: 'object', properties: { a: { items: { type, format } } } } },
      })),
    },
  })
  const formatsOf = (now: object, before?: object) =>
    warningsOf('CustomResourceDefinition', now, before, 'apiextensions.k8s.io')

  it('names formats that nothing is held to, once', () => {
    const asked = definition(
      ['string', 'ip'],
      ['string', 'ip'],
      ['string', 'date-time'],
      ['integer', 'int16'],
    )
    expect(formatsOf(asked)).toEqual(['unrecognized format "ip"', 'unrecognized format "int16"'])
    expect(formatsOf(asked, definition(['string', 'ip']))).toEqual(['unrecognized format "int16"'])
  })
})

describe('warnings of a custom object', () => {
  const finalizersOf = (finalizers: string[], before?: string[]) =>
    finalizerWarnings(
      { metadata: { name: 'x', finalizers } } as KubeObject,
      before && ({ metadata: { name: 'x', finalizers: before } } as KubeObject),
    )
  const prefer = (name: string, path = '') =>
    `metadata.finalizers: "${name}": prefer a domain-qualified finalizer name${path} to avoid accidental conflicts with other finalizer writers`

  it('are of new finalizers without a domain and a path', () => {
    const names = ['foregroundDeletion', 'example.com/a', 'hold', 'b.example.com']
    expect(finalizersOf(names)).toEqual([prefer('b.example.com', ' including a path (/)'), prefer('hold')])
    expect(finalizersOf(names, ['hold', 'b.example.com'])).toEqual([])
  })
})
