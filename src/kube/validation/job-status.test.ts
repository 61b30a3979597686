import { describe, expect, it } from 'vitest'
import type { Job, JobSpec, JobStatus } from '../generated/batch-v1.ts'
import type { Draft } from '../object.ts'
import { fieldErrorMessage } from '../schema/field-error.ts'
import { validateObject } from './validate-object.ts'

const kind = { group: 'batch', version: 'v1', kind: 'Job', namespaced: true }
const metadata = { name: 'work', namespace: 'default' }
const EARLY = '2026-01-01T00:00:00Z'
const LATE = '2026-01-01T01:00:00Z'

const True = (...types: string[]) => types.map(type => ({ type, status: 'True' }))
const complete = True('SuccessCriteriaMet', 'Complete')
const failed = True('FailureTarget', 'Failed')
const done: JobStatus = { conditions: complete, startTime: EARLY, completionTime: LATE, succeeded: 1 }
const indexed = { completionMode: 'Indexed', completions: 5, parallelism: 2 }

/** What the rules say of a status that follows another, without the field's name where that is `status.conditions`. */
function problems(status: JobStatus, previous: JobStatus = {}, spec: Partial<JobSpec> = {}): string[] {
  const whole = { completionMode: 'NonIndexed', template: {}, ...spec }
  const job = (of: JobStatus): Draft<Job> => ({ metadata, spec: whole, status: of })
  return validateObject(kind, job(status), job(previous), 'status').map(fieldErrorMessage)
}

describe('a status that may be written', () => {
  it.each<[string, JobStatus, JobStatus?, Partial<JobSpec>?]>([
    ['the first pods', { active: 2, ready: 1, startTime: EARLY }],
    ['the end', done],
    [
      'the end, after its criteria were met',
      done,
      { conditions: True('SuccessCriteriaMet'), startTime: EARLY },
    ],
    ['a failure', { conditions: failed, startTime: EARLY, failed: 1 }],
    ['what is finished, again', done, done],
    [
      'one of the past that misses its criteria',
      { ...done, conditions: True('Complete') },
      { ...done, conditions: True('Complete') },
    ],
    ['an empty one of no work', { ...done, startTime: undefined }, {}, { suspend: true, completions: 0 }],
    [
      'fewer that succeeded, where an elastic Job shrinks',
      { succeeded: 1 },
      { succeeded: 2 },
      { ...indexed, parallelism: 5 },
    ],
    [
      'another start after a pause',
      { startTime: LATE, conditions: [{ type: 'Suspended', status: 'False' }] },
      { startTime: EARLY, conditions: True('Suspended') },
    ],
    [
      'no start while it is suspended',
      { conditions: True('Suspended') },
      { startTime: EARLY },
      { suspend: true },
    ],
    [
      'indexes beyond what is wanted now, as before',
      { completedIndexes: '0-9', active: 1 },
      { completedIndexes: '0-9' },
      indexed,
    ],
    [
      'indexes of both',
      { completedIndexes: '0,2', failedIndexes: '1,3-4' },
      {},
      { ...indexed, backoffLimitPerIndex: 1 },
    ],
  ])('%s', (_, status, previous, spec) => {
    expect(problems(status, previous, spec)).toEqual([])
  })
})

