import type { CustomResourceDefinition } from '../../kube/generated/apiextensions-v1.ts'
import { compileRules, type RuleTree } from '../../kube/cel/rules.ts'
import { copyJson } from '../../kube/copy.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Subresource } from '../../kube/resources.ts'
import { customSchema } from '../../kube/schema/custom.ts'
import { applySchemaDefaults } from '../../kube/schema/defaults.ts'
import type { Schema } from '../../kube/schema/schema.ts'
import { prune } from '../../kube/schema/unknown-fields.ts'
import type { Conversion, Resource } from '../resources/resource.ts'
import { withDefaultsOnRead } from './defaults-on-read.ts'
import { webhookConversion, type WebhookPort } from './webhook-conversion.ts'

type Version = CustomResourceDefinition['spec']['versions'][number]

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const SUBRESOURCE_VERBS = ['get', 'patch', 'update']

/** One resource for each served version of a definition. */
export function customResources(definition: CustomResourceDefinition, webhooks: WebhookPort): Resource[] {
  return definition.spec.versions
    .filter(version => version.served)
    .map(version => served(definition, version, webhooks))
}

function served(definition: CustomResourceDefinition, version: Version, webhooks: WebhookPort): Resource {
  const { group, names, scope } = definition.spec
  const hasStatus = version.subresources?.status !== undefined
  const scale = version.subresources?.scale
  let schema: Schema | undefined
  let rules: RuleTree | null | undefined
  return {
    group,
    version: version.name,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    kind: names.kind,
    listKind: names.listKind ?? `${names.kind}List`,
    namespaced: scope === 'Namespaced',
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    verbs: VERBS,
    subresources: subresourcesOf(definition, version),
    get schema() {
      schema ??= customSchema(ownSchema(version))
      return schema
    },
    storageName: storageNameOf(definition),
    conversion: withDefaultsOnRead(definition, conversionOf(definition, version, webhooks)),
    behaviour: {
      countsGenerations: true,
      separatesStatus: hasStatus,
      allowsUnconditionalUpdate: false,
      returnsDeleted: false,
    },
    scale: scale
      ? {
          specReplicas: scale.specReplicasPath,
          statusReplicas: scale.statusReplicasPath,
          labelSelector: scale.labelSelectorPath,
        }
      : undefined,
    custom: {
      definition,
      version,
      get rules() {
        rules ??= compileRules(ownSchema(version) ?? {}) ?? null
        return rules ?? undefined
      },
    },
  }
}

// A definition's schema is JSON as `Schema` describes it.
const ownSchema = ({ schema }: Version) => schema?.openAPIV3Schema as Schema | undefined

export const storageNameOf = ({ spec }: CustomResourceDefinition): string =>
  `${spec.group}/${spec.names.plural}`

function subresourcesOf({ spec }: CustomResourceDefinition, version: Version): Record<string, Subresource> {
  const { status, scale } = version.subresources ?? {}
  const own = { group: spec.group, version: version.name, kind: spec.names.kind, verbs: SUBRESOURCE_VERBS }
  return {
    ...(status ? { status: own } : {}),
    ...(scale ? { scale: { ...own, group: 'autoscaling', version: 'v1', kind: 'Scale' } } : {}),
  }
}

function conversionOf(
  definition: CustomResourceDefinition,
  version: Version,
  webhooks: WebhookPort,
): Conversion | undefined {
  const { versions, conversion } = definition.spec
  if (versions.length === 1) return undefined
  return conversion?.strategy === 'Webhook'
    ? webhookConversion(definition, version.name, webhooks)
    : conversionTo(definition, version)
}

/**
 * Conversion strategy None: versions differ in their apiVersion only. What is kept has the fields and defaults of the
 * kept version, as it has in upstream as soon as it is read.
 */
function conversionTo({ spec }: CustomResourceDefinition, version: Version): Conversion {
  const kept = spec.versions.find(other => other.storage) ?? version
  const as = (name: string) => (object: KubeObject) => {
    const apiVersion = `${spec.group}/${name}`
    return object.apiVersion === apiVersion ? object : { ...object, apiVersion }
  }
  const toServed = as(version.name)
  if (kept.name === version.name) return { toServed, toKept: toServed }
  const schema = customSchema(ownSchema(kept))
  return {
    toServed,
    toKept(served) {
      const object = copyJson(as(kept.name)(served))
      prune(schema, object)
      applySchemaDefaults(schema, object)
      return object
    },
  }
}
