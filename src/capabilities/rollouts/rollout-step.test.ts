import { describe, expect, it } from 'vitest'
import { replicaSetFixture as rs, rolloutFixture, runFixture, trafficRouting } from './testing/fixtures.ts'
import type { RolloutSpecStrategyCanary, RolloutStatus } from './kinds/generated/rollout.ts'
import type { Observed, TrafficObserved } from './observed.ts'
import { planRollout } from './rollout-step.ts'
import { stepHashOf } from './canary/steps.ts'
import { SCALE_DOWN_DEADLINE } from './names.ts'

const NOW = Date.UTC(2026, 0, 1, 12)
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString().replace('.000', '')
const steps: RolloutSpecStrategyCanary['steps'] = [
  { setWeight: 25 },
  { pause: { duration: '1m' } },
  { analysis: { templates: [{ templateName: 'errors' }] } },
  { setWeight: 50 },
  { pause: {} },
]
const routed: RolloutSpecStrategyCanary = { steps, trafficRouting }

interface Scene {
  strategy?: RolloutSpecStrategyCanary
  status?: RolloutStatus
  spec?: Parameters<typeof rolloutFixture>[1] extends infer O
    ? O extends { spec?: infer S }
      ? S
      : never
    : never
  canary?: Observed['canary']
  stable?: Observed['stable'] | null
  older?: Observed['older']
  runs?: Observed['runs']
  traffic?: Partial<TrafficObserved>
}

/** An update from `old` to `new`, four replicas, traffic routed unless the strategy says otherwise. */
function observe(scene: Scene): Observed {
  const strategy = scene.strategy ?? routed
  const rollout = rolloutFixture(strategy, {
    status: { currentPodHash: 'new', stableRS: 'old', currentStepIndex: 0, ...scene.status },
    ...(scene.spec ? { spec: scene.spec } : {}),
  })
  rollout.status = { currentStepHash: stepHashOf(rollout), ...rollout.status }
  const traffic: TrafficObserved = {
    weight: 0,
    stableSelected: 'old',
    canarySelected: 'new',
    stableServing: true,
    canaryServing: true,
    ...scene.traffic,
  }
  return {
    rollout,
    hash: 'new',
    canary: scene.canary,
    stable: scene.stable === null ? undefined : (scene.stable ?? rs('old', { replicas: 4, revision: 1 })),
    older: scene.older ?? [],
    runs: scene.runs ?? [],
    pods: [],
    traffic: strategy.trafficRouting ? traffic : undefined,
    nowMs: NOW,
  }
}
const plan = (scene: Scene) => planRollout(observe(scene))
const sizes = (scene: Scene) =>
  Object.fromEntries(
    plan(scene).scale.map(({ replicaSet, replicas }) => [replicaSet.metadata.name, replicas]),
  )
const reasons = (scene: Scene) => plan(scene).events.map(event => event.reason)

describe('a first deployment', () => {
  const first: Scene = { status: { stableRS: undefined, currentPodHash: undefined }, stable: null }
  it('skips the steps and scales in full', () => {
    const { create, status, weight } = plan(first)
    expect({ create, weight, index: status.currentStepIndex, phase: status.phase }).toEqual({
      create: 4,
      weight: 0,
      index: 5,
      phase: 'Progressing',
    })
  })
  it('is stable once every pod is available', () => {
    expect(
      plan({ ...first, canary: rs('new', { replicas: 4, available: 3 }) }).status.stableRS,
    ).toBeUndefined()
    const { status } = plan({ ...first, canary: rs('new', { replicas: 4 }) })
    expect([status.stableRS, status.phase]).toEqual(['new', 'Healthy'])
  })
})

