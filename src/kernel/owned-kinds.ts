import { createHash } from 'node:crypto'
import { CustomResourceDefinition } from '../kube/generated/apiextensions-v1.ts'
import { loadData } from '../kube/data.ts'
import { groupResourceOf } from '../kube/kind.ts'
import type { OwnedKind } from './capability.ts'
import type { Client } from './client.ts'

/** Holds a digest of the definition that this version of Drave installed, so that starting again writes nothing. */
const DIGEST = 'drave.dev/definition-digest'

/** A test validates all files; at a first start that would take half of the time. */
const VETTED = { vetted: true }

/** Installs the kinds that capabilities own as CustomResourceDefinitions; ones that are up to date are left alone. */
export async function installOwnedKinds(client: Client, kinds: readonly OwnedKind[]): Promise<void> {
  await Promise.all(kinds.map(kind => install(client, kind)))
}

async function install(client: Client, { kind, definition }: OwnedKind): Promise<void> {
  // The files under data/crds hold CustomResourceDefinitionSpecs.
  const spec = loadData(`crds/${definition}.json`) as CustomResourceDefinition['spec']
  const digest = createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 16)
  const name = groupResourceOf(kind)
  const existing = await client.find(CustomResourceDefinition, { name })
  if (existing?.metadata.annotations?.[DIGEST] === digest) return
  const annotations: Record<string, string> = { [DIGEST]: digest }
  if (spec.group.endsWith('.k8s.io'))
    annotations['api-approved.kubernetes.io'] = 'https://github.com/kubernetes/enhancements'
  if (existing)
    await client.update(
      CustomResourceDefinition,
      {
        ...existing,
        metadata: { ...existing.metadata, annotations: { ...existing.metadata.annotations, ...annotations } },
        spec,
      },
      VETTED,
    )
  else await client.create(CustomResourceDefinition, { metadata: { name, annotations }, spec }, VETTED)
}
