import { expect, it } from 'vitest'
import { discoveryFromResources, resourcesIn } from './discovery-from-resources.ts'

const groupVersion = { group: 'g.io', version: 'v1' }

it('reads the older list of resources', () => {
  const list = {
    resources: [
      {
        name: 'things',
        singularName: 'thing',
        namespaced: true,
        kind: 'Thing',
        verbs: ['get', 'list'],
        shortNames: ['t'],
      },
      { name: 'things/scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get'] },
      { name: 'thingsmore', singularName: '', namespaced: false, kind: 'More', verbs: [] },
    ],
  }
  expect(discoveryFromResources(list, groupVersion)).toEqual([
    {
      resource: 'things',
      responseKind: { ...groupVersion, kind: 'Thing' },
      scope: 'Namespaced',
      singularResource: 'thing',
      verbs: ['get', 'list'],
      shortNames: ['t'],
      subresources: [
        {
          subresource: 'scale',
          responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
          verbs: ['get'],
        },
      ],
    },
    {
      resource: 'thingsmore',
      responseKind: { ...groupVersion, kind: 'More' },
      scope: 'Cluster',
      singularResource: '',
      verbs: [],
    },
  ])
})

it.each([
  ['another group', [{ metadata: { name: 'x' }, versions: [{ version: 'v1' }] }], undefined],
  ['another version', [{ metadata: { name: 'g.io' }, versions: [{ version: 'v2' }] }], undefined],
  ['no resources', [{ metadata: { name: 'g.io' }, versions: [{ version: 'v1' }] }], []],
  ['no list', 'nonsense', undefined],
])('finds %s in an aggregated list', (_what, items, expected) => {
  expect(resourcesIn({ items }, groupVersion)).toEqual(expected)
})
