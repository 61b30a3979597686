import { parseApiVersion } from '../../../kube/kind.ts'
import type { DraftMeta } from '../../../kube/object.ts'

/** Argo CD's annotations. */
export const TRACKING_ID = 'argocd.argoproj.io/tracking-id'
export const SYNC_WAVE = 'argocd.argoproj.io/sync-wave'
export const SYNC_OPTIONS = 'argocd.argoproj.io/sync-options'
export const COMPARE_OPTIONS = 'argocd.argoproj.io/compare-options'
export const HOOK = 'argocd.argoproj.io/hook'
export const HOOK_DELETE_POLICY = 'argocd.argoproj.io/hook-delete-policy'
export const REFRESH = 'argocd.argoproj.io/refresh'
export const SKIP_RECONCILE = 'argocd.argoproj.io/skip-reconcile'
export const IGNORE_HEALTH = 'argocd.argoproj.io/ignore-healthcheck'
export const FINALIZER = 'resources-finalizer.argocd.argoproj.io'

/** The namespace that Argo CD's own objects are in unless they say otherwise. */
export const ARGOCD_NAMESPACE = 'argocd'

interface Named {
  apiVersion: string
  kind: string
  metadata: DraftMeta
}

/** The name of an Application in tracking ids: with its namespace, unless that is Argo CD's own. */
export const instanceName = (namespace: string | undefined, name: string): string =>
  namespace === ARGOCD_NAMESPACE || namespace === undefined ? name : `${namespace}_${name}`

/** The key of the Application that an instance name stands for. An underscore is no part of a Kubernetes name. */
export function keyOfInstance(instance: string): string {
  const at = instance.indexOf('_')
  return at < 0 ? `${ARGOCD_NAMESPACE}/${instance}` : `${instance.slice(0, at)}/${instance.slice(at + 1)}`
}

/** `APP:group/Kind:namespace/name`. */
export function trackingId(instance: string, object: Named): string {
  const { group } = parseApiVersion(object.apiVersion)
  return `${instance}:${group}/${object.kind}:${object.metadata.namespace ?? ''}/${object.metadata.name}`
}

/** The instance that a live object belongs to. An id copied from another object (by an operator, say) does not count. */
export function instanceOf(object: Named): string | undefined {
  const id = object.metadata.annotations?.[TRACKING_ID]
  const instance = id?.slice(0, Math.max(0, id.indexOf(':')))
  if (!id || !instance) return undefined
  return id === trackingId(instance, object) ? instance : undefined
}
