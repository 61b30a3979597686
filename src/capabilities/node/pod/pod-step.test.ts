import { describe, expect, it } from 'vitest'
import type { Pod, PodSpec, PodStatus } from '../../../kube/generated/core-v1.ts'
import {
  type ContainerView,
  newView,
  START_ERROR,
  type Terminated,
  viewFromStatus,
} from './container-view.ts'
import { type PodPlace, podStatus } from './pod-status.ts'
import { podStep } from './pod-step.ts'

const NOW = Date.UTC(2026, 0, 1, 12)
const place: PodPlace = {
  podIP: '127.64.0.9',
  hostIP: '127.0.0.1',
  isolation: { isIsolated: false, reason: 'ProcessRuntime', message: 'none' },
}

const running = (extra: Partial<ContainerView> = {}): ContainerView => ({
  ...newView(),
  state: { kind: 'running', id: 'c1', startedAt: NOW - 1000 },
  started: true,
  passing: true,
  ...extra,
})
const ended = (
  exitCode: number,
  extra: Partial<ContainerView> = {},
  state: Partial<Terminated> = {},
): ContainerView => ({
  ...newView(),
  state: {
    kind: 'terminated',
    id: 'c1',
    exitCode,
    reason: exitCode ? 'Error' : 'Completed',
    startedAt: NOW - 2000,
    finishedAt: NOW,
    ...state,
  },
  ...extra,
})
const held = { backOff: { delayMs: 20_000, since: NOW - 5000 }, restartCount: 2 }

const podOf = (spec: Partial<PodSpec>, metadata: object = {}, status?: PodStatus): Pod =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default', uid: 'u1', resourceVersion: '1', ...metadata },
    spec: { containers: [{ name: 'a' }], ...spec },
    ...(status ? { status } : {}),
    // Only what the decision reads.
  }) as Pod

const init = { initContainers: [{ name: 'i' }, { name: 'j' }] }
const sidecar = { initContainers: [{ name: 's', restartPolicy: 'Always' }] }

interface Case {
  pod: Pod
  views: Record<string, ContainerView>
  start?: string[]
  stop?: string[]
  wakeIn?: number
  phase: string
  /** Reason of what container `a` waits for. */
  waiting?: string | undefined
  ready?: boolean
}

