import { expect, it } from 'vitest'
import type { Application, ApplicationSpec } from '../kinds/generated/application.ts'
import type { AppProject, AppProjectSpec } from '../kinds/generated/app-project.ts'
import { IN_CLUSTER, specProblems } from './project.ts'

const app = (spec: Partial<ApplicationSpec>) =>
  ({
    metadata: { name: 'a', namespace: 'argocd' },
    spec: {
      project: 'p',
      source: { repoURL: 'https://git.example.org/team/site.git' },
      destination: { server: IN_CLUSTER, namespace: 'prod' },
      ...spec,
    },
  }) as Application
const project = (spec: AppProjectSpec) => ({ metadata: { name: 'p' }, spec }) as AppProject
const all = { sourceRepos: ['*'], destinations: [{ server: '*', namespace: '*' }] }

it.each<[string, Partial<ApplicationSpec>, AppProjectSpec | undefined, RegExp | undefined]>([
  ['everything allowed', {}, all, undefined],
  [
    'in-cluster by name',
    { destination: { name: 'in-cluster', namespace: 'prod' } },
    { ...all, destinations: [{ name: 'in-cluster', namespace: 'pr*' }] },
    undefined,
  ],
  ['no such project', {}, undefined, /project p which does not exist/],
  [
    'another repository',
    {},
    { ...all, sourceRepos: ['https://git.example.org/other/*'] },
    /repo .* is not permitted/,
  ],
  ['a pattern of repositories', {}, { ...all, sourceRepos: ['https://git.example.org/team/*'] }, undefined],
  [
    'a denied repository',
    {},
    { ...all, sourceRepos: ['*', '!https://git.example.org/team/*'] },
    /is not permitted/,
  ],
  [
    'another namespace',
    {},
    { ...all, destinations: [{ server: '*', namespace: 'dev' }] },
    /do not match any of the allowed/,
  ],
  [
    'a denied namespace',
    {},
    { ...all, destinations: [...all.destinations, { server: '*', namespace: '!prod' }] },
    /do not match/,
  ],
  [
    'another cluster',
    { destination: { server: 'https://x' } },
    all,
    /spec.destination.server "https:\/\/x" is not supported/,
  ],
  ['several sources', { sources: [{ repoURL: 'x' }] }, all, /spec.sources is not supported yet/],
  ['jq', { ignoreDifferences: [{ kind: 'X', jqPathExpressions: ['.a'] }] }, all, /only jsonPointers/],
])('%s', (_, spec, allowed, problem) => {
  const problems = specProblems(app(spec), allowed && project(allowed)).join('; ')
  if (problem) expect(problems).toMatch(problem)
  else expect(problems).toBe('')
})
