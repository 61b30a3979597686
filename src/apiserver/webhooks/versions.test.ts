import { expect, it } from 'vitest'
import type { KubeObject } from '../../kube/object.ts'
import type { AdmissionRequest } from '../admission.ts'
import type { ResourceRegistry } from '../resources/registry.ts'
import type { Conversion } from '../resources/resource.ts'
import { shownAs } from './versions.ts'

/** A conversion that somebody else does: it knows only what it was asked to prepare. */
function remoteConversion(served: string, kept: string): Conversion {
  const answers = new Map<KubeObject, KubeObject>()
  const to = (object: KubeObject, version: string): KubeObject => {
    if (object.apiVersion === version) return object
    const answer = answers.get(object)
    if (!answer) throw new Error('was not prepared')
    return answer
  }
  const ask = async (objects: readonly KubeObject[], version: string) => {
    for (const object of objects) answers.set(object, { ...object, apiVersion: version })
  }
  return {
    toServed: object => to(object, served),
    toKept: object => to(object, kept),
    remote: { prepare: objects => ask(objects, served), prepareKept: object => ask([object], kept) },
  }
}

it('waits for the one who converts, and asks about an object as it is now', async () => {
  const versions: Record<string, { conversion: Conversion }> = {
    v1: { conversion: remoteConversion('e.org/v1', 'e.org/v1') },
    old: { conversion: remoteConversion('e.org/old', 'e.org/v1') },
  }
  // Nothing else of either is looked at.
  const registry = { find: (_: string, version: string) => versions[version] } as unknown as ResourceRegistry
  const kind = { group: 'e.org', version: 'old', plural: 'boats', kind: 'Boat' }
  const object = { apiVersion: 'e.org/old', kind: 'Boat', metadata: { name: 'a' } } as KubeObject
  const request = { kind, object } as AdmissionRequest
  const shown = await shownAs(registry, request, { ...kind, version: 'v1' })
  expect(shown.object).toMatchObject({ apiVersion: 'e.org/v1', metadata: { name: 'a' } })
  object.metadata.labels = { changed: 'since' }
  const again = await shownAs(registry, request, { ...kind, version: 'v1' })
  expect(again.object?.metadata.labels).toEqual({ changed: 'since' })
  const back = { ...request, kind: { ...kind, version: 'v1' }, object: shown.object } as AdmissionRequest
  expect((await shownAs(registry, back, kind)).object?.apiVersion).toBe('e.org/old')
})
