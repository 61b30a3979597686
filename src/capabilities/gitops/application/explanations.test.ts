import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../../kernel/until.ts'
import { automated, configMap, GitopsFixture } from '../gitops.fixture.ts'
import { AppProject, type AppProjectSpec } from '../kinds/generated/app-project.ts'
import { Application, type ApplicationSpec } from '../kinds/generated/application.ts'

describe('an Application that cannot be compared', () => {
  let fixture: GitopsFixture
  beforeAll(async () => {
    fixture = await GitopsFixture.start()
    const all = { sourceRepos: ['*'], destinations: [{ server: '*', namespace: '*' }] }
    const project = (name: string, spec: AppProjectSpec) =>
      fixture.client.create(AppProject, {
        metadata: { name, namespace: 'argocd' },
        spec: { ...all, ...spec },
      })
    await project('narrow', {})
    await project('windowed', { syncWindows: [{ kind: 'deny', namespaces: ['*'] }] })
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

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
    [
      'an object that the project does not permit',
      { project: 'narrow' },
      { 'app/x.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n' },
      /Namespace x \(app\/x\.yaml:1\) is not permitted in project 'narrow' \(spec\.clusterResourceWhitelist\)/,
    ],
    [
      'a project with sync windows',
      { project: 'windowed' },
      {},
      /project 'windowed' has spec\.syncWindows for this application/,
    ],
  ])('explains %s', async (name, spec, files, message) => {
    const ref = { name: name.replaceAll(/[^a-z]+/gi, '-').toLowerCase(), namespace: 'argocd' }
    await fixture.push({ 'app/a.yaml': configMap('a', {}), 'app/x.yaml': null, ...files })
    const source = spec.source && { ...spec.source, repoURL: spec.source.repoURL.replace('URL', fixture.url) }
    await fixture.apply({ ...spec, ...(source ? { source } : {}), syncPolicy: automated }, ref)
    const { status } = await until('a condition', async () => {
      const app = await fixture.client.get(Application, ref)
      return (app.status?.conditions?.length ?? 0) > 0 ? app : undefined
    })
    await fixture.client.delete(Application, ref)
    expect(status?.conditions?.[0]?.message).toMatch(message)
    expect(status?.sync?.status).toBe('Unknown')
    expect(await fixture.config('a')).toBeUndefined()
  })
})
