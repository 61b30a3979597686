import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { until } from '../../kernel/until.ts'
import { ConfigMap, Namespace } from '../../kube/generated/core-v1.ts'
import { gitClient } from './git/git.fixture.ts'
import { automated, configMap, GitopsFixture } from './gitops.fixture.ts'
import { Application } from './kinds/generated/application.ts'
import { PullRequest } from './kinds/pull-request.ts'

describe('gitops', () => {
  let fixture: GitopsFixture
  beforeEach(async () => {
    fixture = await GitopsFixture.start()
  })
  afterEach(() => fixture[Symbol.asyncDispose]())
  const ref = { name: 'site', namespace: 'argocd' }

  it('applies what is pushed, prunes what is gone, heals what is changed', async () => {
    const first = await fixture.push({
      'app/a.yaml': configMap('a', { k: '1' }),
      'app/b.yaml': configMap('b', {}),
    })
    await fixture.apply({ syncPolicy: automated })
    const synced = await fixture.syncedTo(first)
    expect(synced.status).toMatchObject({
      health: { status: 'Healthy' },
      sourceType: 'Directory',
      operationState: { phase: 'Succeeded', operation: { initiatedBy: { automated: true } } },
      history: [{ id: 0, revision: first }],
      resources: [
        { kind: 'ConfigMap', name: 'a', namespace: 'default', status: 'Synced' },
        { kind: 'ConfigMap', name: 'b', namespace: 'default', status: 'Synced' },
      ],
    })
    expect((await fixture.config('a'))?.metadata.annotations?.['argocd.argoproj.io/tracking-id']).toBe(
      'site:/ConfigMap:default/a',
    )

    const second = await fixture.push({ 'app/a.yaml': configMap('a', { k: '2' }), 'app/b.yaml': null })
    const next = await fixture.syncedTo(second)
    expect((await fixture.config('a'))?.data).toEqual({ k: '2' })
    expect(await fixture.config('b')).toBeUndefined()
    expect(next.status?.history?.map(entry => entry.revision)).toEqual([first, second])

    await fixture.client.patch(ConfigMap, { name: 'a', namespace: 'default' }, { data: { k: 'drift' } })
    await until('healing', async () => (await fixture.config('a'))?.data?.['k'] === '2')
  })

  it('syncs by hand with .operation, and does nothing by itself', async () => {
    const revision = await fixture.push({ 'app/a.yaml': configMap('a', { k: '1' }) })
    await fixture.apply({})
    await fixture.appThat('comparison', ({ sync }) => sync?.status === 'OutOfSync')
    expect(await fixture.config('a')).toBeUndefined()
    await fixture.client.patch(Application, ref, {
      operation: { initiatedBy: { username: 'ann' }, sync: { dryRun: true } },
    })
    const dry = await fixture.appThat(
      'dry run',
      ({ operationState }) => operationState?.phase === 'Succeeded',
    )
    expect(dry.operation).toBeUndefined()
    expect(dry.status?.history).toBeUndefined()
    expect(await fixture.config('a')).toBeUndefined()
    await fixture.client.patch(Application, ref, {
      operation: { initiatedBy: { username: 'ann' }, sync: {} },
    })
    const synced = await fixture.syncedTo(revision)
    expect(synced.status?.history?.[0]?.initiatedBy).toEqual({ username: 'ann' })
  })

  it('applies nothing when one object is refused, and says which', async () => {
    await fixture.push({
      'app/a.yaml': configMap('a', { k: '1' }),
      'app/bad.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 99999}]}\n',
      'app/none.yaml': 'apiVersion: none.io/v1\nkind: Nothing\nmetadata: {name: nothing}\n',
    })
    await fixture.apply({ syncPolicy: { automated: {}, retry: { limit: 0 } } })
    const failed = await fixture.appThat(
      'failure',
      ({ operationState }) => operationState?.phase === 'Failed',
    )
    expect(failed.status?.operationState?.message).toMatch(
      /nothing was applied.*Service default\/s \(app\/bad\.yaml:1\).*99999/,
    )
    expect(failed.status?.operationState?.message).toContain('"Nothing" CRD is installed')
    await fixture.appThat('the condition', ({ conditions }) =>
      Boolean(conditions?.some(condition => condition.type === 'SyncError')),
    )
    expect(await fixture.config('a')).toBeUndefined()
    const good = await fixture.push({ 'app/bad.yaml': null, 'app/none.yaml': null })
    await fixture.syncedTo(good)
  })

  it('keeps waves apart, creates the namespace, and removes everything with the Application', async () => {
    const wave = (n: number) => `  annotations: {argocd.argoproj.io/sync-wave: "${n}"}\n`
    const crd = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {kind: Thing, plural: things}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
`
    const head = await fixture.push({
      'app/crd.yaml': crd,
      'app/thing.yaml': 'apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: t}\n',
      'app/a.yaml': configMap('a', {}, wave(1)),
      'app/b.yaml': configMap('b', {}, wave(-1)),
    })
    await fixture.apply(
      {
        destination: { namespace: 'fresh' },
        syncPolicy: { ...automated, syncOptions: ['CreateNamespace=true'] },
      },
      { finalizers: ['resources-finalizer.argocd.argoproj.io/background'] },
    )
    await fixture.syncedTo(head)
    const [a, b] = await Promise.all([fixture.config('a', 'fresh'), fixture.config('b', 'fresh')])
    expect(Number(b?.metadata.resourceVersion)).toBeLessThan(Number(a?.metadata.resourceVersion))
    expect(await fixture.client.find(Namespace, { name: 'fresh' })).toBeDefined()
    await fixture.client.delete(Application, ref)
    await until(
      'deletion',
      async () => !(await fixture.config('a', 'fresh')) && !(await fixture.config('b', 'fresh')),
    )
  })

  describe('pull requests', () => {
    const open = (name: string, spec: Partial<PullRequest['spec']> = {}) =>
      fixture.client.create(PullRequest, {
        metadata: { name },
        spec: { repository: 'site', sourceBranch: 'feature', title: 'A feature', ...spec },
      })
    const pullRequestThat = (name: string, what: string, holds: (status: PullRequest['status']) => boolean) =>
      until(what, async () => {
        const object = await fixture.client.get(PullRequest, { name })
        if (holds(object.status)) return object
        throw new Error(JSON.stringify(object.status))
      })

    it('shows what would change, merges, and the Application follows', async () => {
      const base = await fixture.push({ 'app/a.yaml': configMap('a', { k: '1' }) })
      await fixture.apply({ syncPolicy: automated })
      await fixture.syncedTo(base)
      const head = await fixture.push(
        { 'app/a.yaml': configMap('a', { k: '2' }), 'app/b.yaml': configMap('b', {}) },
        'feature',
      )
      await open('site-7')
      const opened = await pullRequestThat('site-7', 'checks', status => status?.checks !== undefined)
      expect(opened.status).toMatchObject({
        number: 7,
        phase: 'Open',
        headSHA: head,
        baseSHA: base,
        mergeable: true,
        changes: { summary: '1 added, 1 changed', objects: [{ application: 'argocd/site' }, {}] },
      })
      const endpoint = fixture.test.kernel.endpoints.get('git')
      const answer = await fetch(`${endpoint}/-/pull-requests/site-7/diff`)
      const diff = (await answer.json()) as { differences: { diff: string }[] }[]
      expect(diff[0]?.differences[0]?.diff).toContain('-  k: "1"\n+  k: "2"')
      expect(await gitClient(fixture.work, 'ls-remote', 'origin', 'refs/pull/7/head')).toContain(head)
      await fixture.client.patch(PullRequest, { name: 'site-7' }, { spec: { merge: { sha: head } } })
      const merged = await pullRequestThat('site-7', 'merge', status => status?.phase === 'Merged')
      await fixture.syncedTo(merged.status?.mergeCommit ?? '')
      expect((await fixture.config('a'))?.data).toEqual({ k: '2' })
    })

    it('refuses to merge conflicts and names the files, then merges once they are solved', async () => {
      await fixture.push({ f: 'one\n' })
      await fixture.push({ f: 'two\n' }, 'feature')
      await gitClient(fixture.work, 'reset', '--hard', '--quiet', 'HEAD~1')
      await fixture.push({ f: 'three\n' }, 'main')
      await open('site-1', { merge: {} })
      const refused = await pullRequestThat('site-1', 'refusal', status =>
        Boolean(status?.conditions?.some(condition => condition.reason === 'Conflict')),
      )
      expect(refused.status).toMatchObject({ phase: 'Open', mergeable: false, conflicts: ['f'] })
      await fixture.push({ f: 'three\nand two\n' }, 'feature')
      const merged = await pullRequestThat('site-1', 'merge', status => status?.phase === 'Merged')
      await gitClient(fixture.work, 'fetch', '--quiet', 'origin', 'main')
      expect(await gitClient(fixture.work, 'rev-parse', 'FETCH_HEAD')).toBe(merged.status?.mergeCommit)
    })

    it('squashes, and numbers one after the other', async () => {
      const base = await fixture.push({ f: '1\n' })
      await fixture.push({ f: '2\n' }, 'feature')
      await fixture.push({ f: '3\n' }, 'feature')
      await open('site-1', { close: true })
      await pullRequestThat('site-1', 'closing', status => status?.phase === 'Closed')
      await open('other-name', { merge: { method: 'squash' } })
      const merged = await pullRequestThat('other-name', 'merge', status => status?.phase === 'Merged')
      expect(merged.status?.number).toBe(2)
      await gitClient(fixture.work, 'fetch', '--quiet', 'origin', 'main')
      expect(await gitClient(fixture.work, 'log', '--format=%P %s', '-1', 'FETCH_HEAD')).toBe(
        `${base} A feature (#2)`,
      )
    })
  })
})