describe('a new template', () => {
  it('starts at the first step and leaves the stable alone', () => {
    const scene: Scene = { status: { currentPodHash: 'old', currentStepIndex: 5 } }
    const { create, revision, status, weight } = plan(scene)
    expect({ create, revision, weight, index: status.currentStepIndex }).toEqual({
      create: 1,
      revision: 2,
      weight: 0,
      index: 0,
    })
    expect(sizes(scene)).toEqual({ 'web-old': 4 })
    expect(reasons(scene)).toEqual(['RolloutUpdated'])
  })
  it('in the middle of an update takes the traffic back and starts over', () => {
    const scene: Scene = {
      status: {
        currentPodHash: 'mid',
        currentStepIndex: 3,
        pauseConditions: [{ reason: 'CanaryPauseStep', startTime: at(0) }],
        controllerPause: true,
      },
      older: [rs('mid', { replicas: 2, revision: 2 })],
      traffic: { weight: 50, canarySelected: 'mid', canaryServing: false },
    }
    const { status, weight, selectors } = plan(scene)
    expect([status.currentStepIndex, status.pauseConditions, weight, selectors.canary]).toEqual([
      0,
      undefined,
      0,
      undefined,
    ])
    expect(sizes(scene)).toEqual({ 'web-mid': 2, 'web-old': 4 })
  })
  it('that is the stable one ends the update at once', () => {
    const scene: Scene = {
      status: { currentPodHash: 'mid', stableRS: 'new', currentStepIndex: 3 },
      canary: rs('new', { replicas: 4, revision: 1 }),
      stable: null,
      older: [rs('mid', { replicas: 2, revision: 2 })],
      traffic: { weight: 50, stableSelected: 'new', canarySelected: 'mid' },
    }
    const { status, weight } = plan(scene)
    expect([status.currentStepIndex, weight, status.phase]).toEqual([5, 0, 'Healthy'])
    expect(reasons(scene)).toEqual(['RolloutUpdated', 'SkipSteps'])
  })
  it('inside the rollback window skips the steps', () => {
    const canary = rs('new', { replicas: 0, revision: 1 })
    canary.metadata.creationTimestamp = '2025-12-01T00:00:00Z'
    const scene: Scene = {
      spec: { rollbackWindow: { revisions: 1 } },
      status: { currentPodHash: 'old', currentStepIndex: 5 },
      canary,
    }
    expect(plan(scene).status.currentStepIndex).toBe(5)
    expect(plan({ ...scene, spec: {} }).status.currentStepIndex).toBe(0)
  })
  it('is not created while the Rollout is paused', () => {
    expect(plan({ spec: { paused: true }, status: { currentPodHash: 'old' } }).create).toBeUndefined()
  })
})

describe('steps', () => {
  const one = rs('new', { replicas: 1, revision: 2 })
  it('setWeight waits for pods, then for the routes', () => {
    expect(plan({ canary: rs('new', { replicas: 1, available: 0 }) })).toMatchObject({
      weight: 0,
      status: { currentStepIndex: 0 },
    })
    expect(plan({ canary: one })).toMatchObject({ weight: 25, status: { currentStepIndex: 0 } })
    expect(plan({ canary: one, traffic: { weight: 25 } })).toMatchObject({
      weight: 25,
      status: { currentStepIndex: 1 },
    })
  })
  it('setWeight waits for a stable that lost a pod', () => {
    const stable = rs('old', { replicas: 4, available: 3 })
    expect(plan({ canary: one, stable, traffic: { weight: 25 } }).status.currentStepIndex).toBe(0)
  })
  it('a pause begins, wakes at its end, and ends', () => {
    const scene: Scene = { canary: one, traffic: { weight: 25 }, status: { currentStepIndex: 1 } }
    const begun = plan(scene)
    expect(begun.status).toMatchObject({
      phase: 'Paused',
      message: 'CanaryPauseStep',
      controllerPause: true,
      currentStepIndex: 1,
    })
    expect(begun.wakeAtMs).toBe(NOW + 60_000)
    const since = (seconds: number) =>
      plan({
        ...scene,
        status: {
          currentStepIndex: 1,
          controllerPause: true,
          pauseConditions: [{ reason: 'CanaryPauseStep', startTime: at(-seconds) }],
        },
      }).status
    expect(since(59).currentStepIndex).toBe(1)
    expect(since(60)).toMatchObject({ currentStepIndex: 2 })
    expect(since(60).pauseConditions).toBeUndefined()
    expect(since(60).controllerPause).toBeUndefined()
  })
  it('a pause without end ends when somebody takes the condition away', () => {
    const two = rs('new', { replicas: 2, revision: 2 })
    const scene: Scene = {
      canary: two,
      traffic: { weight: 50 },
      status: { currentStepIndex: 4, controllerPause: true },
    }
    expect(plan(scene).status).toMatchObject({ currentStepIndex: 5 })
    const waiting = plan({
      ...scene,
      status: {
        currentStepIndex: 4,
        controllerPause: true,
        pauseConditions: [{ reason: 'CanaryPauseStep', startTime: at(-99999) }],
      },
    })
    expect([waiting.status.currentStepIndex, waiting.wakeAtMs]).toEqual([4, undefined])
  })
  it('nothing moves while the Rollout is paused', () => {
    const { status } = plan({ canary: one, traffic: { weight: 25 }, spec: { paused: true } })
    expect([status.currentStepIndex, status.phase, status.message]).toEqual([0, 'Paused', 'manually paused'])
  })
  it('a changed list of steps starts over', () => {
    expect(
      plan({ canary: one, status: { currentStepIndex: 3, currentStepHash: 'other' } }).status
        .currentStepIndex,
    ).toBe(0)
  })
  it('setCanaryScale changes pods and not traffic', () => {
    const strategy = { trafficRouting, steps: [{ setCanaryScale: { replicas: 3 } }, { setWeight: 25 }] }
    expect(sizes({ strategy, canary: one })).toEqual({ 'web-new': 3, 'web-old': 4 })
    expect(plan({ strategy, canary: one }).status.currentStepIndex).toBe(0)
    expect(plan({ strategy, canary: rs('new', { replicas: 3 }) })).toMatchObject({
      weight: 0,
      status: { currentStepIndex: 1 },
    })
  })
  it('without a router pods make the weight', () => {
    const strategy = { steps: [{ setWeight: 25 }], maxSurge: 1, maxUnavailable: 0 }
    expect(sizes({ strategy, canary: rs('new', { replicas: 0 }) })).toEqual({ 'web-new': 1, 'web-old': 4 })
    expect(sizes({ strategy, canary: one })).toEqual({ 'web-new': 1, 'web-old': 3 })
    const { status } = plan({ strategy, canary: one, stable: rs('old', { replicas: 3 }) })
    expect(status.currentStepIndex).toBe(1)
    expect(plan({ strategy, canary: one, stable: rs('old', { replicas: 3 }) }).weight).toBeUndefined()
  })
})

