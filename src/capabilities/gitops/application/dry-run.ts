import type { Client } from '../../../kernel/client.ts'
import { Namespace } from '../../../kube/generated/core-v1.ts'
import type { Kind } from '../../../kube/kind.ts'
import type { Draft, KubeObject } from '../../../kube/object.ts'
import type { ManifestObject } from '../../../kube/manifest.ts'
import { isNotFound } from '../../../kube/status.ts'
import type { ComparedObject } from './compared-objects.ts'
import { FIELD_MANAGER } from './comparison.ts'
import type { SyncOptions } from './sync-options.ts'
import { describeTarget, hasSyncOption, optionsOf, type Target } from './target.ts'
import { SYNC_OPTIONS } from './tracking.ts'

export interface DryRunContext {
  client: Client
  options: SyncOptions
  /** All that the sync wants: kinds and namespaces among it need not be there yet. */
  targets: readonly Target[]
  destinationNamespace: string | undefined
}

/** What the API server says to each object before anything is applied: undefined, or why it is refused. */
export async function dryRun(
  context: DryRunContext,
  { target, desired, kind, live, isSynced, sharedWith }: ComparedObject,
): Promise<string | undefined> {
  if (!target || !desired || isSynced) return undefined
  const where = describeTarget(target)
  if (sharedWith !== undefined)
    return `${where}: belongs to the Application ${sharedWith.replace('_', '/')} already`
  if (!kind) {
    const isAllowed =
      context.options.skipDryRunOnMissingResource ||
      hasSyncOption(desired, 'SkipDryRunOnMissingResource=true') ||
      isDefined(context.targets, desired)
    return isAllowed ? undefined : `${where}: ${missingKind(desired)}`
  }
  try {
    await (live ? dryApply(context.client, kind, desired) : dryCreate(context, kind, desired))
    return undefined
  } catch (error) {
    return `${where}: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** In upstream's words. */
export const missingKind = (object: ManifestObject): string =>
  `The Kubernetes API could not find ${object.apiVersion}/${object.kind} for requested resource ${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}. Make sure the "${object.kind}" CRD is installed on the destination cluster.`

const isDefined = (targets: readonly Target[], { apiVersion, kind }: ManifestObject): boolean =>
  targets.some(({ object }) => {
    if (object.kind !== 'CustomResourceDefinition') return false
    const spec = object['spec'] as { group?: unknown; names?: { kind?: unknown } } | undefined
    return spec?.group === apiVersion.split('/')[0] && spec?.names?.kind === kind
  })

async function dryApply(client: Client, kind: Kind, desired: ManifestObject): Promise<void> {
  const { name = '', namespace } = desired.metadata
  const isReplace = optionsOf(desired, SYNC_OPTIONS).includes('Replace=true')
  if (isReplace)
    await client.update(kind, desired as unknown as KubeObject, { dryRun: true, fieldManager: FIELD_MANAGER })
  else
    await client.patch(kind, { name, namespace }, desired, {
      type: 'apply',
      fieldManager: FIELD_MANAGER,
      force: true,
      dryRun: true,
    })
}

async function dryCreate(context: DryRunContext, kind: Kind, desired: ManifestObject): Promise<void> {
  const { client } = context
  const { namespace } = desired.metadata
  if (kind.namespaced && namespace && isMadeBySync(context, namespace)) {
    if (!(await client.find(Namespace, { name: namespace }))) {
      // The namespace comes with this sync: what is asked is whether the object is valid somewhere.
      const elsewhere = { ...desired.metadata, namespace: 'default', name: undefined }
      const name = desired.metadata.name ?? 'x'
      const draft = { ...desired, metadata: { ...elsewhere, generateName: `${name.slice(0, 50)}-` } }
      await client.create(kind, draft as Draft<KubeObject>, { dryRun: true })
      return
    }
  }
  try {
    await dryApply(client, kind, desired)
  } catch (error) {
    if (
      kind.namespaced &&
      isNotFound(error) &&
      namespace &&
      !(await client.find(Namespace, { name: namespace }))
    )
      throw new Error(
        `namespace "${namespace}" does not exist; add it to the manifests, or set the sync option CreateNamespace=true`,
        { cause: error },
      )
    throw error
  }
}

const isMadeBySync = (
  { options, targets, destinationNamespace }: DryRunContext,
  namespace: string,
): boolean =>
  (options.createNamespace && namespace === destinationNamespace) ||
  targets.some(({ object }) => object.kind === 'Namespace' && object.metadata.name === namespace)
