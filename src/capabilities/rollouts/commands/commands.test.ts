import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../kernel/clock.ts'
import type { Command, CommandContext } from '../../../kernel/command.ts'
import { startTestKernel } from '../../../kernel/testing.ts'
import { until } from '../../../kernel/until.ts'
import { rollouts } from '../index.ts'
import { Rollout, type RolloutStatus } from '../kinds/generated/rollout.ts'
import { replicaSetFixture, rolloutFixture, runFixture, trafficRouting } from '../testing/fixtures.ts'
import { abort } from './abort.ts'
import { get } from './get.ts'
import { list } from './list.ts'
import { promote, promotePatches } from './promote.ts'
import { retry } from './retry.ts'
import { rolloutView } from './rollout-view.ts'

const steps = [
  { setWeight: 25 },
  { pause: { duration: '1m' } },
  { analysis: { templates: [{ templateName: 'errors' }] } },
  { pause: {} },
]

describe('the view', () => {
  const nowMs = Date.UTC(2026, 0, 1, 0, 1)
  const weights = { canary: { weight: 25 }, stable: { weight: 75 }, verified: true }
  it('shows a paused update', () => {
    const status: RolloutStatus = {
      phase: 'Paused',
      message: 'CanaryPauseStep',
      currentPodHash: 'new',
      stableRS: 'old',
      currentStepIndex: 1,
      pauseConditions: [{ reason: 'CanaryPauseStep', startTime: '2026-01-01T00:00:40Z' }],
      canary: { weights },
      replicas: 5,
      updatedReplicas: 1,
      availableReplicas: 5,
    }
    const rollout = rolloutFixture({ steps, trafficRouting }, { status })
    const replicaSets = [
      replicaSetFixture('old', { replicas: 4, revision: 1 }),
      replicaSetFixture('new', { replicas: 1, revision: 2 }),
    ]
    expect(rolloutView({ rollout, replicaSets, pods: [], runs: [] }, nowMs)).toBe(`\
Name:      web (namespace shop)
Status:    ‖ Paused
Message:   CanaryPauseStep
Revision:  -
Traffic:   canary 25, stable 75
Replicas:  4 desired, 5 current, 1 updated, 5 available
Images:     (stable),  (canary)

Steps:
  ✔ 1. setWeight: 25
  ▶ 2. pause: 1m  40s left
    3. analysis: errors
    4. pause

Tree:
  ├─ revision 2  web-new  canary  1/1 available
  └─ revision 1  web-old  stable  4/4 available`)
  })
  it('shows why an update was aborted', () => {
    const message = 'RolloutAborted: Rollout aborted update to revision 2: Metric "errors" assessed Failed'
    const rollout = rolloutFixture(
      { steps, trafficRouting },
      {
        status: {
          phase: 'Degraded',
          message,
          abort: true,
          currentPodHash: 'new',
          stableRS: 'old',
          currentStepIndex: 0,
        },
      },
    )
    const replicaSets = [
      replicaSetFixture('new', { replicas: 1, revision: 2, deadline: '2026-01-01T00:01:30Z' }),
    ]
    const runs = [
      runFixture('web-new-2-2', 'Failed', {
        step: 2,
        values: ['[0.01]', '[0.2]'],
        message: 'Metric "errors" assessed Failed',
      }),
    ]
    const text = rolloutView({ rollout, replicaSets, pods: [], runs }, nowMs)
    expect(text).toContain(`Message:   ${message}`)
    expect(text).toContain(
      '  └─ revision 2  web-new  canary  1/1 available, goes in 30s\n     ├─ analysis web-new-2-2  ✖ Failed: Metric "errors" assessed Failed\n     └─    errors: [0.01], [0.2]  (result[0] < 0.05)',
    )
    expect(text).not.toContain('▶')
  })
})

