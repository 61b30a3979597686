import { expect, it } from 'vitest'
import { builtinResources } from '../../kube/resources.ts'
import { typeCheck } from './type-check.ts'

const all = builtinResources()
const registry = {
  find: (group: string, version: string, plural: string) =>
    all.find(known => known.group === group && known.version === version && known.plural === plural),
  findKind: (apiVersion: string, kind: string) =>
    all.find(known => known.kind === kind && `${known.group}/${known.version}` === apiVersion),
  // Type checks ask for no more than that of a registry.
} as unknown as Parameters<typeof typeCheck>[1]

const rule = (apiGroups: string[], resources: string[]) => ({
  resourceRules: [{ operations: ['CREATE'], apiGroups, apiVersions: ['v1'], resources }],
})
const deployments = rule(['apps'], ['deployments'])
const check = (expression: string, spec: object = {}) =>
  typeCheck({ matchConstraints: deployments, validations: [{ expression }], ...spec }, registry)

it('finds fields that a type does not have, with the place in the expression', () => {
  expect(check('object.spec.replicasCount > 1')).toEqual([
    {
      fieldRef: 'spec.validations[0].expression',
      warning:
        "apps/v1, Kind=Deployment: ERROR: <input>:1:12: undefined field 'replicasCount'\n | object.spec.replicasCount > 1\n | ...........^\n",
    },
  ])
})

it.each([
  'object.spec.replicas > 1',
  "object.metadata.labels['a'] == 'b'",
  'object.metadata.creationTimestamp > timestamp("2020-01-01T00:00:00Z")',
  'object.spec.template.spec.containers.all(c, has(c.image))',
  'object.spec.strategy.rollingUpdate.maxSurge == 1',
])('has nothing to say about %s', expression => {
  expect(check(expression)).toEqual([])
})

it('knows the types of variables, messages and parameters', () => {
  const variables = [{ name: 'spec', expression: 'object.spec.replicas' }]
  expect(check("variables.spec == 'x'", { variables })[0]?.warning).toContain(
    "found no matching overload for '_==_' applied to '(int, string)'",
  )
  const validations = [{ expression: 'true', messageExpression: 'object.nothing' }]
  expect(check('', { validations })[0]?.fieldRef).toBe('spec.validations[0].messageExpression')
  const paramKind = { apiVersion: 'apps/v1', kind: 'ReplicaSet' }
  expect(check('params.spec.nothing == 1', { paramKind })[0]?.warning).toContain("undefined field 'nothing'")
})

it('looks at each kind that is named, and at none behind a wildcard', () => {
  const matchConstraints = rule(['apps', 'batch'], ['jobs', 'deployments'])
  const [warning] = check('object.spec.replicas > 1', { matchConstraints })
  expect(warning?.warning).toMatch(/^batch\/v1, Kind=Job: ERROR/)
  expect(check('object.nothing', { matchConstraints: rule(['*'], ['deployments']) })).toEqual([])
  expect(check('object.nothing', { matchConstraints: rule(['apps'], ['*', 'deployments/scale']) })).toEqual(
    [],
  )
})

it('ends at types that contain themselves', () => {
  const matchConstraints = rule(['apiextensions.k8s.io'], ['customresourcedefinitions'])
  const path = 'object.spec.versions.all(v, v.schema.openAPIV3Schema.'
  expect(check(`${path}type == 'object')`, { matchConstraints })).toEqual([])
  expect(check(`${path}not.type == 'object')`, { matchConstraints })[0]?.warning).toContain(
    "undefined field 'type'",
  )
})
