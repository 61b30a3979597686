import { describe, expect, it } from 'vitest'
import { CustomResourceDefinition } from '../kube/generated/apiextensions-v1.ts'
import type { Kind } from '../kube/kind.ts'
import { installOwnedKinds } from './owned-kinds.ts'
import { startTestKernel } from './testing.ts'

const kind: Kind = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  kind: 'AppProject',
  plural: 'appprojects',
  namespaced: true,
}
const owned = { kind, definition: 'appprojects.argoproj.io' }
const ref = { name: 'appprojects.argoproj.io' }

describe('kinds that capabilities own', () => {
  it('are installed, left alone while they are current, and renewed when they are of an older Drave', async () => {
    await using stack = await startTestKernel()
    const { kernel } = stack
    const { client } = kernel
    expect(await installOwnedKinds(kernel, [owned])).toEqual([])
    const first = await client.get(CustomResourceDefinition, ref)
    expect(await installOwnedKinds(kernel, [owned])).toEqual([])
    expect((await client.get(CustomResourceDefinition, ref)).metadata.resourceVersion).toBe(
      first.metadata.resourceVersion,
    )
    const annotations = { 'drave.dev/definition-digest': 'older' }
    await client.patch(CustomResourceDefinition, ref, { metadata: { annotations } })
    await installOwnedKinds(kernel, [owned])
    const renewed = await client.get(CustomResourceDefinition, ref)
    expect(renewed.metadata.annotations).toEqual(first.metadata.annotations)
  })

  it('of somebody else are used as they are, and refused where the version is missing', async () => {
    await using stack = await startTestKernel()
    const { kernel } = stack
    const { client } = kernel
    await installOwnedKinds(kernel, [owned])
    const names = { shortNames: ['mine'] }
    const patch = { metadata: { annotations: { 'drave.dev/definition-digest': 'x' } }, spec: { names } }
    await client.patch(CustomResourceDefinition, ref, patch, { fieldManager: 'kubectl-edit' })
    expect(await installOwnedKinds(kernel, [owned])).toEqual([ref.name])
    const { spec } = await client.get(CustomResourceDefinition, ref)
    expect(spec.names.shortNames).toEqual(['mine'])
    const newer = { ...owned, kind: { ...kind, version: 'v2' } }
    await expect(installOwnedKinds(kernel, [newer])).rejects.toThrow('does not serve v2')
  })
})
