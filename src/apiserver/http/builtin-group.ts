import type { ResourceRegistry } from '../resources/registry.ts'

/**
 * Whether a path is below a group of the server's own. What is not there is then no object of the API, where elsewhere
 * it is no page: upstream's servers answer the two differently.
 */
export function isBelowBuiltinGroup(registry: ResourceRegistry, path: string): boolean {
  const [, root, group, version] = path.split('/')
  if (root === 'api') return Boolean(group)
  if (root !== 'apis' || !version) return false
  return registry.all().some(known => !known.custom && known.group === group)
}
