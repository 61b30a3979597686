import { describe, expect, it } from 'vitest'
import type { PolicyRule } from '../../kube/generated/rbac-v1.ts'
import { describeMissing } from './describe-missing.ts'
import { missingRules } from './rules-cover.ts'

const rule = (verbs: string, resources: string, names?: string): PolicyRule => ({
  apiGroups: [''],
  resources: resources.split(' '),
  verbs: verbs.split(' '),
  ...(names ? { resourceNames: names.split(' ') } : {}),
})
const paths = (...urls: string[]): PolicyRule => ({ nonResourceURLs: urls, verbs: ['get'] })

describe('rights that are not held', () => {
  it.each([
    ['the same', [rule('get list', 'pods')], [rule('get', 'pods')], 0],
    ['over several rules', [rule('get', 'pods'), rule('list', 'pods')], [rule('get list', 'pods')], 0],
    ['a verb', [rule('get', 'pods')], [rule('get list watch', 'pods')], 2],
    ['everything', [rule('*', '*')], [rule('get', 'pods/log secrets', 'a b')], 0],
    ['a subresource of all', [rule('get', '*/scale')], [rule('get', 'deployments/scale')], 0],
    ['a resource for its subresource', [rule('get', '*/scale')], [rule('get', 'deployments')], 1],
    ['names for all names', [rule('get', 'pods', 'a')], [rule('get', 'pods')], 1],
    ['all names for names', [rule('get', 'pods')], [rule('get', 'pods', 'a')], 0],
    ['star for a verb', [rule('get', 'pods')], [rule('*', 'pods')], 1],
    ['paths', [paths('/api/*')], [paths('/api/v1', '/metrics')], 1],
  ])('%s', (_what, held, wanted, count) => {
    expect(missingRules(held, wanted)).toHaveLength(count)
  })

  it('are told in the words of upstream, verbs of a resource together', () => {
    const lacking = missingRules([], [rule('get list', 'secrets'), paths('/metrics')])
    expect(describeMissing({ username: 'eve', groups: ['a', 'b'] }, lacking, [])).toBe(
      `user "eve" (groups=["a" "b"]) is attempting to grant RBAC permissions not currently held:
{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}
{NonResourceURLs:["/metrics"], Verbs:["get"]}`,
    )
  })
})
