import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../kernel/clock.ts'
import type { KubeObject } from '../../kube/object.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import type { ApiRequest } from '../request.ts'
import { asking, coreTarget, deployment, failure, type Target } from '../testing.ts'

// What kube-apiserver 1.36 answers to the same steps.

const log = { info() {}, warn() {}, error() {} }
let api: ApiServer
beforeEach(async () => {
  api = await createApiServer({ clock: new VirtualClock(), log, storage: 'memory' })
})
afterEach(() => api[Symbol.asyncDispose]())
const { ask } = asking(() => api)

const named = (group: string, version: string, plural: string): Target => ({
  group,
  version,
  plural,
  namespace: 'default',
})
const configMaps = coreTarget('configmaps', 'default')
const accounts = coreTarget('serviceaccounts', 'default')
const deployments = named('apps', 'v1', 'deployments')
const autoscalers = (version: string) => named('autoscaling', version, 'horizontalpodautoscalers')
const kinds: Record<string, string> = {
  configmaps: 'ConfigMap',
  serviceaccounts: 'ServiceAccount',
  deployments: 'Deployment',
  horizontalpodautoscalers: 'HorizontalPodAutoscaler',
}

interface Step {
  target: Target
  manager: string
  body: object
  type?: ApiRequest['patchType']
  force?: boolean
}

const step = ({ target, manager, body, type = 'apply', force = false }: Step): Promise<KubeObject> => {
  const { group, version, plural } = target
  const typed = { apiVersion: group ? `${group}/${version}` : version, kind: kinds[plural], ...body }
  return ask(target, 'patch', 'x', {
    patchType: type,
    body: type === 'json' ? body : typed,
    options: { fieldManager: manager, force },
  })
}
const owners = ({ metadata }: KubeObject) =>
  (metadata.managedFields ?? []).map(
    ({ manager, subresource, fieldsV1 }) =>
      `${manager}${subresource ? `/${subresource}` : ''} ${JSON.stringify(fieldsV1)}`,
  )
const scaleTarget = (name: string) => ({
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name }, maxReplicas: 3 },
})

describe('owners after an apply', () => {
  const rows: [string, readonly Step[], readonly string[]][] = [
    [
      'have their fields in order',
      [
        {
          target: configMaps,
          manager: 'a',
          body: { metadata: { labels: { l: '1' } }, data: { b: '1', a: '2' } },
        },
      ],
      ['a {"f:data":{"f:a":{},"f:b":{}},"f:metadata":{"f:labels":{"f:l":{}}}}'],
    ],
    [
      'own a status through its subresource',
      [
        { target: deployments, manager: 'a', body: deployment() },
        {
          target: { ...deployments, subresource: 'status' },
          manager: 'b',
          body: { status: { replicas: 2 } },
        },
      ],
      [
        'a {"f:spec":{"f:replicas":{},"f:selector":{},"f:template":{"f:metadata":{"f:labels":{"f:app":{}}},"f:spec":{"f:containers":{"k:{\\"name\\":\\"c\\"}":{".":{},"f:image":{},"f:name":{}}}}}}}',
        'b/status {"f:status":{"f:replicas":{}}}',
      ],
    ],
    [
      'lose what changes in their own version of the kind',
      [
        { target: autoscalers('v2'), manager: 'a', body: scaleTarget('web') },
        { target: autoscalers('v1'), manager: 'b', body: scaleTarget('api'), force: true },
      ],
      [
        'a {"f:spec":{"f:maxReplicas":{},"f:scaleTargetRef":{"f:apiVersion":{},"f:kind":{}}}}',
        'b {"f:spec":{"f:maxReplicas":{},"f:scaleTargetRef":{}}}',
      ],
    ],
    [
      'are forgotten where somebody empties the list of them',
      [
        { target: configMaps, manager: 'a', body: { data: { a: '1' } } },
        {
          target: configMaps,
          manager: 'b',
          type: 'json',
          body: [{ op: 'replace', path: '/metadata/managedFields', value: [] }],
        },
      ],
      [],
    ],
    [
      'and then are those before the first apply',
      [
        { target: configMaps, manager: 'a', body: { data: { a: '1' } } },
        {
          target: configMaps,
          manager: 'b',
          type: 'json',
          body: [{ op: 'replace', path: '/metadata/managedFields', value: [{}] }],
        },
        { target: configMaps, manager: 'c', body: { data: { b: '1' } } },
      ],
      ['c {"f:data":{"f:b":{}}}', 'before-first-apply {"f:data":{".":{},"f:a":{}}}'],
    ],
    [
      'are none where nothing is applied any more',
      [
        { target: configMaps, manager: 'a', body: { data: { a: '1' } } },
        { target: configMaps, manager: 'a', body: {} },
      ],
      [],
    ],
  ]
  it.each(rows)('%s', async (_, steps, expected) => {
    let object: KubeObject | undefined
    for (const next of steps) object = await step(next)
    expect(object && owners(object)).toEqual(expected)
  })

  it('say when the object was taken over', async () => {
    await step({ target: configMaps, manager: 'a', body: { data: { a: '1' } } })
    await step({
      target: configMaps,
      manager: 'b',
      type: 'merge',
      body: { metadata: { managedFields: [{}] } },
    })
    const { metadata } = await step({ target: configMaps, manager: 'c', body: { data: { b: '1' } } })
    expect(metadata.managedFields?.map(({ time }) => time)).toEqual(Array(2).fill('2026-01-01T00:00:00Z'))
  })
})

