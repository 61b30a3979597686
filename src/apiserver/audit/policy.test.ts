import { expect, it } from 'vitest'
import { parsePolicy, recordingOf } from './policy.ts'

const user = { username: 'eve', groups: ['dev'] }
const secrets = {
  user,
  verb: 'get',
  group: '',
  resource: 'secrets',
  subresource: '',
  namespace: 'a',
  name: 's',
}
const log = { ...secrets, resource: 'pods', subresource: 'log' }
const health = { user, verb: 'get', path: '/healthz/ping' }

it.each([
  ['everything', {}, secrets, true],
  ['its user', { users: ['eve'] }, secrets, true],
  ['no other user', { users: ['bob'] }, secrets, false],
  ['a group', { userGroups: ['ops', 'dev'] }, secrets, true],
  ['no other verb', { verbs: ['list'] }, secrets, false],
  ['a namespace', { namespaces: ['a'] }, secrets, true],
  ['nothing outside of it', { namespaces: ['b'] }, secrets, false],
  ['no paths with a namespace', { namespaces: ['a'] }, health, false],
  ['a resource', { resources: [{ group: '', resources: ['secrets'] }] }, secrets, true],
  ['a whole group', { resources: [{ group: '' }] }, secrets, true],
  ['no other group', { resources: [{ group: 'apps' }] }, secrets, false],
  ['not its subresources', { resources: [{ group: '', resources: ['pods'] }] }, log, false],
  ['its subresources', { resources: [{ group: '', resources: ['pods/*'] }] }, log, true],
  ['a subresource of all', { resources: [{ group: '', resources: ['*/log'] }] }, log, true],
  ['a name', { resources: [{ group: '', resources: ['secrets'], resourceNames: ['t'] }] }, secrets, false],
  ['paths', { nonResourceURLs: ['/healthz*'] }, health, true],
  ['no resources with paths', { nonResourceURLs: ['/healthz*'] }, secrets, false],
])('a rule covers %s', (_what, rule, asked, expected) => {
  const policy = parsePolicy({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [{ level: 'Request', ...rule }, { level: 'None' }],
  })
  expect(recordingOf(policy, asked)).toEqual(
    expected ? { level: 'Request', omitStages: ['RequestReceived'], omitManagedFields: false } : undefined,
  )
})

it.each([
  [{ rules: [{ level: 'All' }] }, 'rules[0].level: must be one of None, Metadata, Request, RequestResponse'],
  [{ rules: [{ level: 'None', verbs: 'get' }] }, 'rules[0].verbs: must be a list of texts'],
  [{ rules: [], omitStages: ['Never'] }, 'omitStages: must be one of RequestReceived'],
  [{ rules: [{ level: 'None', nonResourceURLs: ['/x'], namespaces: ['a'] }] }, 'cannot apply to both'],
])('refuses %j', (policy, message) => {
  expect(() => parsePolicy({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', ...policy })).toThrow(message)
})
