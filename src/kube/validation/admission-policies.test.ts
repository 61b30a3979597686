import { describe, expect, it } from 'vitest'
import { fieldErrorMessage } from '../schema/field-error.ts'
import { validateObject } from './validate-object.ts'

const problems = (kind: string, spec: object): string[] => {
  const described = { group: 'admissionregistration.k8s.io', version: 'v1', kind, namespaced: false }
  return validateObject(described, { metadata: { name: 'p' }, spec }).map(fieldErrorMessage)
}
const rule = {
  operations: ['CREATE'],
  apiGroups: [''],
  apiVersions: ['v1'],
  resources: ['configmaps'],
  scope: '*',
}
const match = {
  matchPolicy: 'Equivalent',
  namespaceSelector: {},
  objectSelector: {},
  resourceRules: [rule],
}
const good = { failurePolicy: 'Fail', matchConstraints: match, validations: [{ expression: 'true' }] }

describe('ValidatingAdmissionPolicy', () => {
  const at = 'spec.validations[0]'
  const policies: [name: string, spec: object, problems: string[]][] = [
    ['good', {}, []],
    [
      'nothing to do',
      { validations: [] },
      [
        'spec.validations: Required value: validations or auditAnnotations must contain at least one item',
        'spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item',
      ],
    ],
    [
      'no rules',
      { matchConstraints: { ...match, resourceRules: [] } },
      ['spec.matchConstraints.resourceRules: Required value'],
    ],
    [
      'names that are none',
      { matchConstraints: { ...match, resourceRules: [{ ...rule, resourceNames: ['a/b', 'c', 'c'] }] } },
      [
        'spec.matchConstraints.resourceRules[0].resourceNames[0]: Invalid value: "a/b": may not contain \'/\'',
        'spec.matchConstraints.resourceRules[0].resourceNames[2]: Duplicate value: "c"',
      ],
    ],
    [
      'a rule of another type',
      { validations: [{ expression: "timestamp('2020-01-01T00:00:00Z')" }] },
      [
        `${at}.expression: Invalid value: "timestamp('2020-01-01T00:00:00Z')": must evaluate to bool but got google.protobuf.Timestamp`,
      ],
    ],
    [
      'a name that is unknown',
      { validations: [{ expression: 'foo == 1' }] },
      [
        `${at}.expression: Invalid value: "foo == 1": compilation failed: ERROR: <input>:1:1: undeclared reference to 'foo' (in container '')\n | foo == 1\n | ^`,
      ],
    ],
    [
      'params without a kind',
      { validations: [{ expression: 'params == null' }] },
      [
        `${at}.expression: Invalid value: "params == null": compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')\n | params == null\n | ^`,
      ],
    ],
    [
      'params of a kind',
      { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, validations: [{ expression: 'params == null' }] },
      [],
    ],
    [
      'an order of variables that does not work',
      {
        variables: [
          { name: 'a', expression: 'variables.b' },
          { name: 'b', expression: '1' },
        ],
        validations: [{ expression: "variables.b == 'x'" }],
      },
      [
        `spec.variables[0].expression: Invalid value: "variables.b": compilation failed: ERROR: <input>:1:10: undefined field 'b'\n | variables.b\n | .........^`,
        `${at}.expression: Invalid value: "variables.b == 'x'": compilation failed: ERROR: <input>:1:13: found no matching overload for '_==_' applied to '(int, string)'\n | variables.b == 'x'\n | ............^`,
      ],
    ],
    [
      'names of variables that are none',
      { variables: [{ name: 'in', expression: '1' }, {}] },
      [
        'spec.variables[0].name: Invalid value: "in": must be a valid CEL identifier',
        'spec.variables[1].name: Required value: name is not specified',
        'spec.variables[1].expression: Required value: expression is not specified',
      ],
    ],
    [
      'messages that are none',
      {
        validations: [
          { expression: ' ', message: ' ' },
          { expression: 'true', message: 'a\nb', messageExpression: '1', reason: 'Whatever' },
          { expression: 'true', messageExpression: "authorizer.path('/').check('get').reason()" },
        ],
      },
      [
        `${at}.expression: Required value: expression is not specified`,
        `${at}.message: Invalid value: " ": must be non-empty if specified`,
        'spec.validations[1].messageExpression: Invalid value: "1": must evaluate to string but got int',
        'spec.validations[1].message: Invalid value: "a\\nb": must not contain line breaks',
        'spec.validations[1].reason: Unsupported value: "Whatever": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
        `spec.validations[2].messageExpression: Invalid value: "authorizer.path('/').check('get').reason()": compilation failed: ERROR: <input>:1:1: undeclared reference to 'authorizer' (in container '')\n | authorizer.path('/').check('get').reason()\n | ^`,
      ],
    ],
    [
      'match conditions that use variables',
      {
        variables: [{ name: 'a', expression: 'true' }],
        matchConditions: [{ name: 'a', expression: 'variables.a' }],
      },
      [
        `spec.matchConditions[0].expression: Invalid value: "variables.a": compilation failed: ERROR: <input>:1:1: undeclared reference to 'variables' (in container '')\n | variables.a\n | ^`,
      ],
    ],
    [
      'audit annotations that are none',
      {
        auditAnnotations: [
          { key: 'a', valueExpression: '1' },
          { key: 'a', valueExpression: 'null' },
        ],
      },
      [
        'spec.auditAnnotations[0].valueExpression: Invalid value: "1": must evaluate to one of [string null_type] but got int',
        'spec.auditAnnotations[1].key: Duplicate value: "a"',
      ],
    ],
    [
      'a paramKind that is none',
      { paramKind: { apiVersion: 'a/b/c', kind: 'x y' } },
      [
        'spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
        "spec.paramKind.kind: Invalid value: \"x y\": may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
      ],
    ],
  ]
  it.each(policies)('%s', (_name, spec, expected) => {
    expect(problems('ValidatingAdmissionPolicy', { ...good, ...spec })).toEqual(expected)
  })
})

describe('ValidatingAdmissionPolicyBinding', () => {
  const bindings: [name: string, spec: object, problems: string[]][] = [
    ['good', {}, []],
    [
      'both ways to tell',
      { validationActions: ['Deny', 'Warn'] },
      [
        'spec.validationActions: Invalid value: ["Deny","Warn"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
      ],
    ],
    [
      'nothing to do',
      { policyName: '', validationActions: [] },
      [
        'spec.policyName: Required value',
        'spec.validationActions: Required value: at least one validation action is required',
      ],
    ],
    [
      'an unclear parameter',
      { paramRef: { name: 'a', selector: {}, parameterNotFoundAction: 'Maybe' } },
      [
        'spec.paramRef.name: Forbidden: name and selector are mutually exclusive',
        'spec.paramRef.selector: Forbidden: name and selector are mutually exclusive',
        'spec.paramRef.parameterNotFoundAction: Unsupported value: "Maybe": supported values: "Deny", "Allow"',
      ],
    ],
  ]
  it.each(bindings)('%s', (_name, spec, expected) => {
    const binding = { policyName: 'p', validationActions: ['Deny'], ...spec }
    expect(problems('ValidatingAdmissionPolicyBinding', binding)).toEqual(expected)
  })
})
