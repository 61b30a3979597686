import { describe, expect, it } from 'vitest'
import type { Pod, PodSpec, PodStatus } from '../../kube/generated/core-v1.ts'
import { toTime } from '../../lib/clock.ts'
import { podStage } from './pod-stages.ts'

const START = Date.parse('2026-01-01T10:00:00Z')
const place = { podIP: '10.64.0.1', hostIP: '10.64.0.255' }
const DELAYED = (delays: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(delays).map(([stage, delay]) => [`${stage}.stage.kwok.x-k8s.io/delay`, delay]),
  )

function podOf(spec: Partial<PodSpec> = {}, meta: object = {}, status: PodStatus = {}): Pod {
  // Only what the stages read.
  return {
    metadata: { name: 'p', uid: 'u', creationTimestamp: toTime(START), ...meta },
    spec: { containers: [{ name: 'c', image: 'c' }], ...spec },
    status: { phase: 'Pending', ...status },
  } as unknown as Pod
}

/** What a watcher sees of a pod: `seconds phase state` at each write, until nothing more happens. */
function life(pod: Pod, untilSeconds = 100): string[] {
  const seen: string[] = []
  let current = pod
  for (let now = START; now <= START + untilSeconds * 1000; ) {
    const { status, wakeAt, remove } = podStage(current, place, now)
    const at = (now - START) / 1000
    if (status) {
      current = { ...current, status }
      const states = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].map(
        ({ state, restartCount }) =>
          `${state?.running ? 'running' : (state?.terminated?.reason ?? state?.waiting?.reason)}${restartCount || ''}`,
      )
      const ready = status.conditions?.find(({ type }) => type === 'Ready')?.status
      seen.push(`${at} ${status.phase} ${states.join(' ')} ${ready}`)
    }
    if (remove) seen.push(`${at} removed`)
    if (wakeAt === undefined) break
    now = wakeAt
  }
  return seen
}

const job = { ownerReferences: [{ kind: 'Job' }] }
const code = { 'simulator.drave.dev/exit-code': '3' }

it('says which spec the status is about', () => {
  const first = podStage(podOf({}, { generation: 1 }), place, START).status
  expect(first?.observedGeneration).toBe(1)
  const changed = podOf({}, { generation: 2 }, first)
  const second = podStage(changed, place, START).status
  expect(second).toEqual({ ...first, observedGeneration: 2 })
  expect(podStage({ ...changed, status: second }, place, START)).toEqual({})
})

describe('the life of a simulated pod', () => {
  it.each<[string, Pod, string[], number?]>([
    ['is ready in one write', podOf(), ['0 Running running True']],
    [
      'shows the stages that take time',
      podOf({}, { annotations: DELAYED({ 'pod-create': '2s', 'pod-ready': '3s' }) }),
      ['2 Pending ContainerCreating False', '5 Running running True'],
    ],
    [
      'runs init containers in turn, beside a sidecar',
      podOf(
        {
          initContainers: [
            { name: 's', image: 's', restartPolicy: 'Always' },
            { name: 'i', image: 'i' },
          ],
        },
        { annotations: DELAYED({ 'pod-init-container-completed': '4s' }) },
      ),
      ['0 Pending running running PodInitializing False', '4 Running running Completed running True'],
    ],
    [
      'may not become ready',
      podOf({}, { annotations: { 'simulator.drave.dev/ready': 'false' } }),
      ['0 Running running False'],
    ],
    [
      'ends with its Job',
      podOf({ restartPolicy: 'Never' }, job),
      ['0 Running running True', '1 Succeeded Completed False'],
    ],
    [
      'fails as it was told',
      podOf(
        { restartPolicy: 'Never' },
        { ...job, annotations: { ...code, ...DELAYED({ 'pod-complete': '5s' }) } },
      ),
      ['0 Running running True', '5 Failed Error False'],
    ],
    [
      'is restarted with a back-off',
      podOf({ restartPolicy: 'OnFailure' }, { ...job, annotations: code }),
      [
        '0 Running running True',
        '1 Running CrashLoopBackOff False',
        '11 Running running1 True',
        '12 Running CrashLoopBackOff1 False',
        '32 Running running2 True',
        '33 Running CrashLoopBackOff2 False',
      ],
      40,
    ],
    [
      'waits for its readiness gates',
      podOf({ readinessGates: [{ conditionType: 'example.com/open' }] }),
      ['0 Running running False'],
    ],
    [
      'goes when it is deleted',
      podOf(
        {},
        {
          deletionTimestamp: toTime(START + 30_000),
          deletionGracePeriodSeconds: 30,
          annotations: DELAYED({ 'pod-delete': '2s' }),
        },
      ),
      ['2 removed'],
    ],
    [
      'takes no longer than its grace period',
      podOf(
        {},
        {
          deletionTimestamp: toTime(START + 5000),
          deletionGracePeriodSeconds: 5,
          annotations: DELAYED({ 'pod-delete': '20s' }),
        },
      ),
      ['5 removed'],
    ],
    [
      'says how it ended to those that hold it',
      podOf({}, { deletionTimestamp: toTime(START), deletionGracePeriodSeconds: 0, finalizers: ['f'] }),
      ['0 Failed Error False'],
    ],
  ])('%s', (_, pod, expected, untilSeconds) => expect(life(pod, untilSeconds)).toEqual(expected))

  it('says on the pod what it is, and changes nothing twice', () => {
    const { status } = podStage(podOf(), place, START)
    expect(status).toMatchObject({ podIP: '10.64.0.1', hostIP: '10.64.0.255', startTime: toTime(START) })
    expect(status?.conditions?.find(({ type }) => type === 'drave.dev/Simulated')).toMatchObject({
      status: 'True',
    })
    expect(podStage(podOf({}, {}, status), place, START + 5000)).toEqual({})
  })
})
