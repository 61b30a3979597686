import { describe, expect, it } from 'vitest'
import { fieldErrorMessage } from '../schema/field-error.ts'
import { validateObject } from './validate-object.ts'

const kind = { group: 'batch', version: 'v1', kind: 'Job', namespaced: true }
const labels = {
  'batch.kubernetes.io/controller-uid': 'u',
  'batch.kubernetes.io/job-name': 'x',
  'controller-uid': 'u',
  'job-name': 'x',
}
const container = {
  name: 'c',
  image: 'i',
  imagePullPolicy: 'Always',
  terminationMessagePolicy: 'File',
  terminationMessagePath: '/dev/termination-log',
}
const podSpec = { containers: [container], restartPolicy: 'Never', dnsPolicy: 'ClusterFirst' }
const template = { metadata: { labels }, spec: podSpec }
const spec = {
  selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } },
  template,
  parallelism: 1,
}
const job = (more: object = {}, status: object = {}, name = 'x') => ({
  metadata: { name, namespace: 'd', uid: 'u' },
  spec: { ...spec, ...more },
  status,
})
const errorsOf = (object: object, previous?: object) =>
  validateObject(kind, object, previous).map(fieldErrorMessage)

const indexed = { completionMode: 'Indexed', completions: 5, backoffLimitPerIndex: 1 }
const failing = (...rules: object[]) => ({ podFailurePolicy: { rules } })
const succeeding = (...rules: object[]) => ({ ...indexed, successPolicy: { rules } })
const exits = (more: object) => ({ action: 'FailJob', onExitCodes: { operator: 'In', values: [1], ...more } })

