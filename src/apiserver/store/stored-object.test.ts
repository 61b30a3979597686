import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../kube/object.ts'
import { StoredObject } from './stored-object.ts'

const objectOf = (labels?: Record<string, string>): KubeObject =>
  // All that is looked at.
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'b', labels } }) as KubeObject

describe('labels', () => {
  const labels = { app: 'web', 'a"}b': '{"' }

  it.each([
    ['of the value', (object: KubeObject) => StoredObject.of(1, object)],
    ['of the text', (object: KubeObject) => new StoredObject(1, 'b', 'a', JSON.stringify(object))],
    [
      'of a text in another order',
      ({ metadata, ...rest }: KubeObject) =>
        new StoredObject(1, 'b', 'a', JSON.stringify({ metadata, ...rest })),
    ],
  ])('%s', (_, stored) => {
    expect(stored(objectOf(labels)).labels).toEqual(labels)
    expect(stored(objectOf()).labels).toEqual({})
  })
})
