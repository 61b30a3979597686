import { describe, expect, it } from 'vitest'
import type { HorizontalPodAutoscalerBehavior } from '../../../kube/generated/autoscaling-v2.ts'
import { type History, limit, NO_HISTORY, withChange } from './limits.ts'

const now = 10_000_000
const ago = (seconds: number, replicas: number) => ({ at: now - seconds * 1000, replicas })
const change = (seconds: number, by: number) => ({ at: now - seconds * 1000, change: by })

/** The defaults that the API puts in. */
const behaved = (more: HorizontalPodAutoscalerBehavior = {}): HorizontalPodAutoscalerBehavior => ({
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
    ...more.scaleUp,
  },
  scaleDown: {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
    ...more.scaleDown,
  },
})
const down = (rules: HorizontalPodAutoscalerBehavior['scaleDown']) => behaved({ scaleDown: rules ?? {} })
const up = (rules: HorizontalPodAutoscalerBehavior['scaleUp']) => behaved({ scaleUp: rules ?? {} })

interface Row {
  current: number
  desired: number
  behavior?: HorizontalPodAutoscalerBehavior
  history?: Partial<History>
}

describe('limit', () => {
  const table: [string, Row, number, string, string][] = [
    ['takes what is wished', { current: 3, desired: 5 }, 5, 'ReadyForNewScale', 'DesiredWithinRange'],
    ['at most doubles', { current: 3, desired: 9 }, 6, 'ReadyForNewScale', 'ScaleUpLimit'],
    ['is held by the maximum', { current: 8, desired: 15 }, 10, 'ReadyForNewScale', 'TooManyReplicas'],
    ['is held by the minimum', { current: 3, desired: 1 }, 2, 'ReadyForNewScale', 'TooFewReplicas'],
    [
      'remembers more for five minutes',
      { current: 6, desired: 3, history: { recommendations: [ago(299, 5), ago(301, 9)] } },
      5,
      'ScaleDownStabilized',
      'DesiredWithinRange',
    ],
    [
      'behaviour: as fast as the faster policy',
      { current: 3, desired: 10, behavior: behaved() },
      7,
      'ReadyForNewScale',
      'ScaleUpLimit',
    ],
    [
      'behaviour: as fast as the slower policy',
      { current: 5, desired: 10, behavior: up({ selectPolicy: 'Min' }) },
      9,
      'ReadyForNewScale',
      'ScaleUpLimit',
    ],
    [
      'behaviour: not twice in one period',
      {
        current: 7,
        desired: 10,
        behavior: up({ policies: [{ type: 'Pods', value: 4, periodSeconds: 60 }] }),
        history: { ups: [change(30, 4)] },
      },
      7,
      'ReadyForNewScale',
      'ScaleUpLimit',
    ],
    [
      'behaviour: never down',
      { current: 8, desired: 3, behavior: down({ selectPolicy: 'Disabled' }) },
      8,
      'ReadyForNewScale',
      'ScaleDownLimit',
    ],
    [
      'behaviour: slowly down',
      {
        current: 8,
        desired: 3,
        behavior: down({ policies: [{ type: 'Percent', value: 10, periodSeconds: 60 }] }),
      },
      7,
      'ReadyForNewScale',
      'ScaleDownLimit',
    ],
    [
      'behaviour: its own window down',
      {
        current: 8,
        desired: 3,
        behavior: down({ stabilizationWindowSeconds: 60 }),
        history: { recommendations: [ago(50, 6), ago(70, 8)] },
      },
      6,
      'ScaleDownStabilized',
      'DesiredWithinRange',
    ],
    [
      'behaviour: a window up takes the lowest',
      {
        current: 3,
        desired: 6,
        behavior: up({ stabilizationWindowSeconds: 60 }),
        history: { recommendations: [ago(50, 4)] },
      },
      4,
      'ScaleUpStabilized',
      'DesiredWithinRange',
    ],
  ]
  it.each(table)('%s', (_, { history, ...row }, replicas, able, limited) => {
    const wish = { min: 2, max: 10, behavior: undefined, now, history: { ...NO_HISTORY, ...history }, ...row }
    const found = limit(wish)
    expect([found.replicas, found.able.reason, found.limited.reason]).toEqual([replicas, able, limited])
  })
  it('forgets what no window asks for', () => {
    const history = { ...NO_HISTORY, recommendations: [ago(301, 9), ago(10, 3)] }
    const { recommendations } = limit({
      current: 3,
      desired: 3,
      min: 1,
      max: 9,
      behavior: undefined,
      now,
      history,
    }).history
    expect(recommendations).toEqual([ago(10, 3), { at: now, replicas: 3 }])
    const changed = withChange(
      { ...NO_HISTORY, ups: [change(16, 1), change(14, 2)] },
      { from: 3, to: 5 },
      { behavior: behaved(), now },
    )
    expect(changed.ups).toEqual([change(14, 2), { at: now, change: 2 }])
  })
})
