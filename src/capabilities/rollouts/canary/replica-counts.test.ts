import { describe, expect, it } from 'vitest'
import {
  basicCanaryScale,
  type Counts,
  routedCanaryScale,
  type RoutedCanaryInput,
  shrinkOlder,
  splitByWeight,
} from './replica-counts.ts'

describe('splitByWeight', () => {
  // replicas, weight, maxSurge → canary, stable
  const rows: [number, number, number, number, number][] = [
    [10, 0, 1, 0, 10],
    [10, 10, 0, 1, 9],
    [10, 10, 1, 1, 9],
    [10, 50, 1, 5, 5],
    [10, 100, 1, 10, 0],
    [10, 5, 0, 1, 9],
    [10, 99, 0, 9, 1],
    [10, 95, 1, 10, 1],
    [1, 0, 0, 0, 1],
    [1, 1, 1, 1, 1],
    [1, 50, 1, 1, 1],
    [1, 99, 1, 1, 1],
    [1, 49, 0, 0, 1],
    [1, 50, 0, 1, 0],
    [1, 100, 0, 1, 0],
    [2, 1, 0, 1, 1],
    [2, 50, 0, 1, 1],
    [2, 99, 0, 1, 1],
    [3, 50, 0, 2, 1],
    [3, 50, 1, 2, 2],
    [3, 33, 0, 1, 2],
    [3, 66, 0, 2, 1],
    [4, 10, 0, 1, 3],
    [4, 10, 1, 1, 4],
    [5, 20, 0, 1, 4],
    [5, 40, 0, 2, 3],
    [5, 50, 0, 3, 2],
    [5, 50, 1, 3, 3],
    [5, 90, 0, 4, 1],
    [5, 90, 1, 5, 1],
    [7, 25, 0, 2, 5],
    [7, 25, 1, 2, 6],
    [0, 50, 1, 0, 0],
    [100, 1, 0, 1, 99],
    [1000, 5, 0, 50, 950],
  ]
  it.each(rows)('%i pods at %i %% with surge %i', (replicas, weight, surge, canary, stable) => {
    expect(splitByWeight({ replicas, weight, totalWeight: 100 }, surge)).toEqual({ canary, stable })
  })
})

describe('basicCanaryScale', () => {
  const pods = (replicas: number, available = replicas): Counts => ({ replicas, available })
  interface Row {
    name: string
    replicas?: number
    weight: number
    surge: number
    unavailable: number
    canary: Counts
    stable?: Counts
    older?: Counts[]
    expected: [number, number]
  }
  const rows: Row[] = [
    {
      name: 'starts within both limits',
      weight: 10,
      surge: 1,
      unavailable: 1,
      canary: pods(0),
      stable: pods(10),
      expected: [1, 9],
    },
    {
      name: 'keeps the stable when nothing may be missing',
      weight: 30,
      surge: 3,
      unavailable: 0,
      canary: pods(0),
      stable: pods(10),
      expected: [3, 10],
    },
    {
      name: 'makes room first when nothing may be added',
      weight: 30,
      surge: 0,
      unavailable: 5,
      canary: pods(0),
      stable: pods(10),
      expected: [0, 7],
    },
    {
      name: 'grows into the room',
      weight: 30,
      surge: 0,
      unavailable: 5,
      canary: pods(0),
      stable: pods(7),
      expected: [3, 7],
    },
    {
      name: 'gives a small weight one pod',
      weight: 5,
      surge: 1,
      unavailable: 1,
      canary: pods(0),
      stable: pods(10),
      expected: [1, 10],
    },
    {
      name: 'surges a single pod',
      replicas: 1,
      weight: 5,
      surge: 1,
      unavailable: 0,
      canary: pods(0),
      stable: pods(1),
      expected: [1, 1],
    },
    {
      name: 'keeps both of a single pod',
      replicas: 1,
      weight: 95,
      surge: 1,
      unavailable: 0,
      canary: pods(1),
      stable: pods(1),
      expected: [1, 1],
    },
    {
      name: 'waits for the canary to be available',
      weight: 50,
      surge: 1,
      unavailable: 0,
      canary: pods(1, 0),
      stable: pods(10),
      expected: [1, 10],
    },
    {
      name: 'moves on when it is',
      weight: 50,
      surge: 1,
      unavailable: 0,
      canary: pods(1),
      stable: pods(10),
      expected: [1, 9],
    },
    {
      name: 'fills what was freed',
      weight: 50,
      surge: 1,
      unavailable: 0,
      canary: pods(1),
      stable: pods(9),
      expected: [2, 9],
    },
    {
      name: 'is at rest at its weight',
      weight: 50,
      surge: 1,
      unavailable: 0,
      canary: pods(5),
      stable: pods(5),
      expected: [5, 5],
    },
    {
      name: 'ends with the canary alone',
      weight: 100,
      surge: 1,
      unavailable: 0,
      canary: pods(10),
      stable: pods(1),
      expected: [10, 0],
    },
    {
      name: 'first deployment gets everything',
      weight: 10,
      surge: 1,
      unavailable: 0,
      canary: pods(0),
      expected: [10, 0],
    },
    {
      name: 'abort brings the stable back first',
      weight: 0,
      surge: 1,
      unavailable: 0,
      canary: pods(5),
      stable: pods(5),
      expected: [5, 6],
    },
    {
      name: 'abort ignores a broken canary',
      weight: 0,
      surge: 0,
      unavailable: 1,
      canary: pods(5, 0),
      stable: pods(5),
      expected: [4, 5],
    },
    {
      name: 'abort ends',
      weight: 0,
      surge: 1,
      unavailable: 0,
      canary: pods(1),
      stable: pods(10),
      expected: [0, 10],
    },
    {
      name: 'a broken stable does not block',
      weight: 50,
      surge: 0,
      unavailable: 5,
      canary: pods(0),
      stable: pods(10, 0),
      expected: [0, 5],
    },
    {
      name: 'older pods go before the stable',
      weight: 50,
      surge: 1,
      unavailable: 0,
      canary: pods(0),
      stable: pods(8),
      older: [pods(2)],
      expected: [1, 8],
    },
    {
      name: 'older pods take the room',
      weight: 50,
      surge: 0,
      unavailable: 1,
      canary: pods(0),
      stable: pods(5),
      older: [pods(5)],
      expected: [0, 5],
    },
    {
      name: 'weight going down shrinks the canary',
      weight: 20,
      surge: 1,
      unavailable: 1,
      canary: pods(5),
      stable: pods(5),
      expected: [4, 6],
    },
  ]
  it.each(rows)(
    '$name',
    ({ replicas = 10, weight, surge, unavailable, canary, stable, older = [], expected }) => {
      const scale = basicCanaryScale({
        replicas,
        weight,
        totalWeight: 100,
        maxSurge: surge,
        maxUnavailable: unavailable,
        canary,
        stable,
        older,
      })
      expect([scale.canary, scale.stable]).toEqual(expected)
    },
  )

  it.each([
    [1, 1, 0],
    [3, 1, 0],
    [5, 0, 1],
    [10, 3, 2],
  ])(
    '%i pods with surge %i, unavailable %i reach every weight and stay within the limits',
    (replicas, maxSurge, maxUnavailable) => {
      let [canary, stable] = [pods(0), pods(replicas)]
      for (const weight of [1, 20, 50, 80, 30, 100]) {
        const target = splitByWeight({ replicas, weight, totalWeight: 100 }, maxSurge)
        for (let round = 0; canary.replicas !== target.canary || stable.replicas !== target.stable; round++) {
          expect(round).toBeLessThan(100)
          const next = basicCanaryScale({
            replicas,
            weight,
            totalWeight: 100,
            maxSurge,
            maxUnavailable,
            canary,
            stable,
            older: [],
          })
          expect(next.canary + next.stable).toBeLessThanOrEqual(replicas + maxSurge)
          // What is removed is gone at once, what is added is available a round later.
          const left = Math.min(canary.available, next.canary) + Math.min(stable.available, next.stable)
          expect(left).toBeGreaterThanOrEqual(replicas - maxUnavailable)
          ;[canary, stable] = [pods(next.canary), pods(next.stable)]
        }
      }
    },
  )
})