const cases: Record<string, Case> = {
  'a new pod starts': {
    pod: podOf({}),
    views: {},
    start: ['a'],
    phase: 'Pending',
    waiting: 'ContainerCreating',
  },
  'a running pod is left alone': { pod: podOf({}), views: { a: running() }, phase: 'Running', ready: true },
  'a container that is not ready': {
    pod: podOf({}),
    views: { a: running({ passing: false }) },
    phase: 'Running',
  },
  'init containers go one by one': {
    pod: podOf(init),
    views: {},
    start: ['i'],
    phase: 'Pending',
    waiting: 'PodInitializing',
  },
  'the second after the first has succeeded': {
    pod: podOf(init),
    views: { i: ended(0) },
    start: ['j'],
    phase: 'Pending',
    waiting: 'PodInitializing',
  },
  'a failed init container is tried again at once': {
    pod: podOf(init),
    views: { i: ended(1) },
    start: ['i'],
    phase: 'Pending',
    waiting: 'PodInitializing',
  },
  'a failed init container fails a pod that never restarts': {
    pod: podOf({ ...init, restartPolicy: 'Never' }),
    views: { i: ended(1) },
    phase: 'Failed',
    waiting: 'PodInitializing',
  },
  'containers after all init containers': {
    pod: podOf(init),
    views: { i: ended(0), j: ended(0) },
    start: ['a'],
    phase: 'Pending',
    waiting: 'PodInitializing',
  },
  'a sidecar holds the others until it has started': {
    pod: podOf(sidecar),
    views: { s: running({ started: false }) },
    phase: 'Pending',
    waiting: 'PodInitializing',
  },
  'a sidecar that runs lets them start': {
    pod: podOf(sidecar),
    views: { s: running() },
    start: ['a'],
    phase: 'Pending',
    waiting: 'PodInitializing',
  },
  'a sidecar is restarted whatever the policy': {
    pod: podOf({ ...sidecar, restartPolicy: 'Never' }),
    views: { s: ended(0, { restartCount: 1 }), a: running() },
    start: ['s'],
    phase: 'Running',
  },
  'a sidecar ends with the last container': {
    pod: podOf({ ...sidecar, restartPolicy: 'Never' }),
    views: { s: running(), a: ended(0) },
    stop: ['s'],
    phase: 'Running',
  },
  'the first crash is restarted at once': {
    pod: podOf({}),
    views: { a: ended(1) },
    start: ['a'],
    phase: 'Running',
  },
  'further crashes wait': {
    pod: podOf({}),
    views: { a: ended(1, held) },
    wakeIn: 20_000,
    phase: 'Running',
    waiting: 'CrashLoopBackOff',
  },
  'so do successes, when the policy is Always': {
    pod: podOf({}),
    views: { a: ended(0, held) },
    wakeIn: 20_000,
    phase: 'Running',
    waiting: 'CrashLoopBackOff',
  },
  'a command that cannot be executed': {
    pod: podOf({}),
    views: { a: ended(128, held, { reason: START_ERROR }) },
    wakeIn: 20_000,
    phase: 'Running',
    waiting: 'RunContainerError',
  },
  'OnFailure: a success ends the pod': {
    pod: podOf({ restartPolicy: 'OnFailure' }),
    views: { a: ended(0) },
    phase: 'Succeeded',
  },
  'OnFailure: a failure does not': {
    pod: podOf({ restartPolicy: 'OnFailure' }),
    views: { a: ended(1) },
    start: ['a'],
    phase: 'Running',
  },
  'Never: a failure ends the pod': {
    pod: podOf({ restartPolicy: 'Never' }),
    views: { a: ended(1) },
    phase: 'Failed',
  },
  'Never: one of two still runs': {
    pod: podOf({ restartPolicy: 'Never', containers: [{ name: 'a' }, { name: 'b' }] }),
    views: { a: ended(1), b: running() },
    phase: 'Running',
  },
  'a missing image waits for its time': {
    pod: podOf({}),
    views: { a: { ...newView(), state: { kind: 'waiting', reason: 'ErrImagePull', retryAt: NOW + 7000 } } },
    wakeIn: 7000,
    phase: 'Pending',
    waiting: 'ErrImagePull',
  },
  'a pod that is being deleted stops': {
    pod: podOf({}, { deletionTimestamp: '2026-01-01T12:00:30Z', deletionGracePeriodSeconds: 30 }),
    views: { a: running() },
    stop: ['a'],
    phase: 'Running',
    ready: true,
  },
  'and is not told twice': {
    pod: podOf({}, { deletionTimestamp: '2026-01-01T12:00:30Z' }),
    views: { a: running({ stopping: true, passing: false }) },
    phase: 'Running',
  },
  'nor restarted': {
    pod: podOf({}, { deletionTimestamp: '2026-01-01T12:00:30Z' }),
    views: { a: ended(143) },
    phase: 'Failed',
  },
  'a clean end of a deleted pod is a success': {
    pod: podOf({}, { deletionTimestamp: '2026-01-01T12:00:30Z' }),
    views: { a: ended(0) },
    phase: 'Succeeded',
  },
  'a deadline is waited for': {
    pod: podOf({ activeDeadlineSeconds: 60 }, {}, { startTime: '2026-01-01T11:59:30Z', phase: 'Running' }),
    views: { a: running() },
    wakeIn: 30_000,
    phase: 'Running',
    ready: true,
  },
  'and stops what runs': {
    pod: podOf({ activeDeadlineSeconds: 60 }, {}, { startTime: '2026-01-01T11:59:00Z', phase: 'Running' }),
    views: { a: running() },
    stop: ['a'],
    phase: 'Running',
    ready: true,
  },
  'and then the pod has failed': {
    pod: podOf({ activeDeadlineSeconds: 60 }, {}, { startTime: '2026-01-01T11:59:00Z', phase: 'Running' }),
    views: { a: ended(143) },
    phase: 'Failed',
  },
  'a finished pod stays finished': {
    pod: podOf({}, {}, { phase: 'Failed', reason: 'DeadlineExceeded' }),
    views: { a: ended(1) },
    phase: 'Failed',
  },
}

describe('the next step of a pod', () => {
  it.each(Object.entries(cases))('%s', (_, expected) => {
    const situation = { pod: expected.pod, views: new Map(Object.entries(expected.views)), now: NOW }
    const step = podStep(situation)
    const status = podStatus(situation, step, place)
    const ready = status.conditions?.find(condition => condition.type === 'Ready')?.status === 'True'
    expect({
      start: step.start,
      stop: step.stop.map(({ name }) => name),
      wakeIn: step.wakeAt && step.wakeAt - NOW,
      phase: status.phase,
      waiting: status.containerStatuses?.[0]?.state?.waiting?.reason,
      ready,
    }).toEqual({
      start: expected.start ?? [],
      stop: expected.stop ?? [],
      wakeIn: expected.wakeIn,
      phase: expected.phase,
      waiting: expected.waiting,
      ready: expected.ready ?? false,
    })
  })
})