describe('promote', () => {
  const pauseConditions = [{ reason: 'CanaryPauseStep', startTime: '' }]
  const rows: [string, RolloutStatus, object, boolean, object][] = [
    [
      'a pause',
      { pauseConditions, currentStepIndex: 1 },
      {},
      false,
      { status: { pauseConditions: null }, spec: undefined },
    ],
    [
      'an analysis',
      { currentStepIndex: 2 },
      {},
      false,
      { status: { pauseConditions: null, currentStepIndex: 3 }, spec: undefined },
    ],
    [
      'a Rollout paused by its spec',
      { currentStepIndex: 1 },
      { paused: true },
      false,
      { status: undefined, spec: { paused: false } },
    ],
    ['in full', { currentStepIndex: 1 }, {}, true, { status: { promoteFull: true }, spec: undefined }],
    [
      'nothing',
      { currentPodHash: 'a', stableRS: 'a', currentStepIndex: 4 },
      {},
      false,
      { status: undefined, spec: undefined },
    ],
    [
      'nothing in full',
      { currentPodHash: 'a', stableRS: 'a' },
      {},
      true,
      { status: undefined, spec: undefined },
    ],
  ]
  it.each(rows)('%s', (_, status, spec, full, expected) => {
    const rollout = rolloutFixture(
      { steps },
      { status: { currentPodHash: 'new', stableRS: 'old', ...status }, spec },
    )
    expect(promotePatches(rollout, full)).toEqual(expected)
  })
})

it('verbs work on the API', async () => {
  await using stack = await startTestKernel({
    clock: new VirtualClock(),
    capabilities: [{ ...rollouts, controllers: () => [] }],
  })
  const { client } = stack.kernel
  const { spec } = rolloutFixture({ steps })
  const ref = { name: 'web', namespace: 'default' }
  await client.create(Rollout, { metadata: ref, spec })
  const setStatus = (status: RolloutStatus | Record<string, null>) =>
    client.patch(Rollout, ref, { status }, { subresource: 'status' })
  const printed: string[] = []
  const run = (
    command: Command,
    args: string[],
    flags: Record<string, string> = {},
    signal = new AbortController().signal,
  ) => {
    const context: CommandContext = {
      args,
      flag: name => flags[name],
      flags: name => (flags[name] === undefined ? [] : [flags[name]]),
      isSet: name => flags[name] !== undefined,
      client: async () => client,
      stream: () => Promise.reject(new Error('no stream here')),
      endpoint: async () => '',
      dataDir: '',
      output: 'text',
      print: text => void printed.push(text),
      note: text => void printed.push(text),
      signal,
    }
    return command.run(context)
  }
  await run(list, [])
  expect(printed).toEqual([
    'NAMESPACE  NAME  PHASE    STEP  WEIGHT  AVAILABLE  MESSAGE',
    'default    web   Pending  0/4   -       0/4',
  ])
  await expect(run(get, ['nope'])).rejects.toThrow('Rollout "nope" not found')
  await expect(run(get, [])).rejects.toMatchObject({
    message: 'one name of a Rollout is needed',
    exitCode: 64,
  })
  await expect(run(abort, ['web'])).rejects.toThrow('nothing to abort')
  await setStatus({ stableRS: 'old', currentPodHash: 'new', phase: 'Progressing' })
  await run(abort, ['web'])
  expect((await client.get(Rollout, ref)).status?.abort).toBe(true)
  await expect(run(promote, ['web'])).rejects.toThrow('is aborted')
  await run(retry, ['web'])
  expect((await client.get(Rollout, ref)).status?.abort).toBe(false)
  await expect(run(retry, ['web'])).rejects.toThrow('nothing to retry')
  await run(promote, ['web'], { full: 'true' })
  expect((await client.get(Rollout, ref)).status?.promoteFull).toBe(true)

  const stop = new AbortController()
  const watching = run(get, ['web'], { watch: 'true' }, stop.signal)
  await until('the view', () => printed.at(-1)?.includes('Progressing'))
  await setStatus({ phase: 'Healthy' })
  await until('the change', () => printed.at(-1)?.includes('✔ Healthy'))
  stop.abort()
  await watching

  await client.create(Rollout, { metadata: { name: 'web', namespace: 'kube-system' }, spec })
  await expect(run(get, ['web'])).rejects.toThrow('several namespaces')
  await run(get, ['web'], { namespace: 'kube-system' })
  expect(printed.at(-1)).toContain('namespace kube-system')
})
