import { expect, it } from 'vitest'
import type { PolicyRule } from '../../kube/generated/rbac-v1.ts'
import { ruleAllows } from './rule-allows.ts'

const user = { username: 'x', groups: [] }
const rule = (resources: string[], more: Partial<PolicyRule> = {}): PolicyRule => ({
  apiGroups: [''],
  resources,
  verbs: ['get'],
  ...more,
})
const get = (path: string, more: object = {}) => {
  const [resource = '', subresource = ''] = path.split('/')
  return { user, verb: 'get', group: '', resource, subresource, namespace: 'ns', name: 'one', ...more }
}

it.each([
  ['the resource', rule(['pods']), get('pods'), true],
  ['not its subresources', rule(['pods']), get('pods/log'), false],
  ['a subresource alone', rule(['pods/log']), get('pods/log'), true],
  ['not what a subresource belongs to', rule(['pods/log']), get('pods'), false],
  ['a subresource of everything', rule(['*/scale']), get('deployments/scale'), true],
  ['but only that one', rule(['*/scale']), get('deployments/status'), false],
  ['everything', rule(['*']), get('pods/log'), true],
  ['one name', rule(['pods'], { resourceNames: ['one'] }), get('pods'), true],
  ['not another', rule(['pods'], { resourceNames: ['two'] }), get('pods'), false],
  ['no list by names', rule(['pods'], { resourceNames: ['one'] }), get('pods', { name: '' }), false],
  ['any name where the list is empty', rule(['pods'], { resourceNames: [] }), get('pods'), true],
  ['its group', rule(['pods'], { apiGroups: ['apps'] }), get('pods', { group: 'apps' }), true],
  ['no other group', rule(['pods'], { apiGroups: ['apps'] }), get('pods'), false],
  ['every group', rule(['pods'], { apiGroups: ['*'] }), get('pods', { group: 'apps' }), true],
  ['no other verb', rule(['pods']), get('pods', { verb: 'list' }), false],
  ['every verb', rule(['pods'], { verbs: ['*'] }), get('pods', { verb: 'impersonate' }), true],
  ['no paths', rule(['*']), { user, verb: 'get', path: '/healthz' }, false],
])('a rule allows %s', (_what, held, asked, expected) => {
  expect(ruleAllows(held, asked)).toBe(expected)
})

it.each([
  ['/healthz', '/healthz', true],
  ['/healthz', '/healthz/ping', false],
  ['/healthz/*', '/healthz/ping', true],
  ['/healthz/*', '/healthz', false],
  ['*', '/metrics', true],
])('the path rule %s on %s: %s', (url, path, expected) => {
  expect(ruleAllows({ nonResourceURLs: [url], verbs: ['get'] }, { user, verb: 'get', path })).toBe(expected)
})
