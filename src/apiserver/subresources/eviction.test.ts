import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../kernel/clock.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import { asking, coreTarget, failure, pod, type Target } from '../testing.ts'
import { spend } from './disruption-budget.ts'

const log = { info() {}, warn() {}, error() {} }
let api: ApiServer
beforeEach(async () => {
  api = await createApiServer({ clock: new VirtualClock(), log, storage: 'memory' })
})
afterEach(() => api[Symbol.asyncDispose]())

const { ask, create } = asking(() => api)
const pods = coreTarget('pods', 'default')
const budgets: Target = {
  group: 'policy',
  version: 'v1',
  plural: 'poddisruptionbudgets',
  namespace: 'default',
}
const VIOLATED = "429 TooManyRequests: Cannot evict pod as it would violate the pod's disruption budget."

const evict = (name: string, deleteOptions?: object, options = {}) =>
  ask({ ...pods, subresource: 'eviction' }, 'create', name, {
    body: { metadata: { name }, deleteOptions },
    options,
  })
const setStatus = (target: Target, name: string, status: object) =>
  ask({ ...target, subresource: 'status' }, 'patch', name, { body: { status }, patchType: 'merge' })
async function run(name: string, ready?: 'True' | 'False') {
  await create(pods, name, { metadata: { labels: { app: 'web' } }, ...pod({ nodeName: 'n' }) })
  const conditions = ready ? [{ type: 'Ready', status: ready }] : []
  return setStatus(pods, name, { phase: 'Running', conditions })
}
const budget = (name = 'b') =>
  create(budgets, name, { spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } } })
const allow = (disruptionsAllowed: number) =>
  setStatus(budgets, 'b', {
    disruptionsAllowed,
    observedGeneration: 1,
    currentHealthy: 1,
    desiredHealthy: 1,
    expectedPods: 1,
  })
const isLeaving = async (name: string) =>
  (await ask(pods, 'get', name)).metadata.deletionTimestamp !== undefined

describe('eviction', () => {
  it('takes from the budget, and says on the pod why it goes', async () => {
    await run('p', 'True')
    await budget()
    await allow(0)
    expect(await failure(evict('p'))).toBe(VIOLATED)
    expect((await ask(pods, 'get', 'p')).status['conditions']).toHaveLength(1)
    await allow(1)
    await evict('p', { gracePeriodSeconds: 5 })
    expect(await ask(pods, 'get', 'p')).toMatchObject({
      metadata: { deletionGracePeriodSeconds: 5 },
      status: { conditions: [{}, { type: 'DisruptionTarget', reason: 'EvictionByEvictionAPI' }] },
    })
    expect((await ask(budgets, 'get', 'b')).status).toMatchObject({
      disruptionsAllowed: 0,
      disruptedPods: { p: expect.any(String) },
      conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods' }],
    })
  })

  it('of an unready pod takes nothing away from a budget that is kept without it', async () => {
    await run('q', 'False')
    await budget()
    await allow(0)
    await evict('q')
    expect(await isLeaving('q')).toBe(true)
  })

  it.each([
    ['the options of the deletion', () => evict('p', { dryRun: ['All'] })],
    ['the request', () => evict('p', {}, { dryRun: true })],
  ])('as a dry run of %s changes nothing', async (_, tryIt) => {
    const before = await run('p', 'True')
    await budget()
    await allow(1)
    expect((await tryIt()).status).toBe('Success')
    expect(await ask(pods, 'get', 'p')).toEqual(before)
    expect((await ask(budgets, 'get', 'b')).status['disruptionsAllowed']).toBe(1)
    await allow(0)
    expect(await failure(tryIt())).toBe(VIOLATED)
  })

  it('heeds preconditions', async () => {
    const { uid, resourceVersion } = (await run('p')).metadata
    const other = '7b2e1c52-0000-4000-8000-000000000000'
    expect(await failure(evict('p', { preconditions: { uid: other } }))).toBe(
      `409 Conflict: Operation cannot be fulfilled on Pod "p": the UID in the precondition (${other}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    )
    expect(await failure(evict('p', { preconditions: { resourceVersion: '1' } }))).toMatch(
      /^409 Conflict: .*the ResourceVersion in the precondition \(1\) does not match/,
    )
    expect(await isLeaving('p')).toBe(false)
    await evict('p', { preconditions: { uid, resourceVersion } })
    expect(await isLeaving('p')).toBe(true)
  })

  it('refuses what upstream refuses', async () => {
    await run('p')
    const nameless = ask({ ...pods, subresource: 'eviction' }, 'create', 'p', { body: {} })
    expect(await failure(nameless)).toBe('400 BadRequest: name in URL does not match name in Eviction object')
    expect(await failure(evict('p', { dryRun: ['Some'] }))).toMatch(/^422 Invalid: DeleteOptions.*dryRun/)
    expect(await failure(evict('gone'))).toBe('404 NotFound: pods "gone" not found')
    await budget()
    await budget('c')
    expect(await failure(evict('p'))).toMatch(/^500 : This pod has more than one PodDisruptionBudget/)
    expect(await isLeaving('p')).toBe(false)
  })
})

describe('spend', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  const of = (status: object) => ({ metadata: { name: 'b', generation: 2 }, status }) as never
  const failed = { type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed', message: 'no scale' }
  it.each([
    ['has not been looked at', { observedGeneration: 1, disruptionsAllowed: 3 }, /still being processed/, 10],
    [
      'needs them all',
      { observedGeneration: 2, currentHealthy: 2, desiredHealthy: 3 },
      /needs 3 healthy pods and has 2 currently/,
      undefined,
    ],
    [
      'could not be worked out',
      { observedGeneration: 2, conditions: [failed] },
      /because it failed sync: no scale/,
      undefined,
    ],
    [
      'has enough, yet allows none',
      { observedGeneration: 2, currentHealthy: 3, desiredHealthy: 2 },
      /does not allow evicting pods currently$/,
      undefined,
    ],
  ])('refuses where the budget %s', (_, status, message, retryAfterSeconds) => {
    try {
      spend(of(status), 'p', now)
    } catch (error) {
      const { details } = (error as { status: { details: { causes: { message: string }[] } } }).status
      expect(details.causes[0]?.message).toMatch(message)
      expect(details).toMatchObject(retryAfterSeconds ? { retryAfterSeconds } : {})
      return
    }
    expect.unreachable()
  })
  it('keeps its condition while some are left', () => {
    expect(spend(of({ observedGeneration: 2, disruptionsAllowed: 2 }), 'p', now)).toEqual({
      observedGeneration: 2,
      disruptionsAllowed: 1,
      disruptedPods: { p: '2026-01-01T00:00:00Z' },
    })
  })
})
