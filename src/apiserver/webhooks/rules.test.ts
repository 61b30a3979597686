import { expect, it } from 'vitest'
import { matchesRule, type RuleSubject } from './rules.ts'

const rule = { operations: ['CREATE'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] }
const subject: RuleSubject = {
  operation: 'CREATE',
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  subresource: undefined,
  namespace: 'default',
}

it.each<[string, object, Partial<RuleSubject>, boolean]>([
  ['as named', {}, {}, true],
  ['any operation', { operations: ['*'] }, { operation: 'DELETE' }, true],
  ['another operation', {}, { operation: 'DELETE' }, false],
  ['another group', {}, { group: 'batch' }, false],
  ['any version', { apiVersions: ['*'] }, { version: 'v9' }, true],
  ['a subresource that is not named', {}, { subresource: 'status' }, false],
  ['a named subresource', { resources: ['deployments/status'] }, { subresource: 'status' }, true],
  ['only the subresource is named', { resources: ['deployments/status'] }, {}, false],
  ['all subresources', { resources: ['deployments/*'] }, { subresource: 'scale' }, true],
  ['all subresources mean the resource too', { resources: ['deployments/*'] }, {}, true],
  ['all resources, no subresources', { resources: ['*'] }, { subresource: 'scale' }, false],
  ['one subresource of all', { resources: ['*/scale'] }, { subresource: 'scale' }, true],
  ['everything', { resources: ['*/*'] }, { subresource: 'scale' }, true],
  ['namespaced, as wished', { scope: 'Namespaced' }, {}, true],
  ['namespaced, but cluster wished', { scope: 'Cluster' }, {}, false],
  ['cluster', { scope: 'Cluster' }, { namespace: undefined }, true],
  [
    'a Namespace is of the cluster',
    { scope: 'Cluster', apiGroups: [''], resources: ['namespaces'] },
    { group: '', plural: 'namespaces', namespace: 'a' },
    true,
  ],
])('%s', (_what, ruleChange, subjectChange, expected) => {
  expect(matchesRule({ ...rule, ...ruleChange }, { ...subject, ...subjectChange })).toBe(expected)
})
