import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../kernel/clock.ts'
import { type ApiServer, createApiServer } from '../api-server.ts'
import { asking, type Target } from '../testing.ts'

const log = { info() {}, warn() {}, error() {} }
let api: ApiServer
beforeEach(async () => {
  api = await createApiServer({ clock: new VirtualClock(), log, storage: 'memory' })
})
afterEach(() => api[Symbol.asyncDispose]())
const { create } = asking(() => api)
const jobs: Target = { group: 'batch', version: 'v1', plural: 'jobs', namespace: 'default' }

describe('labels of a new Job', () => {
  const spec = (labels?: Record<string, string>) => ({
    template: {
      ...(labels ? { metadata: { labels } } : {}),
      spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] },
    },
  })
  it.each([
    ['none: those of its pods', undefined, undefined, {}, true],
    ['those of the template: those of its pods', undefined, { app: 'a' }, { app: 'a' }, true],
    ['its own: nothing else', { team: 't' }, { app: 'a' }, { team: 't' }, false],
    ['its own, like the template: nothing else', { app: 'a' }, { app: 'a' }, { app: 'a' }, false],
  ])('with %s', async (_, own, ofTemplate, expected, isWithUid) => {
    const job = await create(jobs, 'j', {
      ...(own ? { metadata: { labels: own } } : {}),
      spec: spec(ofTemplate),
    })
    const { uid, labels } = job.metadata
    const identity = {
      'batch.kubernetes.io/controller-uid': uid,
      'batch.kubernetes.io/job-name': 'j',
      'controller-uid': uid,
      'job-name': 'j',
    }
    expect(labels).toEqual({ ...expected, ...(isWithUid ? identity : {}) })
    expect(job.spec['template']).toMatchObject({ metadata: { labels: { ...ofTemplate, ...identity } } })
  })
})
