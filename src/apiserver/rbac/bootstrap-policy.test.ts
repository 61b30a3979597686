import { expect, it } from 'vitest'
import { reconciledBinding, reconciledRole } from './bootstrap-policy.ts'

const rule = (...verbs: string[]) => ({ apiGroups: [''], resources: ['pods'], verbs })
const role = (rules: ReturnType<typeof rule>[], annotations: Record<string, string> = {}) => ({
  metadata: { name: 'r', annotations },
  rules,
})
const protectedRole = role([], { 'rbac.authorization.kubernetes.io/autoupdate': 'false' })

it('adds to a role what it lost, and takes nothing away', () => {
  expect(reconciledRole(role([rule('get', 'list')]), role([rule('get')]))).toBeUndefined()
  expect(reconciledRole(role([rule('delete')]), role([rule('get')]))?.rules).toEqual([
    rule('delete'),
    rule('get'),
  ])
  expect(reconciledRole(protectedRole, role([rule('get')]))).toBeUndefined()
})

it('adds subjects, and replaces a binding to another role', () => {
  const binding = (name: string, ...users: string[]) => ({
    metadata: { name: 'b', annotations: {} },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: users.map(user => ({ kind: 'User', name: user })),
  })
  expect(reconciledBinding(binding('view', 'x', 'y'), binding('view', 'x'))).toEqual({ change: 'none' })
  expect(reconciledBinding(binding('view', 'y'), binding('view', 'x'))).toMatchObject({
    change: 'update',
    binding: binding('view', 'y', 'x'),
  })
  expect(reconciledBinding(binding('edit', 'x'), binding('view', 'x'))).toMatchObject({ change: 'replace' })
})