describe('a new Job', () => {
  it.each<[object, string[]]>([
    [{}, []],
    [{ parallelism: -1 }, ['spec.parallelism: Invalid value: -1: must be greater than or equal to 0']],
    [
      { template: { ...template, spec: { ...podSpec, restartPolicy: 'Always' } } },
      ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
    [indexed, []],
    [{ completionMode: 'Indexed' }, ['spec.completions: Required value: when completion mode is Indexed']],
    [
      { completionMode: 'Other' },
      ['spec.completionMode: Unsupported value: "Other": supported values: "NonIndexed", "Indexed"'],
    ],
    [
      { backoffLimitPerIndex: 1, maxFailedIndexes: 1 },
      [
        'spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode',
        'spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode',
      ],
    ],
    [
      { completionMode: 'Indexed', completions: 5, maxFailedIndexes: 6 },
      [
        'spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified',
        'spec.maxFailedIndexes: Invalid value: 6: must be less than or equal to completions',
      ],
    ],
    [
      { ...indexed, parallelism: 100_001 },
      [
        'spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed',
      ],
    ],
    [
      { ...indexed, completions: 100_001, parallelism: 10_001 },
      [
        'spec.maxFailedIndexes: Required value: must be specified when completions is above 100000',
        'spec.parallelism: Invalid value: 10001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index',
      ],
    ],
    [{ managedBy: 'example.com/mine' }, []],
    [
      { managedBy: 'mine' },
      ['spec.managedBy: Invalid value: "mine": must be a domain-prefixed path (such as "acme.io/foo")'],
    ],
    [
      { managedBy: `example.com/${'x'.repeat(60)}` },
      ['spec.managedBy: Too long: may not be more than 63 bytes'],
    ],
    [
      { ...failing(exits({})), podReplacementPolicy: 'TerminatingOrFailed' },
      ['spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"'],
    ],
    [
      { podReplacementPolicy: 'Never' },
      [
        'spec.podReplacementPolicy: Unsupported value: "Never": supported values: "Failed", "TerminatingOrFailed"',
      ],
    ],
    [
      { ...failing(exits({})), template: { ...template, spec: { ...podSpec, restartPolicy: 'OnFailure' } } },
      [
        'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
      ],
    ],
  ])('%j', (more, expected) => {
    expect(errorsOf(job(more))).toEqual(expected)
  })

  it('has pods with names that can be', () => {
    const name = 'a'.repeat(62)
    const own = { ...labels, 'batch.kubernetes.io/job-name': name, 'job-name': name }
    const long = job({ ...indexed, template: { ...template, metadata: { labels: own } } }, {}, name)
    expect(errorsOf(long)).toEqual([
      `metadata.name: Invalid value: "${name}": will not able to create pod with invalid DNS label: ${name}-4`,
    ])
  })

  it('selects its own pods, unless the user does', () => {
    const foreign = { ...template, metadata: { labels: { ...labels, 'job-name': 'y' } } }
    expect(errorsOf(job({ template: foreign }))).toEqual([
      expect.stringMatching(/^spec\.template\.metadata\.labels\[job-name\]: Invalid value: .*: must be 'x'$/),
    ])
    const manual = {
      manualSelector: true,
      selector: { matchLabels: { a: 'b' } },
      template: { ...template, metadata: { labels: { a: 'b' } } },
    }
    expect(errorsOf(job(manual))).toEqual([])
    expect(errorsOf(job({ ...manual, manualSelector: false })).at(-1)).toBe(
      'spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` not auto-generated',
    )
    expect(errorsOf(job({ ...manual, template }))).toEqual([
      expect.stringMatching(
        /^spec\.template\.metadata\.labels: .*`selector` does not match template `labels`/,
      ),
    ])
  })
})

describe('podFailurePolicy', () => {
  const at = 'spec.podFailurePolicy.rules[0]'
  it.each<[object, string[]]>([
    [exits({}), []],
    [exits({ containerName: 'c' }), []],
    [
      exits({ containerName: 'd' }),
      [
        `${at}.onExitCodes.containerName: Invalid value: "d": must be one of the container or initContainer names in the pod template`,
      ],
    ],
    [
      exits({ values: [0, 2, 1, 2] }),
      [
        `${at}.onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator`,
        `${at}.onExitCodes.values[3]: Duplicate value: 2`,
        `${at}.onExitCodes.values: Invalid value: [0,2,1,2]: must be ordered`,
      ],
    ],
    [exits({ values: [] }), [`${at}.onExitCodes.values: Invalid value: []: at least one value is required`]],
    [exits({ operator: '' }), [`${at}.onExitCodes.operator: Required value: valid values: ["In" "NotIn"]`]],
    [
      { action: 'FailIndex', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      [`${at}.action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set`],
    ],
    [
      { action: 'Ignore', onPodConditions: [{ type: 'a b', status: 'Maybe' }] },
      [
        expect.stringMatching(/onPodConditions\[0\]\.type: Invalid value: "a b": name part must consist of/),
        `${at}.onPodConditions[0].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"`,
      ],
    ],
    [
      { ...exits({}), onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      [`${at}: Invalid value: specifying both OnExitCodes and OnPodConditions is not supported`],
    ],
    [
      { action: 'Other' },
      [
        `${at}.action: Unsupported value: "Other": supported values: "Count", "FailIndex", "FailJob", "Ignore"`,
        `${at}: Invalid value: specifying one of OnExitCodes and OnPodConditions is required`,
      ],
    ],
  ])('%j', (rule, expected) => {
    expect(errorsOf(job({ podReplacementPolicy: 'Failed', ...failing(rule) }))).toEqual(expected)
  })
})

describe('successPolicy', () => {
  const at = 'spec.successPolicy.rules[0]'
  it.each<[object, string[]]>([
    [succeeding({ succeededIndexes: '0,2-3', succeededCount: 2 }), []],
    [
      { successPolicy: { rules: [{ succeededCount: 1 }] } },
      [expect.stringMatching(/^spec\.successPolicy: Invalid value: .*: requires indexed completion mode$/)],
    ],
    [
      succeeding(),
      [
        'spec.successPolicy.rules: Required value: at least one rules must be specified when the successPolicy is specified',
      ],
    ],
    [
      succeeding({}),
      [`${at}: Required value: at least one of succeededCount or succeededIndexes must be specified`],
    ],
    [
      succeeding({ succeededIndexes: '7' }),
      [`${at}.succeededIndexes: Invalid value: "7": error parsing succeededIndexes: too large index: "7"`],
    ],
    [
      succeeding({ succeededCount: 6 }),
      [
        `${at}.succeededCount: Invalid value: 6: must be less than or equal to 5 (the number of specified completions)`,
      ],
    ],
    [
      succeeding({ succeededIndexes: '1', succeededCount: 2 }),
      [
        `${at}.succeededCount: Invalid value: 2: must be less than or equal to 1 (the number of indexes in the specified succeededIndexes field)`,
      ],
    ],
  ])('%j', (more, expected) => {
    expect(errorsOf(job(more))).toEqual(expected)
  })
})

describe('a change of a Job', () => {
  const image = (name: string) => ({
    ...template,
    spec: { ...podSpec, containers: [{ ...container, image: name }] },
  })
  const cpu = {
    ...template,
    spec: { ...podSpec, containers: [{ ...container, resources: { limits: { cpu: '1' } } }] },
  }
  const placed = { ...template, spec: { ...podSpec, nodeSelector: { a: 'b' } } }
  const started = { startTime: '2026-01-01T00:00:00Z' }
  const suspended = { ...started, conditions: [{ type: 'Suspended', status: 'True' }] }
  const tandem = 'spec.completions: Invalid value: 7: can only be modified in tandem with spec.parallelism'
  it.each<[string, object, object, object, string[]]>([
    ['parallelism', {}, { parallelism: 3 }, {}, []],
    [
      'completions',
      { completions: 1 },
      { completions: 2 },
      {},
      ['spec.completions: Invalid value: 2: field is immutable'],
    ],
    ['elastic completions', indexed, { ...indexed, completions: 7, parallelism: 7 }, {}, []],
    ['completions alone', indexed, { ...indexed, completions: 7 }, {}, [tandem]],
    [
      'managedBy',
      {},
      { managedBy: 'example.com/x' },
      {},
      ['spec.managedBy: Invalid value: "example.com/x": field is immutable'],
    ],
    [
      'backoffLimitPerIndex',
      indexed,
      { ...indexed, backoffLimitPerIndex: 2 },
      {},
      ['spec.backoffLimitPerIndex: Invalid value: 2: field is immutable'],
    ],
    [
      'the placement of one that runs',
      {},
      { template: placed },
      started,
      [expect.stringMatching(/^spec\.template: .*field is immutable$/)],
    ],
    ['the placement of one that waits', { suspend: true }, { template: placed, suspend: true }, {}, []],
    ['resources', { suspend: true }, { template: cpu }, suspended, []],
    [
      'resources while pods end',
      { suspend: true },
      { template: cpu },
      { ...suspended, active: 1 },
      [expect.stringMatching(/^spec\.template: .*field is immutable$/)],
    ],
    [
      'images',
      { suspend: true },
      { template: image('other'), suspend: true },
      {},
      [expect.stringMatching(/^spec\.template\.spec: .*field is immutable$/)],
    ],
  ])('of %s', (_, before, after, status, expected) => {
    expect(errorsOf(job(after, status), job(before, status))).toEqual(expected)
  })
})
