import type { Client } from '../../kernel/client.ts'
import type { Kind } from '../../kube/kind.ts'
import type { Manifest } from '../../kube/manifest.ts'
import { ApiError } from '../../kube/status.ts'

export interface ApplyOutcome {
  where: string
  object: string
  /** `recognised`: a part of Drave acts on this kind; `stored`: kept and served, nothing acts on it. */
  result: 'recognised' | 'stored' | 'refused'
  why?: string
}

/** What others need comes first, as in `kubectl apply` of a well-ordered directory; the rest keeps its order. */
const FIRST = [
  'Namespace',
  'CustomResourceDefinition',
  'PriorityClass',
  'StorageClass',
  'ServiceAccount',
  'ClusterRole',
  'Role',
  'ClusterRoleBinding',
  'RoleBinding',
  'Secret',
  'ConfigMap',
  'GatewayClass',
  'AnalysisTemplate',
  'ClusterAnalysisTemplate',
  'Service',
  'Gateway',
  'HTTPRoute',
]

const rank = (kind: string): number => {
  const index = FIRST.indexOf(kind)
  return index < 0 ? FIRST.length : index
}

/** Applies manifests one by one (server-side apply); a refusal of one does not stop the others. */
export async function applyManifests(
  client: Client,
  manifests: readonly Manifest[],
  actsOn: (kind: Kind) => boolean,
): Promise<ApplyOutcome[]> {
  const ordered = [...manifests].sort((a, b) => rank(a.object.kind) - rank(b.object.kind))
  const outcomes: ApplyOutcome[] = []
  for (const manifest of ordered) outcomes.push(await applyOne(client, manifest, actsOn))
  return outcomes
}

async function applyOne(
  client: Client,
  { object, file, line }: Manifest,
  actsOn: (kind: Kind) => boolean,
): Promise<ApplyOutcome> {
  const { apiVersion, kind: kindName, metadata } = object
  const where = `${file}:${line}`
  const named = {
    where,
    object: `${kindName} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name ?? metadata.generateName}`,
  }
  const kind = await client.resolve(apiVersion, kindName)
  if (!kind)
    return {
      ...named,
      result: 'refused',
      why: `no kind "${kindName}" in ${apiVersion} is served; if it is a custom one, add its CustomResourceDefinition to the paths`,
    }
  const namespace = kind.namespaced ? (metadata.namespace ?? 'default') : undefined
  const draft = { ...object, metadata: { ...metadata, namespace } }
  try {
    if (metadata.name === undefined) await client.create(kind, draft)
    else
      await client.patch(kind, { name: metadata.name, namespace }, draft, {
        type: 'apply',
        force: true,
        fieldManager: 'drave-up',
      })
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return { ...named, result: 'refused', why: error.message }
  }
  return { ...named, result: actsOn(kind) ? 'recognised' : 'stored' }
}

/** The summary that `drave up` prints, refusals with file and line. */
export function describeOutcomes(
  outcomes: readonly ApplyOutcome[],
  refused: readonly { where: string; why: string }[],
): string[] {
  const of = (result: ApplyOutcome['result']) => outcomes.filter(outcome => outcome.result === result)
  const lines: string[] = []
  const section = (title: string, list: readonly ApplyOutcome[]) => {
    if (list.length === 0) return
    lines.push(`${title} (${list.length}):`, ...list.map(outcome => `  ${outcome.object}`))
  }
  section('recognised', of('recognised'))
  section('passed through untouched: stored and served, nothing in Drave acts on them', of('stored'))
  const refusals = [
    ...refused.map(({ where, why }) => `  ${where}: ${why}`),
    ...of('refused').map(outcome => `  ${outcome.where}: ${outcome.object}: ${outcome.why}`),
  ]
  if (refusals.length > 0) lines.push(`refused (${refusals.length}):`, ...refusals)
  return lines
}
