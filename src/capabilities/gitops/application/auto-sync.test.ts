import { describe, expect, it } from 'vitest'
import type { Application } from '../kinds/generated/application.ts'
import { autoSync, type ComparisonSummary } from './auto-sync.ts'
import { parseDuration, retryDelay } from './operation-phase.ts'

const source = { repoURL: 'http://git/x.git', path: 'app' }
const now = Date.parse('2026-01-01T00:10:00Z')

function app(automated: object | undefined, last?: object, more: object = {}): Application {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'a', namespace: 'argocd', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    spec: { project: 'default', destination: {}, source, syncPolicy: automated ? { automated } : {} },
    ...(last
      ? {
          status: {
            operationState: {
              phase: 'Succeeded',
              startedAt: '2026-01-01T00:09:00Z',
              finishedAt: '2026-01-01T00:09:59Z',
              operation: { sync: {} },
              syncResult: { revision: 'r1', source },
              ...last,
            },
          },
        }
      : {}),
    ...more,
  } as Application
}
const outOfSync: ComparisonSummary = {
  revision: 'r1',
  status: 'OutOfSync',
  targets: 3,
  toApply: 1,
  toPrune: 1,
}
const failed = { phase: 'Failed', message: 'no such kind' }

describe('autoSync', () => {
  it.each<[string, Application, Partial<ComparisonSummary>, string]>([
    ['not automated', app(undefined), {}, 'none'],
    ['switched off', app({ enabled: false }), {}, 'none'],
    ['synced', app({}), { status: 'Synced' }, 'none'],
    ['first time', app({}), {}, 'sync'],
    ['a new revision', app({}, { syncResult: { revision: 'r0', source } }), {}, 'sync'],
    ['a new source', app({}, { syncResult: { revision: 'r1', source: { repoURL: 'y' } } }), {}, 'sync'],
    ['drift without self-heal', app({}, {}), {}, 'none'],
    ['drift with self-heal', app({ selfHeal: true }, {}), {}, 'sync'],
    [
      'drift again, too soon',
      app({ selfHeal: true }, { operation: { sync: { autoHealAttemptsCount: 2 } } }),
      {},
      'wait 5000',
    ],
    [
      'a failed attempt',
      app({ selfHeal: true }, failed),
      {},
      'refused Failed last sync attempt to r1: no such kind',
    ],
    [
      'after a failed dry run by hand',
      app({}, { ...failed, operation: { sync: { dryRun: true } } }),
      {},
      'sync',
    ],
    ['while an operation runs', app({}, { phase: 'Running' }), {}, 'none'],
    ['while an operation is asked for', app({}, undefined, { operation: { sync: {} } }), {}, 'none'],
    ['only something to prune', app({}), { toApply: 0 }, 'none'],
    ['something to prune, allowed', app({ prune: true }), { toApply: 0 }, 'sync'],
    [
      'an empty source',
      app({ prune: true }),
      { targets: 0, toApply: 0 },
      'refused auto-sync would remove all 1 objects',
    ],
    ['an empty source, allowed', app({ prune: true, allowEmpty: true }), { targets: 0, toApply: 0 }, 'sync'],
  ])('%s', (_, application, compared, expected) => {
    const decision = autoSync(application, { ...outOfSync, ...compared }, now)
    const text =
      decision.kind === 'wait'
        ? `wait ${decision.ms}`
        : decision.kind === 'refused'
          ? `refused ${decision.because}`
          : decision.kind
    expect(text.startsWith(expected), text).toBe(true)
  })

  it('counts attempts to heal', () => {
    const decision = autoSync(app({ selfHeal: true, prune: true }, {}), outOfSync, now)
    expect(decision).toMatchObject({
      operation: { sync: { revision: 'r1', prune: true, autoHealAttemptsCount: 1 }, retry: { limit: 5 } },
    })
  })
})

describe('retryDelay', () => {
  it.each([
    [undefined, 1, undefined],
    [{ limit: 2 }, 1, 5_000],
    [{ limit: 2 }, 2, 10_000],
    [{ limit: 2 }, 3, undefined],
    [{ limit: -1 }, 9, 180_000],
    [{ limit: 5, backoff: { duration: '1s', factor: 3, maxDuration: '7s' } }, 3, 7_000],
  ])('%j, retry %d: %s', (strategy, count, expected) => expect(retryDelay(strategy, count)).toBe(expected))

  it.each([
    ['1m30s', 90_000],
    ['5', 5_000],
    ['500ms', 500],
    ['x', undefined],
  ])('%s is %s ms', (text, ms) => expect(parseDuration(text)).toBe(ms))
})
