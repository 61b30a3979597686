import { expect, it } from 'vitest'
import type { PullRequest } from '../../../capabilities/gitops/kinds/pull-request.ts'
import { mergeBlock } from './merge-block.ts'

const notReady = {
  type: 'Ready',
  status: 'False',
  reason: 'R',
  message: 'no such branch',
  lastTransitionTime: '',
}

it.each<[string | undefined, Partial<PullRequest['spec']>, NonNullable<PullRequest['status']>]>([
  [undefined, {}, {}],
  [undefined, {}, { mergeable: true, checks: [{ name: 'render', status: 'Passed' }] }],
  ['It is a draft.', { draft: true }, { mergeable: false }],
  ['Its files conflict with main.', {}, { mergeable: false, conflicts: ['f'], targetBranch: 'main' }],
  [
    'The check render has failed.',
    {},
    {
      mergeable: false,
      checks: [
        { name: 'merge', status: 'Passed' },
        { name: 'render', status: 'Failed' },
      ],
    },
  ],
  ['no such branch', {}, { mergeable: false, conditions: [notReady] }],
  ['x has nothing to merge.', {}, { mergeable: false, conditions: [] }],
])('%s', (expected, spec, status) => {
  const pull = { spec: { repository: 'site', sourceBranch: 'x', ...spec }, status } as PullRequest
  expect(mergeBlock(pull)).toBe(expected)
})