describe('analysis', () => {
  const one = rs('new', { replicas: 1, revision: 2 })
  const scene: Scene = { canary: one, traffic: { weight: 25 }, status: { currentStepIndex: 2 } }
  const judgedBy = (phase: string, extra: Scene = {}): Scene => ({
    ...scene,
    runs: [
      runFixture('web-new-2-2', phase, {
        step: 2,
        message: 'Metric "errors" assessed Failed due to failed (1) > failureLimit (0)',
        values: ['[0.21]'],
      }),
    ],
    status: {
      currentStepIndex: 2,
      canary: { currentStepAnalysisRunStatus: { name: 'web-new-2-2', status: 'Running' } },
    },
    ...extra,
  })
  it('asks for a run and remembers it from then on', () => {
    const { runs, status } = plan(scene)
    expect(runs.create).toMatchObject([{ type: 'Step', index: 2, name: 'web-new-2-2' }])
    expect(status.canary?.currentStepAnalysisRunStatus).toEqual({ name: 'web-new-2-2', status: 'Pending' })
  })
  it('takes over a run that it made before it was killed', () => {
    expect(plan({ ...scene, runs: [runFixture('web-new-2-2', 'Running', { step: 2 })] }).runs).toMatchObject({
      create: [],
      step: { metadata: { name: 'web-new-2-2' } },
    })
  })
  it('goes on when it succeeds', () => {
    expect(plan(judgedBy('Running')).status.currentStepIndex).toBe(2)
    expect(plan(judgedBy('Successful')).status.currentStepIndex).toBe(3)
    expect(reasons(judgedBy('Successful'))).toEqual(['AnalysisRunSuccessful', 'RolloutStepCompleted'])
  })
  it('aborts when it fails, and says by what', () => {
    const { status, weight, runs } = plan(judgedBy('Failed'))
    expect([status.abort, status.abortedAt, weight, status.currentStepIndex]).toEqual([true, at(0), 0, 0])
    expect(status.phase).toBe('Degraded')
    expect(status.message).toBe(
      'RolloutAborted: Rollout aborted update to revision 2: Metric "errors" assessed Failed due to failed (1) > failureLimit (0); measured [0.21] (successCondition: result[0] < 0.05) by AnalysisRun web-new-2-2',
    )
    expect(status.canary?.currentStepAnalysisRunStatus).toMatchObject({
      name: 'web-new-2-2',
      status: 'Failed',
    })
    expect(runs.create).toEqual([])
    expect(reasons(judgedBy('Failed'))).toEqual(['RolloutAborted', 'AnalysisRunFailed'])
  })
  it('aborts on an error, never succeeds', () => {
    expect(plan(judgedBy('Error')).status.abort).toBe(true)
  })
  it('pauses when it is inconclusive, and asks anew when resumed', () => {
    const { status } = plan(judgedBy('Inconclusive'))
    expect(status).toMatchObject({ phase: 'Paused', message: 'InconclusiveAnalysisRun', currentStepIndex: 2 })
    const resumed = plan(
      judgedBy('Inconclusive', {
        status: {
          currentStepIndex: 2,
          controllerPause: true,
          canary: { currentStepAnalysisRunStatus: { name: 'web-new-2-2', status: 'Inconclusive' } },
        },
      }),
    )
    expect(resumed.runs.create).toMatchObject([{ name: 'web-new-2-2.1' }])
    expect(resumed.status.controllerPause).toBeUndefined()
  })
  it('in the background begins at its step and ends with the update', () => {
    const strategy = { ...routed, analysis: { templates: [{ templateName: 'errors' }], startingStep: 1 } }
    expect(plan({ strategy, canary: one, traffic: { weight: 0 } }).runs.create).toEqual([])
    const begun = plan({ strategy, canary: one, traffic: { weight: 25 }, status: { currentStepIndex: 1 } })
    expect(begun.runs.create).toMatchObject([{ type: 'Background', name: 'web-new-2' }])
    const run = runFixture('web-new-2', 'Running')
    const promoted = plan({
      strategy,
      canary: rs('new', { replicas: 4 }),
      stable: null,
      runs: [run],
      status: { stableRS: 'new' },
    })
    expect(promoted.runs.terminate).toEqual([run])
  })
})

