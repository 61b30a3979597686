import { expect, it } from 'vitest'
import { copyJson } from '../kube/copy.ts'
import { loadData } from '../kube/data.ts'
import { createApiServer } from './api-server.ts'
import { bootstrapPolicy } from './rbac/bootstrap-policy.ts'
import type { KubeObject } from '../kube/object.ts'
import { RealClock } from '../kernel/clock.ts'
import { silentLog } from '../kernel/testing.ts'

interface Bootstrapped {
  group: string
  plural: string
  objects: readonly { metadata: KubeObject['metadata'] }[]
}

it('what is written at a first start without a look is as good as what clients write', async () => {
  await using api = await createApiServer({ clock: new RealClock(), log: silentLog, storage: 'memory' })
  const policy = bootstrapPolicy()
  // Written in these shapes.
  const flow = loadData('kubernetes/flow-control.json') as Record<string, Bootstrapped['objects']>
  const rbac = 'rbac.authorization.k8s.io'
  const all = [
    { group: rbac, plural: 'clusterroles', objects: policy.clusterRoles },
    { group: rbac, plural: 'clusterrolebindings', objects: policy.clusterRoleBindings },
    { group: rbac, plural: 'roles', objects: policy.roles },
    { group: rbac, plural: 'rolebindings', objects: policy.roleBindings },
    { group: 'flowcontrol.apiserver.k8s.io', plural: 'flowschemas', objects: flow['flowSchemas'] },
    {
      group: 'flowcontrol.apiserver.k8s.io',
      plural: 'prioritylevelconfigurations',
      objects: flow['priorityLevels'],
    },
  ] as Bootstrapped[]
  for (const { group, plural, objects } of all) {
    expect(objects.length).toBeGreaterThan(0)
    for (const object of objects) {
      const { name, namespace } = object.metadata
      const target = { user: { username: 'admin', groups: ['system:masters'] }, group, version: 'v1', plural }
      const stored = await api.handle({ ...target, verb: 'get', namespace, name, options: {} })
      // Some rules go by the name, so that a copy with another one would be refused.
      const { body } = await api.handle({
        ...target,
        verb: 'update',
        namespace,
        name,
        body: copyJson(object),
        options: { dryRun: true, fieldValidation: 'Strict' },
      })
      // Aggregated roles have their rules by then.
      if ('aggregationRule' in object) continue
      expect({ ...stored.body, metadata: {} }).toEqual({ ...body, metadata: {} })
    }
  }
})
