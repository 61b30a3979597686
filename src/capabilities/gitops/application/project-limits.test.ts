import { describe, expect, it } from 'vitest'
import type { Application } from '../kinds/generated/application.ts'
import type { AppProject, AppProjectSpec } from '../kinds/generated/app-project.ts'
import { forbiddenTargets, limitProblems } from './project-limits.ts'
import type { Target } from './target.ts'

const project = (spec: AppProjectSpec) => ({ metadata: { name: 'p' }, spec }) as AppProject

describe('an Application in its project', () => {
  it.each<[RegExp | undefined, AppProjectSpec, string?]>([
    [undefined, {}],
    [undefined, {}, 'teams'],
    [undefined, { sourceNamespaces: ['team-*'] }],
    [undefined, { sourceNamespaces: ['team-*'] }, 'team-a'],
    [/in namespace 'other' is not permitted.*sourceNamespaces/, { sourceNamespaces: ['team-*'] }, 'other'],
    [/spec\.syncWindows/, { syncWindows: [{ kind: 'deny', applications: ['s*'] }] }],
    [/spec\.syncWindows/, { syncWindows: [{ kind: 'allow', namespaces: ['prod'] }] }],
    [/spec\.syncWindows/, { syncWindows: [{ kind: 'deny', clusters: ['in-cluster'] }] }],
    [undefined, { syncWindows: [{ kind: 'deny', applications: ['other'], namespaces: ['dev'] }] }],
    [/spec\.signatureKeys/, { signatureKeys: [{ keyID: '4AEE18F83AFDEB23' }] }],
    [/spec\.sourceIntegrity/, { sourceIntegrity: { git: { policies: [] } } }],
  ])('%s: %j', (expected, spec, namespace = 'argocd') => {
    const app = {
      metadata: { name: 'site', namespace },
      spec: { destination: { namespace: 'prod' } },
    } as Application
    const problems = limitProblems(app, project(spec)).join('; ')
    if (expected) expect(problems).toMatch(expected)
    else expect(problems).toBe('')
  })
})

describe('the objects that a project permits', () => {
  const target = (apiVersion: string, kind: string, namespaced: boolean) =>
    ({
      kind: { namespaced },
      object: { apiVersion, kind, metadata: { name: 'x' } },
      file: 'f',
      line: 1,
    }) as Target
  const deployment = target('apps/v1', 'Deployment', true)
  const namespace = target('v1', 'Namespace', false)
  it.each<[readonly string[], AppProjectSpec]>([
    [['Namespace'], {}],
    [[], { clusterResourceWhitelist: [{ group: '*', kind: '*' }] }],
    [[], { clusterResourceWhitelist: [{ group: '', kind: 'Namespace', name: 'x' }] }],
    [['Namespace'], { clusterResourceWhitelist: [{ group: '', kind: 'Namespace', name: 'y' }] }],
    [
      ['Namespace'],
      {
        clusterResourceWhitelist: [{ group: '*', kind: '*' }],
        clusterResourceBlacklist: [{ group: '', kind: 'Name*' }],
      },
    ],
    [['Deployment', 'Namespace'], { namespaceResourceBlacklist: [{ group: 'apps', kind: '*' }] }],
    [['Deployment', 'Namespace'], { namespaceResourceWhitelist: [{ group: '', kind: 'ConfigMap' }] }],
    [['Namespace'], { namespaceResourceWhitelist: [{ group: 'apps', kind: 'Deployment' }] }],
    [['Deployment', 'Namespace'], { namespaceResourceWhitelist: [] }],
  ])('%j are not: %j', (kinds, spec) => {
    const refused = forbiddenTargets([deployment, namespace], project(spec))
    expect(refused.map(text => /(\w+) x \(f:1\) is not permitted/.exec(text)?.[1])).toEqual(kinds)
    for (const text of refused)
      expect(text).toMatch(/\(spec\.(cluster|namespace)Resource(White|Black)list\)$/)
  })
})
