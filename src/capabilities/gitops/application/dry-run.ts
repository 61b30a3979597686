import type { Client } from '../../../kernel/client.ts'
import { Namespace } from '../../../kube/generated/core-v1.ts'
import type { Kind } from '../../../kube/kind.ts'
import type { Draft, KubeObject } from '../../../kube/object.ts'
import type { ManifestObject } from '../../../kube/manifest.ts'
import type { ComparedObject } from './compared-objects.ts'
import { FIELD_MANAGER } from './comparison.ts'
import type { Hook } from './hooks.ts'
import type { SyncOptions } from './sync-options.ts'
import { describeTarget, hasSyncOption, type Target } from './target.ts'

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
    const isReplaced = context.options.replace || hasSyncOption(desired, 'Replace=true')
    if (!live) await dryCreate(context, { kind, object: desired })
    else if (isReplaced) await dryReplace(context.client, kind, desired)
    else await dryApply(context.client, kind, desired)
    return undefined
  } catch (error) {
    return `${where}: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** The same for a hook, which is made anew whatever is live under its name. */
export async function dryRunHook(
  context: DryRunContext,
  { target, object, kind }: Hook,
): Promise<string | undefined> {
  // A kind that is not served yet is looked for again when the hook's turn comes.
  if (!kind) return undefined
  try {
    await dryCreate(context, { kind, object, isHook: true })
    return undefined
  } catch (error) {
    return `${describeTarget(target)}: ${error instanceof Error ? error.message : String(error)}`
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

async function dryReplace(client: Client, kind: Kind, desired: ManifestObject): Promise<void> {
  // Complete but for what the server fills in; without a resourceVersion the replacement is unconditional.
  await client.update(kind, desired as unknown as KubeObject, { dryRun: true, fieldManager: FIELD_MANAGER })
}

async function dryApply(client: Client, kind: Kind, desired: ManifestObject): Promise<void> {
  const { name = '', namespace } = desired.metadata
  await client.patch(kind, { name, namespace }, desired, {
    type: 'apply',
    fieldManager: FIELD_MANAGER,
    force: true,
    dryRun: true,
  })
}

interface Creation {
  kind: Kind
  object: ManifestObject
  isHook?: boolean
}

async function dryCreate(context: DryRunContext, { kind, object, isHook }: Creation): Promise<void> {
  const { client } = context
  const { namespace } = object.metadata
  const isMissing =
    kind.namespaced && namespace !== undefined && !(await client.find(Namespace, { name: namespace }))
  if (isMissing && !isMadeBySync(context, namespace))
    throw new Error(
      `namespace "${namespace}" does not exist; add it to the manifests, or set the sync option CreateNamespace=true`,
    )
  // The namespace comes with this sync: what is asked is whether the object is valid somewhere.
  if (isMissing) await dryCreateElsewhere(client, { kind, object }, 'default')
  else if (isHook) await dryCreateElsewhere(client, { kind, object }, namespace)
  else await dryApply(client, kind, object)
}

/** Under another name, so that nothing is in its way. Strict, as server-side apply is with fields it does not know. */
async function dryCreateElsewhere(
  client: Client,
  { kind, object }: Creation,
  namespace: string | undefined,
): Promise<void> {
  const { name, ...metadata } = { ...object.metadata, namespace }
  const draft = { ...object, metadata: { ...metadata, generateName: `${(name ?? 'x').slice(0, 50)}-` } }
  await client.create(kind, draft as Draft<KubeObject>, { dryRun: true, fieldValidation: 'Strict' })
}

const isMadeBySync = (
  { options, targets, destinationNamespace }: DryRunContext,
  namespace: string,
): boolean =>
  (options.createNamespace && namespace === destinationNamespace) ||
  targets.some(({ object }) => object.kind === 'Namespace' && object.metadata.name === namespace)
