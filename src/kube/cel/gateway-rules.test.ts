import { expect, it } from 'vitest'
import { loadData } from '../data.ts'
import { applySchemaDefaults } from '../schema/defaults.ts'
import { fieldErrorMessage } from '../schema/field-error.ts'
import type { Schema } from '../schema/schema.ts'
import { compileRules, type RuleTree } from './rules.ts'
import { validateRules } from './validate-rules.ts'

interface Spec {
  readonly versions: readonly {
    readonly name: string
    readonly schema: { readonly openAPIV3Schema: Schema }
  }[]
}

const schemaOf = (file: string) =>
  (loadData(file) as Spec).versions.find(({ name }) => name === 'v1')?.schema.openAPIV3Schema ?? {}
const schema = schemaOf('crds/httproutes.gateway.networking.k8s.io.json')
const tree = compileRules(schema) as RuleTree
const route = (rule: object) => ({ metadata: { name: 'r' }, spec: { rules: [rule] } })
const matches = [{ path: { type: 'PathPrefix', value: '/' } }]
const redirect = { type: 'RequestRedirect', requestRedirect: { scheme: 'https' } }
const rewrite = {
  type: 'URLRewrite',
  urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/x' } },
}
const errorsOf = (rule: object) => {
  const object = structuredClone(route(rule))
  applySchemaDefaults(schema, object)
  return validateRules(tree, object).errors.map(fieldErrorMessage)
}

it.each([
  ['a plain route', { matches, backendRefs: [{ name: 's', port: 80 }] }, []],
  ['a rewrite', { matches, filters: [rewrite], backendRefs: [{ name: 's', port: 80 }] }, []],
  [
    'a redirect and a rewrite',
    { matches, filters: [redirect, rewrite] },
    [
      'spec.rules[0].filters: Invalid value: May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both',
    ],
  ],
  [
    'a redirect with a backend',
    { matches, filters: [redirect], backendRefs: [{ name: 's', port: 80 }] },
    ['spec.rules[0]: Invalid value: RequestRedirect filter must not be used together with backendRefs'],
  ],
  [
    'a backend without a port',
    { matches, backendRefs: [{ name: 's' }] },
    ['spec.rules[0].backendRefs[0]: Invalid value: Must have port for Service reference'],
  ],
  [
    'a path that does not begin with a slash',
    { matches: [{ path: { type: 'PathPrefix', value: 'x' } }] },
    [
      expect.stringContaining(
        "spec.rules[0].matches[0].path: Invalid value: value must be an absolute path and start with '/'",
      ),
    ],
  ],
])('%s', (_, rule, errors) => {
  expect(errorsOf(rule)).toEqual(errors)
})
