import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../kernel/clock.ts'
import { until } from '../../../kernel/until.ts'
import { Job } from '../../../kube/generated/batch-v1.ts'
import { ConfigMap, Namespace } from '../../../kube/generated/core-v1.ts'
import { automated, configMap, GitopsFixture } from '../gitops.fixture.ts'
import { Application } from '../kinds/generated/application.ts'

const job = (name: string, annotations: Record<string, string>) =>
  `apiVersion: batch/v1
kind: Job
metadata: {name: ${name}, annotations: ${JSON.stringify(annotations)}}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: x}]}}}
`

describe('sync', () => {
  let fixture: GitopsFixture
  let clock: VirtualClock
  beforeEach(async () => {
    clock = new VirtualClock()
    fixture = await GitopsFixture.start({ clock })
  })
  afterEach(() => fixture[Symbol.asyncDispose]())
  const ref = { name: 'site', namespace: 'argocd' }
  const finish = (name: string, type: 'Complete' | 'Failed') => {
    const conditions = [
      ...(type === 'Complete'
        ? [{ type: 'SuccessCriteriaMet', status: 'True' }]
        : [{ type: 'FailureTarget', status: 'True' }]),
      { type, status: 'True', message: `the job is ${type}` },
    ]
    const at = new Date(clock.now()).toISOString().replace(/\.\d+/, '')
    const status = { conditions, startTime: at, ...(type === 'Complete' ? { completionTime: at } : {}) }
    return fixture.client.patch(Job, { name, namespace: 'default' }, { status }, { subresource: 'status' })
  }

  it('runs hooks in their phases, waits for them, and deletes them as they say', async () => {
    const revision = await fixture.push({
      'app/a.yaml': configMap('a', {}),
      'app/pre.yaml': job('migrate', {
        'argocd.argoproj.io/hook': 'PreSync',
        'argocd.argoproj.io/hook-delete-policy': 'HookSucceeded',
      }),
      'app/post.yaml': job('announce', { 'argocd.argoproj.io/hook': 'PostSync' }),
    })
    await fixture.apply({ syncPolicy: automated })
    const waiting = await fixture.appThat('the hook', ({ operationState }) =>
      Boolean(operationState?.message?.includes('waiting for completion of hook batch/Job default/migrate')),
    )
    expect(waiting.status?.operationState?.phase).toBe('Running')
    expect(await fixture.config('a')).toBeUndefined()
    await finish('migrate', 'Complete')
    await until('the second hook', () => fixture.client.find(Job, { name: 'announce', namespace: 'default' }))
    expect(await fixture.config('a')).toBeDefined()
    await finish('announce', 'Complete')
    const synced = await fixture.syncedTo(revision)
    expect(synced.status?.resources?.map(resource => resource.kind)).toEqual(['ConfigMap'])
    expect(synced.status?.operationState?.syncResult?.resources).toContainEqual(
      expect.objectContaining({ name: 'migrate', hookPhase: 'Succeeded', hookType: 'PreSync' }),
    )
    await until(
      'the deletion',
      async () => !(await fixture.client.find(Job, { name: 'migrate', namespace: 'default' })),
    )
  })

  it.each([
    ['of an object', 'annotations: {argocd.argoproj.io/sync-options: Replace=true}', []],
    ['of the Application', '', ['Replace=true']],
  ])('creates what is to be replaced, and replaces it later, by the option %s', async (_, more, options) => {
    const metadata = more === '' ? '' : `  ${more}\n`
    await fixture.apply({ syncPolicy: { ...automated, syncOptions: [...automated.syncOptions, ...options] } })
    await fixture.syncedTo(await fixture.push({ 'app/a.yaml': configMap('a', { a: '1' }, metadata) }))
    await fixture.client.patch(
      ConfigMap,
      { name: 'a', namespace: 'default' },
      { data: { stray: 'x' } },
      { fieldManager: 'somebody' },
    )
    await fixture.syncedTo(await fixture.push({ 'app/a.yaml': configMap('a', { b: '2' }, metadata) }))
    expect((await fixture.config('a'))?.data).toEqual({ b: '2' })
  })

  it('ends an operation when its phase is set to Terminating, and deletes the hook that runs', async () => {
    await fixture.push({
      'app/a.yaml': configMap('a', {}),
      'app/pre.yaml': job('migrate', { 'argocd.argoproj.io/hook': 'PreSync' }),
    })
    await fixture.apply({ syncPolicy: automated })
    const hook = () => fixture.client.find(Job, { name: 'migrate', namespace: 'default' })
    await fixture.appThat('the hook', ({ operationState }) =>
      Boolean(operationState?.message?.includes('waiting for completion of hook')),
    )
    expect(await hook()).toBeDefined()
    await fixture.client.patch(Application, ref, { status: { operationState: { phase: 'Terminating' } } })
    const ended = await fixture.appThat('the end', ({ operationState }) => operationState?.phase === 'Failed')
    expect(ended.status?.operationState).toMatchObject({
      message: 'Operation terminated',
      syncResult: { resources: [{ name: 'migrate', hookPhase: 'Failed' }] },
    })
    expect(await hook()).toBeUndefined()
    expect(await fixture.config('a')).toBeUndefined()
  })

  it('fails with the hook, and applies nothing after it', async () => {
    await fixture.push({
      'app/a.yaml': configMap('a', {}),
      'app/pre.yaml': job('migrate', { 'argocd.argoproj.io/hook': 'PreSync' }),
    })
    await fixture.apply({ syncPolicy: { automated: {}, retry: { limit: 0 } } })
    await until('the hook', () => fixture.client.find(Job, { name: 'migrate', namespace: 'default' }))
    await finish('migrate', 'Failed')
    const failed = await fixture.appThat(
      'the failure',
      ({ operationState }) => operationState?.phase === 'Failed',
    )
    expect(failed.status?.operationState?.message).toContain('batch/Job default/migrate')
    expect(await fixture.config('a')).toBeUndefined()
  })

  it.each([
    ['an object', configMap('b', {}).replace('\ndata:', '\ndada:')],
    ['a hook', job('b', { 'argocd.argoproj.io/hook': 'PostSync' }).replace('spec:', 'spce: {}\nspec:')],
  ])('applies nothing, and makes no namespace, when %s has an unknown field', async (_, manifest) => {
    await fixture.push({ 'app/a.yaml': configMap('a', {}), 'app/b.yaml': manifest })
    await fixture.apply({
      destination: { namespace: 'fresh' },
      syncPolicy: { automated: {}, retry: { limit: 0 }, syncOptions: ['CreateNamespace=true'] },
    })
    const failed = await fixture.appThat(
      'the failure',
      ({ operationState }) => operationState?.phase === 'Failed',
    )
    expect(failed.status?.operationState?.message).toMatch(
      /nothing was applied.*\(app\/b\.yaml:\d+\).*(unknown field|field not declared).*(dada|spce)/,
    )
    expect(await fixture.config('a', 'fresh')).toBeUndefined()
    expect(await fixture.client.find(Namespace, { name: 'fresh' })).toBeUndefined()
  })

  it('tries again after the back-off, and gives way to a newer revision', async () => {
    await fixture.push({ 'app/bad.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Bad_Name}\n' })
    await fixture.apply({
      syncPolicy: { ...automated, retry: { limit: 2, backoff: { duration: '10s', factor: 2 } } },
    })
    const attempt = (count: number) =>
      fixture.appThat(`attempt ${count}`, ({ operationState }) => operationState?.retryCount === count)
    const first = await attempt(1)
    expect(first.status?.operationState).toMatchObject({ phase: 'Running' })
    expect(first.status?.operationState?.message).toMatch(/Bad_Name.*Retrying attempt #1 at 2026/)
    await clock.advance(10_000)
    await attempt(2)
    const good = await fixture.push({ 'app/bad.yaml': null, 'app/a.yaml': configMap('a', {}) })
    await fixture.syncedTo(good)
  })

  it('goes on with an operation that a process left running', async () => {
    const revision = await fixture.push({ 'app/a.yaml': configMap('a', { k: '1' }) })
    const { url } = fixture
    await fixture.client.create(Application, {
      metadata: ref,
      spec: {
        project: 'default',
        destination: { namespace: 'default' },
        source: { repoURL: url, path: 'app' },
      },
      status: {
        operationState: {
          phase: 'Running',
          startedAt: '2026-01-01T00:00:00Z',
          operation: { sync: {}, initiatedBy: { username: 'ann' } },
          syncResult: { revision, source: { repoURL: url, path: 'app' } },
        },
      },
    })
    const synced = await fixture.syncedTo(revision)
    expect(synced.status?.operationState).toMatchObject({ phase: 'Succeeded' })
    expect((await fixture.config('a'))?.data).toEqual({ k: '1' })
  })

  it('syncs only what is selected, and an older revision when asked', async () => {
    const old = await fixture.push({
      'app/a.yaml': configMap('a', { k: 'old' }),
      'app/b.yaml': configMap('b', {}),
    })
    await fixture.push({ 'app/a.yaml': configMap('a', { k: 'new' }) })
    await fixture.apply({})
    await fixture.appThat('the comparison', ({ sync }) => sync?.status === 'OutOfSync')
    const resources = [{ kind: 'ConfigMap', name: 'a' }]
    await fixture.client.patch(Application, ref, { operation: { sync: { revision: old, resources } } })
    const done = await fixture.appThat(
      'the operation',
      ({ operationState }) => operationState?.phase === 'Succeeded',
    )
    expect((await fixture.config('a'))?.data).toEqual({ k: 'old' })
    expect(await fixture.config('b')).toBeUndefined()
    expect(done.status?.sync?.status).toBe('OutOfSync')
  })

  it("says which of an object's own options has no effect", async () => {
    const annotations = '  annotations: {argocd.argoproj.io/sync-options: "Prune=false,Force=true"}\n'
    const revision = await fixture.push({ 'app/a.yaml': configMap('a', {}, annotations) })
    await fixture.apply({ syncPolicy: automated })
    const { status } = await fixture.syncedTo(revision)
    expect(status?.conditions).toEqual([
      expect.objectContaining({
        type: 'SyncOptionWarning',
        message:
          'ConfigMap default/a (app/a.yaml:1): sync option Force=true is not supported and has no effect',
      }),
    ])
  })

  it('does not take an object away from another Application', async () => {
    const revision = await fixture.push({ 'app/a.yaml': configMap('a', { k: '1' }) })
    await fixture.apply({ syncPolicy: automated })
    await fixture.syncedTo(revision)
    await fixture.client.create(Application, {
      metadata: { name: 'thief', namespace: 'argocd' },
      spec: { ...(await fixture.app()).spec, syncPolicy: { automated: {}, retry: { limit: 0 } } },
    })
    const refused = await until('the refusal', async () => {
      const { status } = await fixture.client.get(Application, { name: 'thief', namespace: 'argocd' })
      return status?.conditions?.some(condition => condition.type === 'SyncError') ? status : undefined
    })
    expect(refused.operationState?.message).toContain('belongs to the Application site already')
    const owned = await fixture.client.get(ConfigMap, { name: 'a', namespace: 'default' })
    expect(owned.metadata.annotations?.['argocd.argoproj.io/tracking-id']).toMatch(/^site:/)
  })
})