describe('shrinkOlder', () => {
  const rows: [string, Counts[], number, number, number[]][] = [
    ['all go when enough remain', [{ replicas: 2, available: 2 }], 12, 9, [0]],
    ['as far as enough remain', [{ replicas: 5, available: 5 }], 10, 9, [4]],
    ['unavailable ones go at once', [{ replicas: 5, available: 1 }], 9, 9, [1]],
    [
      'one after the other',
      [
        { replicas: 2, available: 2 },
        { replicas: 3, available: 3 },
      ],
      12,
      9,
      [0, 2],
    ],
  ]
  it.each(rows)('%s', (_, older, available, minAvailable, expected) => {
    expect(shrinkOlder(older, { available, minAvailable })).toEqual(expected)
  })
})

describe('routedCanaryScale', () => {
  const base: RoutedCanaryInput = {
    replicas: 10,
    weight: 0,
    totalWeight: 100,
    currentWeight: 0,
    minPods: 1,
    scale: undefined,
    dynamicStableScale: false,
  }
  const rows: [string, Partial<RoutedCanaryInput>, number, number][] = [
    ['no weight, no pods', {}, 0, 10],
    ['rounds up', { weight: 1 }, 1, 10],
    ['a quarter', { weight: 25 }, 3, 10],
    ['everything', { weight: 100 }, 10, 10],
    ['a single replica', { replicas: 1, weight: 5 }, 1, 1],
    ['no replicas', { replicas: 0, weight: 50 }, 0, 0],
    ['other total', { weight: 50, totalWeight: 200 }, 3, 10],
    ['keeps pods for the weight it still carries', { weight: 20, currentWeight: 50 }, 5, 10],
    ['least pods', { weight: 1, minPods: 3 }, 3, 10],
    ['no least pods without weight', { weight: 0, minPods: 3 }, 0, 10],
    ['explicit replicas', { weight: 50, scale: { replicas: 2 } }, 2, 10],
    ['explicit none', { weight: 50, scale: { replicas: 0 } }, 0, 10],
    ['explicit weight', { weight: 50, scale: { weight: 10 } }, 1, 10],
    ['stable shrinks with its weight', { weight: 30, currentWeight: 30, dynamicStableScale: true }, 3, 7],
    ['stable waits for the routes', { weight: 50, currentWeight: 30, dynamicStableScale: true }, 5, 7],
    ['stable goes', { weight: 100, currentWeight: 100, dynamicStableScale: true }, 10, 0],
  ]
  it.each(rows)('%s', (_, input, canary, stable) => {
    expect(routedCanaryScale({ ...base, ...input })).toEqual({ canary, stable })
  })
})
