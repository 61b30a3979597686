import { describe, expect, it } from 'vitest'
import type { StatefulSet } from '../../../kube/generated/apps-v1.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { meta, pod } from '../testing/objects.ts'
import { planStatefulSet } from './stateful-set-plan.ts'

const NOW = Date.parse('2026-01-01T00:10:00Z')

const set = (
  spec: Partial<StatefulSet['spec']> = {},
  status: Partial<StatefulSet['status']> = {},
): StatefulSet => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: meta('db'),
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: {},
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    ...spec,
  },
  status: { replicas: 0, ...status },
})

type State = 'ready' | 'unready' | 'pending' | 'failed' | 'gone'

/** `db-ORDINAL` in a state and a revision. */
function member(ordinal: number, state: State = 'ready', revision = 'new'): Pod {
  const name = `db-${ordinal}`
  const phase = {
    ready: 'Running',
    unready: 'Running',
    pending: 'Pending',
    failed: 'Failed',
    gone: 'Running',
  }
  return pod(name, {
    ready: state === 'ready',
    phase: phase[state],
    meta: {
      labels: {
        app: 'web',
        'statefulset.kubernetes.io/pod-name': name,
        'controller-revision-hash': revision,
      },
      ...(state === 'gone' ? { deletionTimestamp: '2026-01-01T00:09:00Z' } : {}),
    },
  })
}

const plan = (of: StatefulSet, ...pods: Pod[]) =>
  planStatefulSet(of, { pods, updateRevision: 'new', now: NOW })
    .map(step => {
      if (step.kind === 'create') return `create ${step.ordinal} ${step.revision}`
      return `${step.kind} ${step.pod.metadata.name}`
    })
    .filter(step => !step.startsWith('retain-claims'))

const parallel = { podManagementPolicy: 'Parallel' }
const partition = (value: number) => ({
  updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: value } },
})
const upTo = (maxUnavailable: number | string) => ({
  updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0, maxUnavailable } },
})

describe('planStatefulSet', () => {
  const table: [string, StatefulSet, Pod[], string[]][] = [
    ['starts with ordinal 0', set(), [], ['create 0 update']],
    ['starts all side by side', set(parallel), [], ['create 0 update', 'create 1 update', 'create 2 update']],
    ['goes on after a ready pod', set(), [member(0)], ['create 1 update']],
    ['waits for an unready pod', set(), [member(0, 'unready')], []],
    ['gives a pending pod its claims', set(), [member(0, 'pending')], ['ensure-claims db-0']],
    ['waits for a terminating pod', set(), [member(0, 'gone'), member(1)], []],
    ['replaces a failed pod', set(), [member(0), member(1, 'failed'), member(2)], ['delete db-1']],
    ['fills a gap', set(), [member(0), member(2)], ['create 1 update']],
    ['honours ordinals.start', set({ ordinals: { start: 5 } }), [member(5)], ['create 6 update']],
    [
      'shrinks from the highest ordinal, one at a time',
      set({ replicas: 1 }),
      [member(0), member(1), member(2)],
      ['delete db-2'],
    ],
    [
      'does not shrink while a lower pod is unavailable',
      set({ replicas: 1 }),
      [member(0, 'unready'), member(1)],
      [],
    ],
    [
      'removes the unhealthy surplus pod itself',
      set({ replicas: 1 }),
      [member(0), member(1), member(2, 'unready')],
      ['delete db-2'],
    ],
    [
      'does not remove the highest while a lower surplus pod is unhealthy',
      set({ replicas: 1 }),
      [member(0), member(1, 'unready'), member(2, 'unready')],
      [],
    ],
    [
      'shrinks at once when parallel',
      set({ ...parallel, replicas: 1 }),
      [member(0), member(1), member(2)],
      ['delete db-2', 'delete db-1'],
    ],
    [
      'updates from the highest ordinal',
      set(),
      [member(0, 'ready', 'old'), member(1, 'ready', 'old'), member(2, 'ready', 'old')],
      ['delete db-2'],
    ],
    [
      'waits for the updated pod',
      set(parallel),
      [member(0, 'ready', 'old'), member(1, 'ready', 'old'), member(2, 'unready')],
      [],
    ],
    [
      'stays above the partition',
      set(partition(2)),
      [member(0, 'ready', 'old'), member(1, 'ready', 'old'), member(2)],
      [],
    ],
    [
      'brings back a pod below the partition in its old revision',
      set(partition(2)),
      [member(0, 'ready', 'old'), member(2)],
      ['create 1 current'],
    ],
    [
      'leaves updates to whoever deletes',
      set({ updateStrategy: { type: 'OnDelete' } }),
      [member(0, 'ready', 'old'), member(1, 'ready', 'old'), member(2, 'ready', 'old')],
      [],
    ],
    [
      'updates as many at once as may be unavailable',
      set(upTo(2)),
      [member(0, 'ready', 'old'), member(1, 'ready', 'old'), member(2, 'ready', 'old')],
      ['delete db-2', 'delete db-1'],
    ],
    [
      'counts who is unavailable already',
      set({ ...upTo('67%'), ...parallel }),
      [member(0, 'ready', 'old'), member(1, 'ready', 'old'), member(2, 'unready')],
      ['delete db-1'],
    ],
    [
      'is stuck on a broken update, as upstream',
      set(),
      [member(0, 'ready', 'old'), member(1, 'ready', 'old'), member(2, 'unready', 'broken')],
      [],
    ],
  ]
  it.each(table)('%s', (_, of, pods, expected) => {
    expect(plan(of, ...pods)).toEqual(expected)
  })

  it('repairs a pod without the labels of its ordinal', () => {
    const adopted = pod('db-0', { meta: { labels: { app: 'web', 'controller-revision-hash': 'new' } } })
    expect(plan(set({ replicas: 1 }), adopted)).toEqual(['repair db-0'])
  })
  it('waits minReadySeconds before it goes on', () => {
    const young = pod('db-0', {
      readyAt: '2026-01-01T00:09:55Z',
      meta: { labels: { app: 'web', 'statefulset.kubernetes.io/pod-name': 'db-0' } },
    })
    expect(plan(set({ minReadySeconds: 10 }), young)).toEqual([])
    expect(plan(set({ minReadySeconds: 5 }), young)).toEqual(['create 1 update'])
  })
})
