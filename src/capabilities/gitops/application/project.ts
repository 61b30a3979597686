import type { Informers } from '../../../kernel/informer.ts'
import { compileGlob } from '../render/glob.ts'
import type { Application } from '../kinds/generated/application.ts'
import { AppProject } from '../kinds/generated/app-project.ts'
import { limitProblems } from './project-limits.ts'
import { ARGOCD_NAMESPACE } from './tracking.ts'

/** The address by which manifests name the cluster that the controller runs on. */
export const IN_CLUSTER = 'https://kubernetes.default.svc'

/** The project that an Application belongs to: Argo CD's namespace first, then its own. */
export function projectOf(informers: Informers, { spec, metadata }: Application): AppProject | undefined {
  const name = spec.project || 'default'
  const projects = informers.for(AppProject)
  return projects.get(`${ARGOCD_NAMESPACE}/${name}`) ?? projects.get(`${metadata.namespace}/${name}`)
}

/** Why an Application's spec cannot be acted on, one text a problem; empty when it can. */
export function specProblems(app: Application, project: AppProject | undefined): string[] {
  const { destination, source, sources, sourceHydrator } = app.spec
  const problems: string[] = []
  if (destination.server && destination.server !== IN_CLUSTER)
    problems.push(
      `spec.destination.server "${destination.server}" is not supported: only this cluster (${IN_CLUSTER}) is`,
    )
  if (destination.name && destination.name !== 'in-cluster')
    problems.push(`spec.destination.name "${destination.name}" is not supported: only "in-cluster" is`)
  if (sources && sources.length > 0) problems.push('spec.sources is not supported yet: use spec.source')
  if (sourceHydrator) problems.push('spec.sourceHydrator is not supported')
  if (!source?.repoURL) problems.push('spec.source.repoURL is missing')
  if (
    app.spec.ignoreDifferences?.some(
      rule => rule.jqPathExpressions?.length || rule.managedFieldsManagers?.length,
    )
  )
    problems.push('spec.ignoreDifferences: only jsonPointers are supported yet')
  if (!project) problems.push(`Application referencing project ${app.spec.project} which does not exist`)
  else problems.push(...projectProblems(app, project), ...limitProblems(app, project))
  return problems
}

function projectProblems(app: Application, { metadata, spec }: AppProject): string[] {
  const { source, destination } = app.spec
  const problems: string[] = []
  if (source?.repoURL && !isAllowed(source.repoURL, spec.sourceRepos ?? []))
    problems.push(`application repo ${source.repoURL} is not permitted in project '${metadata.name}'`)
  const namespace = destination.namespace ?? ''
  const allowed = spec.destinations ?? []
  const fits = (rule: {
    server?: string | undefined
    name?: string | undefined
    namespace?: string | undefined
  }) =>
    (matches(rule.server ?? '', IN_CLUSTER) || matches(rule.name ?? '', 'in-cluster')) &&
    matches((rule.namespace ?? '').replace(/^!/, ''), namespace)
  const denied = allowed.some(rule => rule.namespace?.startsWith('!') && fits(rule))
  if (denied || !allowed.some(rule => !rule.namespace?.startsWith('!') && fits(rule)))
    problems.push(
      `application destination server '${IN_CLUSTER}' and namespace '${namespace}' do not match any of the allowed destinations in project '${metadata.name}'`,
    )
  return problems
}

const matches = (pattern: string, text: string): boolean => pattern !== '' && compileGlob(pattern).test(text)

/** An allow list in which `!` denies. */
const isAllowed = (text: string, patterns: readonly string[]): boolean =>
  patterns.some(pattern => !pattern.startsWith('!') && matches(pattern, text)) &&
  !patterns.some(pattern => pattern.startsWith('!') && matches(pattern.slice(1), text))
