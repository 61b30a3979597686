import { afterEach, beforeEach, expect, it } from 'vitest'
import { RealClock } from '../kernel/clock.ts'
import type { KubeObject } from '../kube/object.ts'
import { toTime } from '../lib/clock.ts'
import { type ApiServer, createApiServer } from './api-server.ts'
import type { ApiRequest } from './request.ts'

const HOUR_MS = 3_600_000
const START = Date.UTC(2026, 5, 1, 12)

/** A machine whose clock is set by somebody, while time goes on. */
class SetClock extends RealClock {
  wall = START
  override now(): number {
    return this.wall
  }
}

let clock: SetClock
let api: ApiServer
beforeEach(async () => {
  clock = new SetClock()
  api = await createApiServer({ clock, log: { info() {}, warn() {}, error() {} }, storage: 'memory' })
})
afterEach(() => api[Symbol.asyncDispose]())

const configMaps = {
  user: { username: 'test', groups: ['system:masters'] },
  group: '',
  version: 'v1',
  plural: 'configmaps',
  namespace: 'default',
  options: {},
}
const ask = async (request: Partial<ApiRequest> & Pick<ApiRequest, 'verb'>) =>
  // Every answer asked for here is an object.
  (await api.handle({ ...configMaps, ...request })).body as KubeObject
const create = (name: string) => ask({ verb: 'create', body: { metadata: { name }, data: { of: name } } })
const revisionOf = ({ metadata }: KubeObject) => Number(metadata.resourceVersion)

it.each([
  ['back', -24 * HOUR_MS],
  ['forward', 24 * 365 * HOUR_MS],
])(
  'a clock that jumps %s changes the times that are written, and neither order nor what was there',
  async (_, jump) => {
    const before = await create('before')
    const stop = new AbortController()
    const seen: string[] = []
    const watching = (async () => {
      const options = { resourceVersion: before.metadata.resourceVersion, timeoutSeconds: 3600 }
      for await (const { object } of api.watch({ ...configMaps, options }, stop.signal))
        if (seen.push(`${object.metadata.name} ${object.metadata.resourceVersion}`) === 2) return
    })()
    clock.wall += jump
    const after = await create('after')
    const changed = await ask({
      verb: 'patch',
      name: 'before',
      patchType: 'merge',
      body: { data: { k: 'v' } },
    })
    await watching
    stop.abort()

    expect(after.metadata.creationTimestamp).toBe(toTime(START + jump))
    expect(changed.metadata.creationTimestamp).toBe(toTime(START))
    expect(changed.metadata.managedFields?.map(({ time }) => time)).toContain(toTime(START + jump))
    expect([before, after, changed].map(revisionOf)).toEqual(
      [before, after, changed].map(revisionOf).sort((a, b) => a - b),
    )
    expect(seen).toEqual([`after ${revisionOf(after)}`, `before ${revisionOf(changed)}`])
    expect(await ask({ verb: 'get', name: 'after' })).toEqual(after)
  },
)
