import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestKernel, type TestKernel } from '../../kernel/testing.ts'
import { until } from '../../kernel/until.ts'
import { ConfigMap, Namespace } from '../../kube/generated/core-v1.ts'
import { commit, gitClient, temporaryFolder } from './git/git.fixture.ts'
import { gitops } from './index.ts'
import { Application, type ApplicationSpec } from './kinds/generated/application.ts'
import { PullRequest } from './kinds/pull-request.ts'
import { Repository } from './kinds/repository.ts'

const configMap = (name: string, data: Record<string, string>, more = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}data: ${JSON.stringify(data)}\n`

describe('gitops', () => {
  let test: TestKernel
  let folder: ReturnType<typeof temporaryFolder>
  let url: string
  let work: string

  beforeEach(async () => {
    test = await startTestKernel({ capabilities: [gitops] })
    const { kernel } = test
    folder = temporaryFolder()
    writeFileSync(join(kernel.dataDirectory.path, 'token'), 's3cret')
    await kernel.client.create(Repository, { metadata: { name: 'site' }, spec: {} })
    const ready = await until('the repository', async () => {
      const { status } = await kernel.client.get(Repository, { name: 'site' })
      return status?.conditions?.[0]?.status === 'True' ? status : undefined
    })
    url = ready.url ?? ''
    work = join(folder.path, 'work')
    mkdirSync(work)
    await gitClient(work, 'init', '--quiet', '--initial-branch=main')
    await gitClient(work, 'remote', 'add', 'origin', url.replace('http://', 'http://x:s3cret@'))
  })
  afterEach(async () => {
    await test[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  })

  const push = async (files: Record<string, string | null>, branch = 'main', message = 'change') => {
    const head = commit(work, files, message)
    await gitClient(work, 'push', '--quiet', '--force', 'origin', `HEAD:${branch}`)
    return head
  }
  const apply = (name: string, spec: Partial<ApplicationSpec>, metadata = {}) =>
    test.kernel.client.create(Application, {
      metadata: { name, namespace: 'argocd', ...metadata },
      spec: {
        project: 'default',
        destination: { namespace: 'default' },
        source: { repoURL: url, path: 'app' },
        ...spec,
      },
    })
  const app = (name: string) => test.kernel.client.get(Application, { name, namespace: 'argocd' })
  const appThat = (name: string, what: string, holds: (object: Application) => boolean) =>
    until(what, async () => {
      const object = await app(name)
      if (holds(object)) return object
      throw new Error(JSON.stringify(object.status, undefined, 1))
    })
  const syncedTo = (name: string, revision: string) =>
    appThat(
      name,
      `${name} at ${revision}`,
      ({ status }) =>
        status?.sync?.status === 'Synced' &&
        status.sync.revision === revision &&
        status.operationState?.phase !== 'Running',
    )
  const config = (name: string, namespace = 'default') =>
    test.kernel.client.find(ConfigMap, { name, namespace })
  // Foreground deletion needs the garbage collector, which is another capability's.
  const automated = {
    automated: { prune: true, selfHeal: true },
    syncOptions: ['PrunePropagationPolicy=background'],
  }

  it('applies what is pushed, prunes what is gone, heals what is changed', async () => {
    const first = await push({ 'app/a.yaml': configMap('a', { k: '1' }), 'app/b.yaml': configMap('b', {}) })
    await apply('site', { syncPolicy: automated })
    const synced = await syncedTo('site', first)
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
    expect((await config('a'))?.metadata.annotations?.['argocd.argoproj.io/tracking-id']).toBe(
      'site:/ConfigMap:default/a',
    )

    const second = await push({ 'app/a.yaml': configMap('a', { k: '2' }), 'app/b.yaml': null })
    const next = await syncedTo('site', second)
    expect((await config('a'))?.data).toEqual({ k: '2' })
    expect(await config('b')).toBeUndefined()
    expect(next.status?.history?.map(entry => entry.revision)).toEqual([first, second])

    await test.kernel.client.patch(ConfigMap, { name: 'a', namespace: 'default' }, { data: { k: 'drift' } })
    await until('healing', async () => (await config('a'))?.data?.['k'] === '2')
  })

  it('syncs by hand with .operation, and does nothing by itself', async () => {
    const revision = await push({ 'app/a.yaml': configMap('a', { k: '1' }) })
    await apply('site', {})
    await appThat('site', 'comparison', ({ status }) => status?.sync?.status === 'OutOfSync')
    expect(await config('a')).toBeUndefined()
    const ref = { name: 'site', namespace: 'argocd' }
    await test.kernel.client.patch(Application, ref, {
      operation: { initiatedBy: { username: 'ann' }, sync: { dryRun: true } },
    })
    const dry = await appThat(
      'site',
      'dry run',
      ({ status }) => status?.operationState?.phase === 'Succeeded',
    )
    expect(dry.operation).toBeUndefined()
    expect(dry.status?.history).toBeUndefined()
    expect(await config('a')).toBeUndefined()
    await test.kernel.client.patch(Application, ref, {
      operation: { initiatedBy: { username: 'ann' }, sync: {} },
    })
    const synced = await syncedTo('site', revision)
    expect(synced.status?.history?.[0]?.initiatedBy).toEqual({ username: 'ann' })
  })

  it('applies nothing when one object is refused, and says which', async () => {
    await push({
      'app/a.yaml': configMap('a', { k: '1' }),
      'app/bad.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 99999}]}\n',
      'app/none.yaml': 'apiVersion: none.io/v1\nkind: Nothing\nmetadata: {name: nothing}\n',
    })
    await apply('site', { syncPolicy: { automated: {}, retry: { limit: 0 } } })
    const failed = await appThat(
      'site',
      'failure',
      ({ status }) => status?.operationState?.phase === 'Failed',
    )
    expect(failed.status?.operationState?.message).toMatch(
      /nothing was applied.*Service default\/s \(app\/bad\.yaml:1\).*99999/,
    )
    expect(failed.status?.operationState?.message).toContain('"Nothing" CRD is installed')
    await appThat('site', 'the condition', ({ status }) =>
      Boolean(status?.conditions?.some(condition => condition.type === 'SyncError')),
    )
    expect(await config('a')).toBeUndefined()
    const good = await push({ 'app/bad.yaml': null, 'app/none.yaml': null })
    await syncedTo('site', good)
  })

  it.each<[string, Partial<ApplicationSpec>, Record<string, string>, RegExp]>([
    [
      'a path that is not there',
      { source: { repoURL: 'URL', path: 'nope' } },
      {},
      /path nope: there is no folder "nope"/,
    ],
    [
      'a revision that is not there',
      { source: { repoURL: 'URL', targetRevision: 'v9' } },
      {},
      /has no branch, tag or commit "v9"/,
    ],
    [
      'a repository that is not there',
      { source: { repoURL: 'URL/../other.git' } },
      {},
      /other.git does not exist/,
    ],
    [
      'a repository that cannot be reached',
      { source: { repoURL: 'http://127.0.0.1:1/x.git' } },
      {},
      /127.0.0.1:1\/x.git cannot be read/,
    ],
    ['a URL that is not allowed', { source: { repoURL: 'file:///etc' } }, {}, /files are not allowed/],
    [
      'YAML that does not parse',
      {},
      { 'app/x.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {\n' },
      /app\/x\.yaml:\d+: not valid YAML/,
    ],
    [
      'another cluster',
      { destination: { server: 'https://other' } },
      {},
      /spec.destination.server "https:\/\/other" is not supported/,
    ],
    ['an unknown project', { project: 'nope' }, {}, /project nope which does not exist/],
    [
      'a Helm source',
      { source: { repoURL: 'URL', path: 'app', helm: { releaseName: 'x' } } },
      {},
      /spec.source.helm is not supported yet/,
    ],
  ])('explains %s', async (_, spec, files, message) => {
    await push({ 'app/a.yaml': configMap('a', {}), ...files })
    const source = spec.source && { ...spec.source, repoURL: spec.source.repoURL.replace('URL', url) }
    await apply('site', { ...spec, ...(source ? { source } : {}), syncPolicy: automated })
    const object = await appThat('site', 'a condition', ({ status }) => (status?.conditions?.length ?? 0) > 0)
    expect(object.status?.conditions?.[0]?.message).toMatch(message)
    expect(object.status?.sync?.status).toBe('Unknown')
    expect(await config('a')).toBeUndefined()
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
    const head = await push({
      'app/crd.yaml': crd,
      'app/thing.yaml': 'apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: t}\n',
      'app/a.yaml': configMap('a', {}, wave(1)),
      'app/b.yaml': configMap('b', {}, wave(-1)),
    })
    await apply(
      'site',
      {
        destination: { namespace: 'fresh' },
        syncPolicy: { ...automated, syncOptions: ['CreateNamespace=true'] },
      },
      { finalizers: ['resources-finalizer.argocd.argoproj.io/background'] },
    )
    await syncedTo('site', head)
    const [a, b] = await Promise.all([config('a', 'fresh'), config('b', 'fresh')])
    expect(Number(b?.metadata.resourceVersion)).toBeLessThan(Number(a?.metadata.resourceVersion))
    expect(await test.kernel.client.find(Namespace, { name: 'fresh' })).toBeDefined()
    await test.kernel.client.delete(Application, { name: 'site', namespace: 'argocd' })
    await until('deletion', async () => !(await config('a', 'fresh')) && !(await config('b', 'fresh')))
  })

  describe('pull requests', () => {
    const open = (name: string, spec: Partial<PullRequest['spec']> = {}) =>
      test.kernel.client.create(PullRequest, {
        metadata: { name },
        spec: { repository: 'site', sourceBranch: 'feature', title: 'A feature', ...spec },
      })
    const pullRequestThat = (name: string, what: string, holds: (status: PullRequest['status']) => boolean) =>
      until(what, async () => {
        const object = await test.kernel.client.get(PullRequest, { name })
        if (holds(object.status)) return object
        throw new Error(JSON.stringify(object.status))
      })

    it('shows what would change, merges, and the Application follows', async () => {
      const base = await push({ 'app/a.yaml': configMap('a', { k: '1' }) })
      await apply('site', { syncPolicy: automated })
      await syncedTo('site', base)
      const head = await push(
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
      const endpoint = test.kernel.endpoints.get('git')
      const answer = await fetch(`${endpoint}/-/pull-requests/site-7/diff`)
      const diff = (await answer.json()) as { differences: { diff: string }[] }[]
      expect(diff[0]?.differences[0]?.diff).toContain('-  k: "1"\n+  k: "2"')
      expect(await gitClient(work, 'ls-remote', 'origin', 'refs/pull/7/head')).toContain(head)
      await test.kernel.client.patch(PullRequest, { name: 'site-7' }, { spec: { merge: { sha: head } } })
      const merged = await pullRequestThat('site-7', 'merge', status => status?.phase === 'Merged')
      await syncedTo('site', merged.status?.mergeCommit ?? '')
      expect((await config('a'))?.data).toEqual({ k: '2' })
    })

    it('refuses to merge conflicts and names the files, then merges once they are solved', async () => {
      await push({ f: 'one\n' })
      await push({ f: 'two\n' }, 'feature')
      await gitClient(work, 'reset', '--hard', '--quiet', 'HEAD~1')
      await push({ f: 'three\n' }, 'main')
      await open('site-1', { merge: {} })
      const refused = await pullRequestThat('site-1', 'refusal', status =>
        Boolean(status?.conditions?.some(condition => condition.reason === 'Conflict')),
      )
      expect(refused.status).toMatchObject({ phase: 'Open', mergeable: false, conflicts: ['f'] })
      await push({ f: 'three\nand two\n' }, 'feature')
      const merged = await pullRequestThat('site-1', 'merge', status => status?.phase === 'Merged')
      await gitClient(work, 'fetch', '--quiet', 'origin', 'main')
      expect(await gitClient(work, 'rev-parse', 'FETCH_HEAD')).toBe(merged.status?.mergeCommit)
    })

    it('squashes, and numbers one after the other', async () => {
      const base = await push({ f: '1\n' })
      await push({ f: '2\n' }, 'feature')
      await push({ f: '3\n' }, 'feature')
      await open('site-1', { close: true })
      await pullRequestThat('site-1', 'closing', status => status?.phase === 'Closed')
      await open('other-name', { merge: { method: 'squash' } })
      const merged = await pullRequestThat('other-name', 'merge', status => status?.phase === 'Merged')
      expect(merged.status?.number).toBe(2)
      await gitClient(work, 'fetch', '--quiet', 'origin', 'main')
      expect(await gitClient(work, 'log', '--format=%P %s', '-1', 'FETCH_HEAD')).toBe(
        `${base} A feature (#2)`,
      )
    })
  })
})
