import { readBuiltinRows, type BuiltinRow } from './builtin-data.ts'
import { behaviourOf } from './builtin-behaviours.ts'
import { conversions } from './conversions.ts'
import type { Resource } from './resource.ts'

/** Only versions that are generally available are served, as upstream does by default. */
const isStable = (version: string) => /^v\d+$/.test(version)

/** All built-in resources. */
export function builtinResources(): Resource[] {
  return readBuiltinRows()
    .filter(row => isStable(row.version))
    .map(resourceOf)
}

function resourceOf(row: BuiltinRow): Resource {
  const { group, version, plural, kind, namespaced } = row
  const shared = conversions[`${group}/${version}/${plural}`]
  return {
    kind: { group, version, plural, kind, namespaced },
    listKind: `${kind}List`,
    singular: kind.toLowerCase(),
    shortNames: [],
    categories: [],
    verbs: row.verbs,
    subresources: new Map(
      Object.entries(row.subresources).map(([name, { verbs, ...rest }]) => [name, { kind: rest, verbs }]),
    ),
    storageName: shared?.storageName ?? `${group}/${plural}`,
    conversion: shared?.conversion,
    behaviour: behaviourOf(row),
    customResourceDefinition: undefined,
  }
}
