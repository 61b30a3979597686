import { builtinResources, type Resource as DescribedResource } from '../../kube/resources.ts'
import { behaviourOf } from './builtin-behaviours.ts'
import { conversions } from './conversions.ts'
import type { Resource } from './resource.ts'

/** Only versions that are generally available are served, as upstream does by default. */
const isStable = (version: string) => /^v\d+$/.test(version)

/** All built-in resources that are served. */
export function servedBuiltins(): Resource[] {
  return builtinResources()
    .filter(({ version }) => isStable(version))
    .map(serve)
}

function serve(described: DescribedResource): Resource {
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
    behaviour: behaviourOf(described),
    custom: undefined,
  }
}
