import { expect, it } from 'vitest'
import { DaemonSet, StatefulSet } from '../../../kube/generated/apps-v1.ts'
import { meta } from '../testing/objects.ts'
import { draftRevision, templateOf } from './controller-revision.ts'

const template = {
  spec: {
    nodeSelector: { z: '1', a: '2' },
    containers: [{ image: 'one', env: [{ value: 'x', name: 'X' }], name: 'agent' }],
  },
  metadata: { labels: { app: 'agent' } },
}
const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: meta('agent'), spec: { template } }
const revision = { revision: 1, collisionCount: 0 }

it('keeps the template byte by byte as clients write it to compare', () => {
  const { data } = draftRevision(DaemonSet, owner, revision)
  expect(JSON.stringify(data)).toBe(
    '{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"app":"agent"}},"spec":{"containers":[{"env":[{"name":"X","value":"x"}],"image":"one","name":"agent"}],"nodeSelector":{"a":"2","z":"1"}}}}}',
  )
  expect(templateOf({ data })).toEqual(template)
})

it('carries the hash that its name ends with, under the label of its kind', () => {
  for (const [kind, label] of [
    [DaemonSet, 'controller-revision-hash'],
    [StatefulSet, 'controller.kubernetes.io/hash'],
  ] as const) {
    const { name, labels } = draftRevision(kind, owner, revision).metadata
    expect(labels).toEqual({ app: 'agent', [label]: name?.replace('agent-', '') })
  }
})
