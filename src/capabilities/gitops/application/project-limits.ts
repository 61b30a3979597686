import { parseApiVersion } from '../../../kube/kind.ts'
import type { Application } from '../kinds/generated/application.ts'
import type { AppProject } from '../kinds/generated/app-project.ts'
import { compileGlob } from '../render/glob.ts'
import { describeTarget, type Target } from './target.ts'
import { ARGOCD_NAMESPACE } from './tracking.ts'

/** What of a project forbids an Application altogether; a limit that is not understood is not passed over. */
export function limitProblems(app: Application, { metadata, spec }: AppProject): string[] {
  const project = `project '${metadata.name}'`
  const { name, namespace = '' } = app.metadata
  const problems: string[] = []
  const namespaces = spec.sourceNamespaces ?? []
  if (namespaces.length > 0 && namespace !== ARGOCD_NAMESPACE && !matchesAny(namespaces, namespace))
    problems.push(
      `application '${name}' in namespace '${namespace}' is not permitted to use ${project} (spec.sourceNamespaces)`,
    )
  const isWindowed = (spec.syncWindows ?? []).some(
    window =>
      matchesAny(window.applications, name) ||
      matchesAny(window.namespaces, app.spec.destination.namespace ?? '') ||
      matchesAny(window.clusters, 'in-cluster') ||
      matchesAny(window.clusters, 'https://kubernetes.default.svc'),
  )
  if (isWindowed)
    problems.push(
      `${project} has spec.syncWindows for this application, which are not supported: nothing is synced`,
    )
  if ((spec.signatureKeys ?? []).length > 0)
    problems.push(`${project} has spec.signatureKeys, which is not supported: no signature would be verified`)
  if (spec.sourceIntegrity !== undefined)
    problems.push(`${project} has spec.sourceIntegrity, which is not supported: nothing would be verified`)
  return problems
}

/** The objects that a project does not permit, one text each. Cluster-scoped ones must be listed, others need not be. */
export function forbiddenTargets(targets: readonly Target[], { metadata, spec }: AppProject): string[] {
  return targets.flatMap(target => {
    const { kind, object } = target
    // Whether it belongs to a namespace is known when its kind is.
    const isClusterScoped = kind !== undefined && !kind.namespaced
    const [allow, deny, fields] = isClusterScoped
      ? [spec.clusterResourceWhitelist ?? [], spec.clusterResourceBlacklist ?? [], 'clusterResource']
      : [spec.namespaceResourceWhitelist, spec.namespaceResourceBlacklist ?? [], 'namespaceResource']
    const fits = (rule: { group: string; kind: string; name?: string | undefined }) =>
      matches(rule.group, parseApiVersion(object.apiVersion).group) &&
      matches(rule.kind, object.kind) &&
      (!rule.name || matches(rule.name, object.metadata.name ?? ''))
    const denied = deny.some(fits)
    if (!denied && (allow === undefined || allow.some(fits))) return []
    return [
      `${describeTarget(target)} is not permitted in project '${metadata.name}' (spec.${fields}${denied ? 'Blacklist' : 'Whitelist'})`,
    ]
  })
}

const matches = (pattern: string, text: string): boolean => compileGlob(pattern).test(text)

const matchesAny = (patterns: readonly string[] | undefined, text: string): boolean =>
  (patterns ?? []).some(pattern => matches(pattern, text))