describe('the status of a pod', () => {
  const statusOf = (pod: Pod, views: Record<string, ContainerView>) => {
    const situation = { pod, views: new Map(Object.entries(views)), now: NOW }
    return podStatus(situation, podStep(situation), place)
  }
  const condition = (status: PodStatus, type: string) => status.conditions?.find(one => one.type === type)

  it('words a crash loop as the kubelet does', () => {
    const [status] = statusOf(podOf({}), { a: ended(137, held, { signal: 9 }) }).containerStatuses ?? []
    expect(status?.state?.waiting).toEqual({
      reason: 'CrashLoopBackOff',
      message: 'back-off 20s restarting failed container=a pod=web_default(u1)',
    })
    expect(status?.lastState?.terminated).toMatchObject({
      exitCode: 137,
      signal: 9,
      containerID: 'drave://c1',
    })
    expect(status).toMatchObject({ restartCount: 2, ready: false, started: false })
  })

  it('keeps the time of a condition until it changes, and conditions of others', () => {
    const first = statusOf(podOf({}), { a: running({ passing: false }) })
    const gate = { type: 'example.com/gate', status: 'False' }
    const aged = (first.conditions ?? []).map(one => ({ ...one, lastTransitionTime: '2025-01-01T00:00:00Z' }))
    const second = statusOf(podOf({}, {}, { ...first, conditions: [...aged, gate] }), { a: running() })
    expect(condition(second, 'Initialized')?.lastTransitionTime).toBe('2025-01-01T00:00:00Z')
    expect(condition(second, 'Ready')).toMatchObject({
      status: 'True',
      lastTransitionTime: '2026-01-01T12:00:00Z',
    })
    expect(condition(second, 'example.com/gate')).toEqual(gate)
    expect(condition(first, 'Ready')).toMatchObject({
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [a]',
    })
  })

  it('waits for readiness gates', () => {
    const gated = { readinessGates: [{ conditionType: 'example.com/gate' }] }
    const status = statusOf(podOf(gated), { a: running() })
    expect(condition(status, 'Ready')).toMatchObject({ status: 'False', reason: 'ReadinessGatesNotReady' })
    expect(condition(status, 'ContainersReady')?.status).toBe('True')
    const opened = { conditions: [{ type: 'example.com/gate', status: 'True' }] }
    expect(condition(statusOf(podOf(gated, {}, opened), { a: running() }), 'Ready')?.status).toBe('True')
  })

  it('says that a pod has exceeded its deadline', () => {
    const pod = podOf({ activeDeadlineSeconds: 1 }, {}, { startTime: '2026-01-01T11:00:00Z' })
    expect(statusOf(pod, { a: ended(143) })).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' })
  })

  it('is read back after a restart: what ran has ended, what had ended stays', () => {
    const [status] = statusOf(podOf({}), { a: running({ restartCount: 3 }) }).containerStatuses ?? []
    const view = status && viewFromStatus(status, NOW + 5000)
    expect(view).toMatchObject({
      restartCount: 3,
      state: { kind: 'terminated', exitCode: 137, id: 'c1', finishedAt: NOW + 5000 },
    })
  })
})

describe('the sidecars of a deleted pod', () => {
  const two = {
    initContainers: [
      { name: 's', restartPolicy: 'Always' },
      { name: 't', restartPolicy: 'Always' },
    ],
  } as Partial<PodSpec>
  const deletionTimestamp = new Date(NOW + 20_000).toISOString()
  const pod = podOf(two, { deletionTimestamp, deletionGracePeriodSeconds: 30 })
  it.each<[string, Record<string, ContainerView>, object[]]>([
    ['wait for the others', { s: running(), t: running(), a: running() }, [{ name: 'a', graceSeconds: 30 }]],
    [
      'end in reverse, in the time that is left',
      { s: running(), t: running(), a: ended(0) },
      [{ name: 't', graceSeconds: 20 }],
    ],
    ['end to the first', { s: running(), t: ended(0), a: ended(0) }, [{ name: 's', graceSeconds: 20 }]],
  ])('%s', (_, views, stop) => {
    expect(podStep({ pod, views: new Map(Object.entries(views)), now: NOW }).stop).toEqual(stop)
  })
})