describe('objects after an apply', () => {
  const rows: [string, readonly Step[], object][] = [
    [
      'keep a struct for which null is sent',
      [
        { target: deployments, manager: 'a', body: deployment(3) },
        { target: deployments, manager: 'b', body: { spec: null } },
      ],
      { spec: { replicas: 3 } },
    ],
    [
      'refer to secrets of their own namespace',
      [{ target: accounts, manager: 'a', body: { secrets: [{ name: 's', namespace: 'other' }] } }],
      { secrets: [{ name: 's' }] },
    ],
    [
      'carry what kubectl applied as it was sent',
      [
        {
          target: configMaps,
          manager: 'kubectl-client-side-apply',
          body: {
            metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' } },
          },
        },
        { target: configMaps, manager: 'kubectl', body: { data: { a: '1' } } },
      ],
      {
        metadata: {
          annotations: {
            'kubectl.kubernetes.io/last-applied-configuration':
              '{"apiVersion":"v1","data":{"a":"1"},"kind":"ConfigMap","metadata":{}}\n',
          },
        },
      },
    ],
    [
      'show behaviour to autoscaling/v1 as Go names it',
      [
        {
          target: autoscalers('v2'),
          manager: 'a',
          body: {
            spec: { ...scaleTarget('web').spec, behavior: { scaleDown: { stabilizationWindowSeconds: 1 } } },
          },
        },
        {
          target: autoscalers('v1'),
          manager: 'b',
          type: 'merge',
          body: { metadata: { labels: { a: 'b' } } },
        },
      ],
      {
        metadata: {
          annotations: {
            'autoscaling.alpha.kubernetes.io/behavior':
              '{"ScaleUp":{"StabilizationWindowSeconds":0,"SelectPolicy":"Max","Policies":[{"Type":"Pods","Value":4,"PeriodSeconds":15},{"Type":"Percent","Value":100,"PeriodSeconds":15}],"Tolerance":null},"ScaleDown":{"StabilizationWindowSeconds":1,"SelectPolicy":"Max","Policies":[{"Type":"Percent","Value":100,"PeriodSeconds":15}],"Tolerance":null}}',
          },
        },
        status: { currentReplicas: 0, desiredReplicas: 0 },
      },
    ],
  ]
  it.each(rows)('%s', async (_, steps, expected) => {
    let object: KubeObject | undefined
    for (const next of steps) object = await step(next)
    expect(object).toMatchObject(expected)
  })
})

describe('refusals of an apply', () => {
  const rows: [string, readonly Step[], string][] = [
    [
      'name fields of a node before those below them',
      [
        { target: deployments, manager: 'a', body: deployment(1) },
        {
          target: deployments,
          manager: 'b',
          body: {
            spec: {
              replicas: 2,
              template: {
                metadata: { labels: { app: 'web' } },
                spec: { containers: [{ name: 'c', image: 'y' }] },
              },
              selector: { matchLabels: { app: 'api' } },
            },
          },
        },
      ],
      '409 Conflict: Apply failed with 3 conflicts: conflicts with "a":\n- .spec.replicas\n- .spec.selector\n- .spec.template.spec.containers[name="c"].image',
    ],
    [
      'name the object as it was sent',
      [{ target: configMaps, manager: 'a', body: { spec: {} } }],
      '500 : failed to create typed patch object (/; /v1, Kind=ConfigMap): .spec: field not declared in schema',
    ],
  ]
  it.each(rows)('%s', async (_, steps, expected) => {
    const last = steps.at(-1)
    for (const next of steps.slice(0, -1)) await step(next)
    expect(last && (await failure(step(last)))).toBe(expected)
  })
})