describe('abort and retry', () => {
  const one = rs('new', { replicas: 1, revision: 2 })
  const aborted: Scene = {
    canary: one,
    traffic: { weight: 25 },
    status: { currentStepIndex: 3, abort: true },
  }
  it('by a person takes the traffic back and keeps the canary for its delay', () => {
    const { weight, scale, status } = plan(aborted)
    expect([weight, status.message]).toEqual([0, 'RolloutAborted: Rollout aborted update to revision 2'])
    expect(scale.find(({ replicaSet }) => replicaSet === one)).toMatchObject({
      replicas: 1,
      deadlineMs: NOW + 30_000,
    })
  })
  it('scales the canary down when the delay is over', () => {
    const canary = rs('new', { replicas: 1, revision: 2, deadline: at(0) })
    expect(canary.metadata.annotations?.[SCALE_DOWN_DEADLINE]).toBe(at(0))
    expect(sizes({ ...aborted, canary, traffic: { weight: 0 } })).toEqual({ 'web-new': 0, 'web-old': 4 })
    expect(sizes({ ...aborted, canary, traffic: { weight: 25 } })).toEqual({ 'web-new': 1, 'web-old': 4 })
  })
  it('keeps it for good with a delay of 0', () => {
    const strategy = { ...routed, abortScaleDownDelaySeconds: 0 }
    expect(plan({ ...aborted, strategy }).scale[0]).toMatchObject({ replicas: 1, deadlineMs: null })
  })
  it('keeps its message', () => {
    const again = plan({
      ...aborted,
      status: {
        abort: true,
        abortedAt: at(-5),
        conditions: [
          {
            type: 'Progressing',
            status: 'False',
            reason: 'RolloutAborted',
            message: 'why',
            lastUpdateTime: at(-5),
            lastTransitionTime: at(-5),
          },
        ],
      },
    })
    expect([again.status.message, again.events]).toEqual(['RolloutAborted: why', []])
  })
  it('is taken back by a retry, with new runs', () => {
    const scene: Scene = {
      strategy: { ...routed, analysis: { templates: [{ templateName: 'errors' }] } },
      canary: rs('new', { replicas: 1, revision: 2, deadline: at(20) }),
      status: {
        abort: false,
        abortedAt: at(-5),
        currentStepIndex: 0,
        canary: { currentBackgroundAnalysisRunStatus: { name: 'web-new-2', status: 'Failed' } },
      },
      runs: [runFixture('web-new-2', 'Failed')],
    }
    const { status, runs, weight, scale } = plan(scene)
    expect([status.abortedAt, status.phase, weight]).toEqual([undefined, 'Progressing', 25])
    expect(runs.create).toMatchObject([{ name: 'web-new-2.1' }])
    expect(scale.find(({ replicaSet }) => replicaSet.metadata.name === 'web-new')?.deadlineMs).toBeNull()
  })
  it('means nothing when nothing is updated', () => {
    const { status } = plan({
      canary: rs('new', { replicas: 4 }),
      stable: null,
      status: { stableRS: 'new', abort: true },
    })
    expect([status.abort, status.phase]).toEqual([undefined, 'Healthy'])
  })
  it('follows a deadline where that is asked for', () => {
    const conditions = [
      {
        type: 'Progressing',
        status: 'True',
        reason: 'ReplicaSetUpdated',
        message: '',
        lastUpdateTime: at(-60),
        lastTransitionTime: at(-60),
      },
    ]
    const scene = (spec: object): Scene => ({
      spec: { progressDeadlineSeconds: 60, ...spec },
      status: { conditions, updatedReplicas: 1, readyReplicas: 4, availableReplicas: 4, replicas: 5 },
      canary: rs('new', { replicas: 1, available: 0 }),
    })
    expect(plan(scene({})).status).toMatchObject({
      phase: 'Degraded',
      message: 'ProgressDeadlineExceeded: ReplicaSet "web-new" has timed out progressing.',
    })
    expect(plan(scene({})).status.abort).toBeUndefined()
    expect(plan(scene({ progressDeadlineAbort: true })).status.message).toContain(
      'made no progress within 60 s',
    )
    expect(plan(scene({ progressDeadlineSeconds: 61 })).wakeAtMs).toBe(NOW + 1000)
  })
})