describe('a status that is refused', () => {
  it.each<[JobStatus, JobStatus, Partial<JobSpec>, string | string[]]>([
    [{ active: -1 }, {}, {}, 'status.active: Invalid value: -1: must be greater than or equal to 0'],
    [
      { terminating: -1 },
      {},
      {},
      'status.terminating: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      { active: 1, ready: 2 },
      {},
      {},
      'status.ready: Invalid value: 2: cannot set more ready pods than active',
    ],
    [
      { uncountedTerminatedPods: { succeeded: ['a'], failed: ['a', ''] } },
      {},
      {},
      [
        'status.uncountedTerminatedPods.failed[0]: Duplicate value: "a"',
        'status.uncountedTerminatedPods.failed[1]: Invalid value: "": must not be empty',
      ],
    ],
    [
      { completionTime: LATE },
      {},
      {},
      `status.completionTime: Invalid value: "${LATE}": cannot set completionTime when there is no Complete=True condition`,
    ],
    [
      { ...done, completionTime: undefined },
      {},
      {},
      'status.completionTime: Required value: completionTime is required for Complete jobs',
    ],
    [
      { ...done, startTime: LATE, completionTime: EARLY },
      {},
      {},
      `status.completionTime: Invalid value: "${EARLY}": must be equal to or after \`startTime\``,
    ],
    [
      { ...done, conditions: [...complete, ...failed] },
      {},
      {},
      [
        'status.conditions: Invalid value: cannot set Complete=True and Failed=true conditions',
        'status.conditions: Invalid value: cannot set Complete=True and FailureTarget=true conditions',
        'status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and Failed=true conditions',
        'status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true conditions',
      ],
    ],
    [
      { conditions: True('Failed'), startTime: EARLY },
      {},
      {},
      'status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition',
    ],
    [
      { ...done, conditions: True('Complete') },
      {},
      {},
      'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
    ],
    [
      { ...done, conditions: True('Complete') },
      { ...done, conditions: True('Complete') },
      { successPolicy: { rules: [{ succeededCount: 1 }] } },
      'status.conditions: Invalid value: cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True',
    ],
    [{ ...done, active: 1 }, {}, {}, 'status.active: Invalid value: 1: active>0 is invalid for finished job'],
    [
      { ...done, startTime: undefined },
      {},
      {},
      'status.startTime: Required value: startTime is required for finished job',
    ],
    [
      { ...done, terminating: 1 },
      {},
      {},
      'status.terminating: Invalid value: 1: terminating>0 is invalid for finished job',
    ],
    [
      { ...done, uncountedTerminatedPods: { failed: ['a'] } },
      {},
      {},
      'status.uncountedTerminatedPods: Invalid value: {"failed":["a"]}: must be empty for finished job',
    ],
    [
      { completedIndexes: '1' },
      {},
      {},
      'status.completedIndexes: Invalid value: "1": cannot set non-empty completedIndexes when non-indexed completion mode',
    ],
    [
      { completedIndexes: '3-9' },
      {},
      indexed,
      'status.completedIndexes: Invalid value: "3-9": error parsing completedIndexes: too large index: "9"',
    ],
    [
      { failedIndexes: '' },
      {},
      indexed,
      'status.failedIndexes: Invalid value: "": cannot set non-null failedIndexes when backoffLimitPerIndex is null',
    ],
    [
      { failedIndexes: '2,1' },
      {},
      { ...indexed, backoffLimitPerIndex: 1 },
      'status.failedIndexes: Invalid value: "2,1": error parsing failedIndexes: non-increasing order, previous: 2, current: 1',
    ],
    [
      { completedIndexes: '0,2-3', failedIndexes: '1,3' },
      {},
      { ...indexed, backoffLimitPerIndex: 1 },
      'status.failedIndexes: Invalid value: "1,3": failedIndexes and completedIndexes overlap at index: 3',
    ],
    [
      { ...done, conditions: True('SuccessCriteriaMet') },
      done,
      {},
      [
        `status.completionTime: Invalid value: "${LATE}": cannot set completionTime when there is no Complete=True condition`,
        'status.conditions: Invalid value: cannot disable the terminal Complete=True condition',
      ],
    ],
    [
      { startTime: EARLY },
      { startTime: EARLY, conditions: True('FailureTarget') },
      {},
      'status.conditions: Invalid value: cannot disable the terminal FailureTarget=True condition',
    ],
    [{ failed: 1 }, { failed: 2 }, {}, 'status.failed: Invalid value: 1: cannot decrease the failed counter'],
    [
      {},
      { succeeded: 2 },
      indexed,
      'status.succeeded: Invalid value: 0: cannot decrease the succeeded counter',
    ],
    [
      { ...done, completionTime: '2026-01-01T02:00:00Z' },
      done,
      {},
      'status.completionTime: Invalid value: "2026-01-01T02:00:00Z": field is immutable',
    ],
    [
      { startTime: LATE },
      { startTime: EARLY },
      {},
      `status.startTime: Invalid value: "${LATE}": field is immutable for unsuspended job once set`,
    ],
    [
      {},
      { conditions: True('SuccessCriteriaMet') },
      {},
      'status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition',
    ],
    [
      done,
      { ...done, conditions: True('Complete') },
      {},
      'status.conditions: Invalid value: cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions',
    ],
  ])('%j', (status, previous, spec, expected) => {
    expect(problems(status, previous, spec)).toEqual([expected].flat())
  })
})
