import { builtinResources, type Resource as DescribedResource } from '../../kube/resources.ts'
import type { Behaviour } from './behaviour.ts'
import { conversions } from './conversions.ts'
import type { Resource, ScalePaths } from './resource.ts'

/** Only versions that are generally available are served, as upstream does by default. */
const isStable = (version: string) => /^v\d+$/.test(version)

const builtinScale: ScalePaths = {
  specReplicas: '.spec.replicas',
  statusReplicas: '.status.replicas',
  labelSelector: '.spec.selector',
}

/** All built-in resources that are served. */
export function servedBuiltins(behaviourOf: (resource: DescribedResource) => Behaviour): Resource[] {
  return builtinResources()
    .filter(resource => isStable(resource.version))
    .map(described => serve(described, behaviourOf(described)))
}

function serve(described: DescribedResource, behaviour: Behaviour): Resource {
  const { group, version, plural } = described
  const shared = conversions[`${group}/${version}/${plural}`]
  return {
    group,
    version,
    plural,
    singular: described.singular,
    kind: described.kind,
    listKind: described.listKind,
    namespaced: described.namespaced,
    shortNames: described.shortNames,
    categories: described.categories,
    verbs: described.verbs,
    subresources: described.subresources,
    // Linked when it is first needed.
    get schema() {
      return described.schema
    },
    storageName: shared?.storageName ?? `${group}/${plural}`,
    conversion: shared?.conversion,
    behaviour,
    scale: 'scale' in described.subresources ? builtinScale : undefined,
    custom: undefined,
  }
}