describe('promotion', () => {
  const four = rs('new', { replicas: 4, revision: 2 })
  const done: Scene = { canary: four, status: { currentStepIndex: 5 } }
  it('raises the weight to the end before the versions change places', () => {
    const { weight, status } = plan({ ...done, traffic: { weight: 50 } })
    expect([weight, status.stableRS]).toEqual([100, 'old'])
  })
  it('waits for every pod', () => {
    const scene: Scene = { ...done, canary: rs('new', { replicas: 2, revision: 2 }), traffic: { weight: 50 } }
    expect(plan(scene).weight).toBe(50)
    expect(sizes(scene)).toEqual({ 'web-new': 4, 'web-old': 4 })
  })
  it('happens when all traffic is on the new version', () => {
    const { status, weight, selectors } = plan({ ...done, traffic: { weight: 100 } })
    expect([status.stableRS, weight, selectors.stable]).toEqual(['new', 100, 'old'])
  })
  const after: Scene = {
    canary: four,
    stable: null,
    older: [rs('old', { replicas: 4, revision: 1 })],
    status: { stableRS: 'new', currentStepIndex: 5 },
  }
  it('first moves the stable Service while the canary Service has the traffic', () => {
    const { weight, selectors } = plan({
      ...after,
      traffic: { weight: 100, stableSelected: 'old', stableServing: false },
    })
    expect([weight, selectors.stable]).toEqual([100, 'new'])
  })
  it('holds the weight until its endpoints are the new pods', () => {
    expect(
      plan({ ...after, traffic: { weight: 100, stableSelected: 'new', stableServing: false } }).weight,
    ).toBe(100)
    expect(
      plan({ ...after, traffic: { weight: 100, stableSelected: 'new', stableServing: true } }).weight,
    ).toBe(0)
  })
  it('keeps the old version for its delay, then lets it go', () => {
    const scene: Scene = { ...after, traffic: { weight: 0, stableSelected: 'new' } }
    expect(plan(scene).scale[0]).toMatchObject({ replicas: 4, deadlineMs: NOW + 30_000 })
    const older = [rs('old', { replicas: 4, revision: 1, deadline: at(-1) })]
    expect(sizes({ ...scene, older })).toEqual({ 'web-old': 0, 'web-new': 4 })
    expect(sizes({ ...scene, older, traffic: { weight: 0, stableSelected: 'old' } })).toEqual({
      'web-old': 4,
      'web-new': 4,
    })
  })
  it('in full skips what is left', () => {
    const scene: Scene = {
      canary: rs('new', { replicas: 1, revision: 2 }),
      status: {
        currentStepIndex: 1,
        promoteFull: true,
        controllerPause: true,
        pauseConditions: [{ reason: 'CanaryPauseStep', startTime: at(0) }],
      },
      traffic: { weight: 25 },
    }
    expect(plan(scene).status).toMatchObject({ currentStepIndex: 5 })
    expect(plan(scene).status.pauseConditions).toBeUndefined()
    expect(sizes(scene)).toEqual({ 'web-new': 4, 'web-old': 4 })
    expect(plan({ ...scene, canary: four, traffic: { weight: 100 } }).status).toMatchObject({
      stableRS: 'new',
    })
  })
  it('without a router needs only the pods', () => {
    const { status } = plan({
      strategy: { steps: [{ setWeight: 25 }] },
      canary: four,
      stable: rs('old', { replicas: 0 }),
      status: { currentStepIndex: 1 },
    })
    expect(status.stableRS).toBe('new')
  })
})

it('removes empty ReplicaSets beyond the history limit, the oldest first', () => {
  const older = [1, 2, 3, 4].map(revision =>
    rs(`r${revision}`, { replicas: revision === 1 ? 1 : 0, revision }),
  )
  const { remove } = plan({
    spec: { revisionHistoryLimit: 2 },
    canary: rs('new', { replicas: 1, revision: 9 }),
    older,
  })
  expect(remove.map(({ metadata }) => metadata.name)).toEqual(['web-r2', 'web-r3'])
})
