import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../kernel/clock.ts'
import type { Container, Pod, ResourceRequirements } from '../../../kube/generated/core-v1.ts'
import type { NodeParts } from '../node-parts.ts'
import { allocated, allocationFromStatus } from './allocation.ts'
import { containerResize, lowersMemory } from './container-resize.ts'
import { shortage } from './fits-node.ts'
import { comparePending } from './pending-order.ts'
import { PodResize } from './pod-resize.ts'

const cpu = (amount: string): ResourceRequirements => ({ requests: { cpu: amount } })

function podOf(resources: ResourceRequirements, more: Partial<Pod> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '', generation: 1 },
    spec: { containers: [{ name: 'c', image: 'i', resources }] },
    ...more,
  }
}

/** As `kubectl patch --subresource resize` leaves it. */
const resized = (pod: Pod, resources: ResourceRequirements): Pod => ({
  ...podOf(resources),
  metadata: { ...pod.metadata, generation: (pod.metadata.generation ?? 0) + 1 },
  status: pod.status,
})

function podResize(pod: Pod) {
  const events: string[] = []
  const clock = new VirtualClock(0)
  const node = {
    clock,
    allocatable: { cpu: '4', memory: '8Gi' },
    events: {
      record: (_: unknown, { type, reason, message }: Record<string, string>) =>
        void events.push(`${type} ${reason} ${message}`),
    },
  }
  // The parts that it uses.
  return { clock, events, resize: new PodResize(pod, node as unknown as NodeParts) }
}

describe('a resize', () => {
  const before = podOf(cpu('1'))
  const after = resized(before, cpu('2'))

  it('is allocated, is in progress, and is done when its containers have it', () => {
    const { resize, events } = podResize(before)
    resize.observe(after)
    expect(resize.pod.spec.containers[0]?.resources).toEqual(cpu('1'))
    expect(resize.allocate([], undefined)).toBe(true)
    expect(resize.pod).toBe(after)
    expect(resize.conditions).toEqual([
      {
        type: 'PodResizeInProgress',
        status: 'True',
        observedGeneration: 2,
        lastTransitionTime: '1970-01-01T00:00:00Z',
      },
    ])
    resize.completed()
    expect(resize.conditions).toEqual([])
    const summary = '{"containers":[{"name":"c","resources":{"requests":{"cpu":"2"}}}],"generation":2}'
    expect(events).toEqual([
      `Normal ResizeStarted Pod resize started: ${summary}`,
      `Normal ResizeCompleted Pod resize completed: ${summary}`,
    ])
  })

  it('waits while other pods hold what it asks for, and says so once', () => {
    const { resize, events } = podResize(before)
    resize.observe(after)
    const others = [podOf(cpu('2500m'))]
    for (let times = 0; times < 2; times++) expect(resize.allocate(others, undefined)).toBe(false)
    expect(resize.conditions).toMatchObject([
      {
        type: 'PodResizePending',
        reason: 'Deferred',
        observedGeneration: 2,
        message: "Node didn't have enough resource: cpu, requested: 2000, used: 2500, capacity: 4000",
      },
    ])
    expect(events).toHaveLength(1)
    expect(events[0]).toMatch('Warning ResizeDeferred Pod resize OutOfcpu: {"containers":')
    expect(resize.retryAfterMs).toBe(180_000)
    expect(resize.allocate([], undefined)).toBe(true)
    expect(resize.conditions.map(({ type }) => type)).toEqual(['PodResizeInProgress'])
  })

  it('is infeasible where the node cannot do it', () => {
    const { resize, events } = podResize(before)
    resize.observe(after)
    expect(resize.allocate([], 'no control groups')).toBe(false)
    expect(resize.conditions).toMatchObject([{ reason: 'Infeasible', message: 'no control groups' }])
    expect(events[0]).toMatch('Warning ResizeInfeasible Pod resize Infeasible: ')
    // The wish is taken back.
    resize.observe(resized(after, cpu('1')))
    resize.allocate([], 'no control groups')
    expect(resize.conditions).toEqual([])
  })

  it('that fails is tried again, under the generation that began it', () => {
    const { resize, events } = podResize(before)
    resize.observe(after)
    resize.allocate([], undefined)
    for (let times = 0; times < 2; times++) resize.failed('in use')
    expect(resize.conditions).toMatchObject([
      { type: 'PodResizeInProgress', reason: 'Error', message: 'in use', observedGeneration: 2 },
    ])
    expect(events.filter(event => event.startsWith('Warning ResizeError'))).toHaveLength(1)
    expect(resize.retryAfterMs).toBe(10_000)
  })

  it('is gone on with by a later Drave, as the status has it', () => {
    const status: Pod['status'] = {
      conditions: [
        {
          type: 'PodResizePending',
          status: 'True',
          reason: 'Deferred',
          observedGeneration: 2,
          lastTransitionTime: '1970-01-01T00:01:00Z',
        },
      ],
      containerStatuses: [
        {
          name: 'c',
          image: 'i',
          imageID: '',
          ready: true,
          restartCount: 0,
          allocatedResources: { cpu: '1' },
          resources: cpu('1'),
        },
      ],
    }
    const { resize } = podResize({ ...after, status })
    resize.observe(after)
    expect(resize.pod.spec.containers[0]?.resources).toEqual(cpu('1'))
    expect([resize.isDeferred, resize.pendingSince]).toEqual([true, 60_000])
  })
})

