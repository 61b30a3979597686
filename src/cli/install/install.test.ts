import { describe, expect, it } from 'vitest'
import { capabilities } from '../../capabilities.ts'
import { startTestKernel } from '../../kernel/testing.ts'
import type { KubeObject } from '../../kube/object.ts'
import { type InstallOptions, installManifests } from './install-manifests.ts'
import { rulesFor } from './rules.ts'

const options: InstallOptions = { image: 'drave:1', namespace: 'tools', replicas: 1, manage: ['shop'] }
const made = (more: Partial<InstallOptions> = {}) => installManifests({ ...options, ...more }, capabilities)
const named = (manifests: ReturnType<typeof made>) =>
  manifests.map(({ kind, metadata }) => [kind, metadata.namespace, metadata.name].filter(Boolean).join(' '))

describe('rules', () => {
  it('ask for everything once', () => {
    const kind = { group: 'g', version: 'v1', kind: 'A', plural: 'as', namespaced: true }
    const other = { ...kind, kind: 'B', plural: 'bs' }
    expect(
      rulesFor([
        { kinds: [kind, other], verbs: ['list', 'get'] },
        { kinds: [kind], verbs: ['get'] },
        { kinds: [kind], subresource: 'status', verbs: ['patch'] },
      ]),
    ).toEqual([
      { apiGroups: ['g'], resources: ['as', 'bs'], verbs: ['get', 'list'] },
      { apiGroups: ['g'], resources: ['as/status'], verbs: ['patch'] },
    ])
  })
})

describe('the manifests of an installation', () => {
  it('give rights in the managed namespaces and in its own only', () => {
    const names = named(made())
    expect(names).toContain('RoleBinding shop drave-admin')
    expect(names).toContain('RoleBinding tools drave-namespaced')
    expect(names).toContain('RoleBinding argocd drave-namespaced')
    expect(names).not.toContain('RoleBinding tools drave-admin')
    expect(names.filter(name => name.startsWith('ClusterRoleBinding'))).toEqual(['ClusterRoleBinding drave'])
    const [role] = made().filter(({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === 'drave')
    const rules = role?.rules as { resources: string[]; verbs: string[]; resourceNames?: string[] }[]
    const resources = new Set(rules.flatMap(rule => rule.resources))
    for (const forbidden of ['secrets', 'pods', 'services', '*']) expect(resources.has(forbidden)).toBe(false)
    const [changes] = rules.filter(
      rule => rule.resources.includes('customresourcedefinitions') && rule.verbs.includes('update'),
    )
    expect(changes?.resourceNames).toContain('rollouts.argoproj.io')
  })

  it('give those of an administrator only when all is to be managed', () => {
    const all = made({ manage: 'all' })
    const administrators = all.filter(
      manifest => (manifest.roleRef as { name?: string } | undefined)?.name === 'cluster-admin',
    )
    expect(named(administrators)).toEqual(['ClusterRoleBinding drave-applied'])
    expect(JSON.stringify(all)).not.toContain('--namespaces')
    expect(JSON.stringify(made())).not.toContain('cluster-admin')
  })

  it('keep the data of one process on a volume, and of several with each', () => {
    expect(named(made())).toContain('PersistentVolumeClaim tools drave')
    const several = named(made({ replicas: 3 }))
    expect(several).toContain('PodDisruptionBudget tools drave')
    expect(several.join()).not.toContain('PersistentVolumeClaim')
  })

  it('are what an API server takes', async () => {
    await using stack = await startTestKernel()
    const { client } = stack.kernel
    for (const namespace of ['shop']) {
      const kind = await client.resolve('v1', 'Namespace')
      if (kind) await client.create(kind, { metadata: { name: namespace } })
    }
    for (const replicas of [1, 2])
      for (const manifest of made({ replicas })) {
        const kind = await client.resolve(manifest.apiVersion, manifest.kind)
        expect(kind, manifest.kind).toBeDefined()
        // Applied as kubectl would, unknown fields refused.
        const object = manifest as unknown as KubeObject
        if (kind)
          await client.patch(kind, object.metadata, object, {
            type: 'apply',
            force: true,
            fieldValidation: 'Strict',
          })
      }
  })
})
