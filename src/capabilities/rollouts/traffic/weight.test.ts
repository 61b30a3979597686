import { expect, it } from 'vitest'
import { desiredWeight, type WeightInput } from './weight.ts'

const base: WeightInput = {
  total: 100,
  current: 0,
  target: 20,
  stage: 'updating',
  stableServing: true,
  canaryServing: true,
  canarySelected: true,
  canaryAvailable: 2,
  enoughPods: true,
  stableShare: undefined,
}
const rows: [string, Partial<WeightInput>, number][] = [
  ['gives a ready canary its weight', {}, 20],
  ['waits for the pods', { enoughPods: false }, 0],
  ['waits for the endpoints of the canary Service', { canaryServing: false }, 0],
  ['keeps what it has while a pod is missing', { current: 50, target: 80, enoughPods: false }, 50],
  ['goes down at once though pods are missing', { current: 50, target: 20, enoughPods: false }, 20],
  ['takes everything from a canary without pods', { current: 50, canaryAvailable: 0 }, 0],
  [
    'takes everything while the canary Service selects another version',
    { current: 50, canarySelected: false },
    0,
  ],
  ['aborts to the stable at once', { stage: 'aborted', current: 50, stableServing: false }, 0],
  ['aborts as far as a shrunk stable can serve', { stage: 'aborted', current: 80, stableShare: 0.5 }, 50],
  [
    'does not raise the weight when such a stable flaps',
    { stage: 'aborted', current: 20, stableShare: 0.5 },
    20,
  ],
  ['ends such an abort', { stage: 'aborted', current: 20, stableShare: 1 }, 0],
  ['sends nothing to the canary of a first deployment', { stage: 'first', current: 50 }, 0],
  // The stable Service was moved to the new version, but its endpoints still hold the old pods: weight 0 would show them.
  [
    'after promotion waits for the endpoints of the stable Service',
    { stage: 'promoted', current: 100, stableServing: false },
    100,
  ],
  ['after promotion goes back when they serve the new version', { stage: 'promoted', current: 100 }, 0],
  ['has nothing to wait for without weight', { stage: 'promoted', current: 0, stableServing: false }, 0],
]
it.each(rows)('%s', (_, input, expected) => {
  expect(desiredWeight({ ...base, ...input })).toBe(expected)
})