describe('an allocation', () => {
  it('is what is asked for where there is no status', () => {
    const pod = podOf(cpu('1'))
    expect(allocated(pod, allocationFromStatus(pod))).toBe(pod)
  })

  it.each([
    [cpu('1'), [], undefined],
    [cpu('4'), [cpu('1m')], 'cpu, requested: 4000, used: 1, capacity: 4000'],
    [{ requests: { memory: '9Gi' } }, [], 'memory, requested: 9663676416, used: 0, capacity: 8589934592'],
    [{ limits: { cpu: '100' } }, [cpu('4')], undefined],
  ])('of %j beside %j lacks %s', (asked, others, message) => {
    const found = shortage(
      podOf(asked),
      others.map(other => podOf(other)),
      { cpu: '4', memory: '8Gi' },
    )
    expect(found?.message).toBe(message && `Node didn't have enough resource: ${message}`)
  })
})

describe('a running container', () => {
  const restarts: Container['resizePolicy'] = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }]

  it.each([
    [cpu('1'), cpu('1000m'), [], 'nothing'],
    [cpu('2'), cpu('1'), [], 'update'],
    [cpu('2'), cpu('1'), restarts, 'update'],
    [{ limits: { memory: '2Mi' } }, { limits: { memory: '1Mi' } }, restarts, 'restart'],
    [{ limits: { memory: '2Mi' } }, {}, restarts, 'restart'],
    [{ limits: { 'example.com/x': '1' } }, {}, restarts, 'nothing'],
  ])('allocated %j that has %j under %j needs %s', (resources, given, resizePolicy, kind) => {
    expect(containerResize({ resources, resizePolicy }, given)).toBe(kind)
  })

  it.each([
    ['1Mi', '2Mi', true],
    ['1Mi', undefined, true],
    ['2Mi', '2048Ki', false],
    [undefined, '2Mi', false],
  ])('allocated %s of memory that has %s has to fit below less: %s', (wanted, had, is) => {
    const limits = (memory: string | undefined) => (memory === undefined ? {} : { limits: { memory } })
    expect(lowersMemory(limits(wanted), limits(had))).toBe(is)
  })
})

it('waiting resizes are tried in order: those that give back, by priority, by class, by waiting time', () => {
  const guaranteed = { requests: { cpu: '1', memory: '1' }, limits: { cpu: '1', memory: '1' } }
  const of = (
    name: string,
    grows: boolean,
    more: { priority?: number; since?: number; resources?: object },
  ) => {
    const pod = podOf(more.resources ?? cpu('1'))
    return {
      asked: {
        ...pod,
        metadata: { ...pod.metadata, name },
        spec: { ...pod.spec, priority: more.priority ?? 0 },
      },
      grows,
      since: more.since,
    }
  }
  const waiting = [
    of('late', true, { since: 9 }),
    of('early', true, { since: 1 }),
    of('guaranteed', true, { since: 5, resources: guaranteed }),
    of('important', true, { priority: 7, since: 8 }),
    of('smaller', false, {}),
  ]
  expect(waiting.sort(comparePending).map(({ asked }) => asked.metadata.name)).toEqual([
    'smaller',
    'important',
    'guaranteed',
    'early',
    'late',
  ])
})
