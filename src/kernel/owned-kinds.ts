import { createHash } from 'node:crypto'
import { CustomResourceDefinition } from '../kube/generated/apiextensions-v1.ts'
import { loadData } from '../kube/data.ts'
import { groupResourceOf } from '../kube/kind.ts'
import { isAlreadyExists } from '../kube/status.ts'
import type { OwnedKind } from './capability.ts'
import type { Client } from './client.ts'
import type { Clock } from './clock.ts'

/** Holds a digest of the definition that this version of Drave installed, so that starting again writes nothing. */
const DIGEST = 'drave.dev/definition-digest'

/** A test validates all files; at a first start that would take half of the time. */
const VETTED = { vetted: true }

const POLL_MS = 50
const ESTABLISHED_DEADLINE_MS = 30_000

/**
 * Installs the kinds that capabilities own as CustomResourceDefinitions, and resolves when they are served; ones that
 * are up to date are left alone. So are those of somebody else, an Argo CD for instance: their names are returned.
 * Throws where such a one does not serve the version that is needed.
 */
export async function installOwnedKinds(
  { client, clock }: { client: Client; clock: Clock },
  kinds: readonly OwnedKind[],
): Promise<string[]> {
  const installed = await Promise.all(
    kinds.map(async kind => {
      const { definition, isOurs } = await install(client, kind)
      await established(client, clock, definition)
      return isOurs ? [] : [definition.metadata.name]
    }),
  )
  return installed.flat()
}

async function install(
  client: Client,
  { kind, definition }: OwnedKind,
): Promise<{ definition: CustomResourceDefinition; isOurs: boolean }> {
  // The files under data/crds hold CustomResourceDefinitionSpecs.
  const spec = loadData(`crds/${definition}.json`) as CustomResourceDefinition['spec']
  const digest = createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 16)
  const name = groupResourceOf(kind)
  const existing = await client.find(CustomResourceDefinition, { name })
  if (existing && !isOurs(existing)) {
    if (!existing.spec.versions.some(version => version.name === kind.version && version.served))
      throw new Error(
        `CustomResourceDefinition ${name} was installed by somebody else and does not serve ${kind.version}: have it serve that version, or leave out what needs it with --only`,
      )
    return { definition: existing, isOurs: false }
  }
  if (existing?.metadata.annotations?.[DIGEST] === digest) return { definition: existing, isOurs: true }
  const annotations: Record<string, string> = { [DIGEST]: digest }
  if (spec.group.endsWith('.k8s.io'))
    annotations['api-approved.kubernetes.io'] = 'https://github.com/kubernetes/enhancements'
  if (existing) {
    const metadata = {
      ...existing.metadata,
      annotations: { ...existing.metadata.annotations, ...annotations },
    }
    const changed = { ...existing, metadata, spec }
    return { definition: await client.update(CustomResourceDefinition, changed, VETTED), isOurs: true }
  }
  const draft = { metadata: { name, annotations }, spec }
  const created = await client.create(CustomResourceDefinition, draft, VETTED).catch(error => {
    if (isAlreadyExists(error)) return client.get(CustomResourceDefinition, { name })
    throw error
  })
  return { definition: created, isOurs: true }
}

/** Whether this was installed by a Drave, and its spec was written by nobody else since. */
function isOurs({ metadata }: CustomResourceDefinition): boolean {
  if (metadata.annotations?.[DIGEST] === undefined) return false
  const authors = (metadata.managedFields ?? []).filter(entry => 'f:spec' in (entry.fieldsV1 ?? {}))
  return authors.every(({ manager }) => manager === 'drave')
}

async function established(
  client: Client,
  clock: Clock,
  definition: CustomResourceDefinition,
): Promise<void> {
  const { name } = definition.metadata
  const deadline = clock.elapsed() + ESTABLISHED_DEADLINE_MS
  let current = definition
  while (!isEstablished(current)) {
    if (clock.elapsed() > deadline) {
      const why = current.status?.conditions?.find(({ status }) => status === 'False')
      throw new Error(
        `CustomResourceDefinition ${name} is not served after ${ESTABLISHED_DEADLINE_MS / 1000} s: ${why?.message ?? 'no reason is given'}`,
      )
    }
    await clock.sleep(POLL_MS)
    current = await client.get(CustomResourceDefinition, { name })
  }
}

const isEstablished = ({ status }: CustomResourceDefinition): boolean =>
  status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') === true
