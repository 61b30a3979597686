import { expect, it } from 'vitest'
import type { Attributes } from '../rbac/attributes.ts'
import { impersonationsOf } from './impersonation.ts'

const by = { username: 'eve', groups: [] }
const list: Attributes = {
  user: by,
  verb: 'list',
  group: '',
  resource: 'pods',
  subresource: '',
  namespace: 'a',
  name: '',
}

const shown = (need: Attributes) =>
  'path' in need
    ? `${need.verb} ${need.path}`
    : `${need.verb} ${[need.group, need.namespace, need.resource, need.subresource, need.name].filter(Boolean).join(' ')}`

/** The ways, each as its needs and the groups that it leads to. */
const ways = (headers: string[], asked: Attributes = list) =>
  impersonationsOf(headers, asked).map(({ needs, user }) => [needs.map(shown), user.groups])

const K8S = 'authentication.k8s.io'

it('is narrow first, then at large, for users', () => {
  expect(ways(['Impersonate-User', 'bob', 'Impersonate-Group', 'dev', 'Impersonate-Uid', '7'])).toEqual([
    [
      [
        'impersonate-on:user-info:list a pods',
        `impersonate:user-info ${K8S} users bob`,
        `impersonate:user-info ${K8S} uids 7`,
        `impersonate:user-info ${K8S} groups dev`,
      ],
      ['dev', 'system:authenticated'],
    ],
    [
      ['impersonate users bob', `impersonate ${K8S} uids 7`, 'impersonate groups dev'],
      ['dev', 'system:authenticated'],
    ],
  ])
})

it('knows the groups of accounts and nodes', () => {
  const account = ways(['impersonate-user', 'system:serviceaccount:ns:robot'])
  expect(account.map(([needs]) => needs)).toEqual([
    [
      'impersonate-on:serviceaccount:list a pods',
      `impersonate:serviceaccount ${K8S} ns serviceaccounts robot`,
    ],
    ['impersonate ns serviceaccounts robot'],
  ])
  expect(account[0]?.[1]).toContain('system:serviceaccounts:ns')
  const agent = {
    username: 'system:serviceaccount:kube-system:agent',
    groups: [],
    extra: { 'authentication.kubernetes.io/node-name': ['n1'] },
  }
  const node = ways(['impersonate-user', 'system:node:n1'], { user: agent, verb: 'get', path: '/metrics' })
  expect(node).toEqual([
    [
      ['impersonate-on:associated-node:get /metrics', `impersonate:associated-node ${K8S} nodes *`],
      ['system:nodes', 'system:authenticated'],
    ],
    [
      ['impersonate-on:arbitrary-node:get /metrics', `impersonate:arbitrary-node ${K8S} nodes n1`],
      ['system:nodes', 'system:authenticated'],
    ],
    [['impersonate users system:node:n1'], ['system:authenticated']],
  ])
})

it.each([
  [['system:masters'], 'impersonating the system:masters group is not allowed'],
  [['dev', ''], 'impersonating the empty string group is not allowed'],
])('is closed, but at large, for the groups %j', (groups, reason) => {
  const headers = ['impersonate-user', 'bob', ...groups.flatMap(group => ['impersonate-group', group])]
  expect(impersonationsOf(headers, list).map(({ closed }) => closed?.reason)).toEqual([reason, undefined])
})

it('takes nobody for the anonymous user, and refuses groups of nobody', () => {
  expect(impersonationsOf(['Accept', '*/*'], list)).toEqual([])
  expect(ways(['impersonate-user', 'system:anonymous'])[1]?.[1]).toEqual(['system:unauthenticated'])
  expect(() => impersonationsOf(['Impersonate-Extra-A%2fB', 'x'], list)).toThrow(
    'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string(nil), Extra:map[string][]string{"a/b":[]string{"x"}}} without impersonating a user name',
  )
})
