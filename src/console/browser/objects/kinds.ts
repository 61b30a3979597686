import { useEffect, useState } from 'preact/hooks'
import type { Kind } from '../../../kube/kind.ts'
import { getJson } from '../api/session.ts'

/** The group's place in a URL of the console: the core group has no name of its own. */
export const groupSegment = (group: string): string => group || 'core'
export const groupOf = (segment: string): string => (segment === 'core' ? '' : segment)

/** Where the console shows an object. */
export const objectUrl = (
  kind: Pick<Kind, 'group' | 'version' | 'plural'>,
  namespace: string | undefined,
  name: string,
): string => `/object/${groupSegment(kind.group)}/${kind.version}/${kind.plural}/${namespace ?? '-'}/${name}`

interface ResourceList {
  resources: { name: string; kind: string; namespaced: boolean; verbs: string[] }[]
}

const known = new Map<string, Promise<readonly Kind[]>>()

/** The listable kinds of one group and version, from discovery; asked once a page load. */
export function kindsOf(group: string, version: string): Promise<readonly Kind[]> {
  const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const found = known.get(path) ?? load(path, group, version)
  known.set(path, found)
  found.catch(() => known.delete(path))
  return found
}

async function load(path: string, group: string, version: string): Promise<readonly Kind[]> {
  const { resources } = await getJson<ResourceList>(path)
  return resources
    .filter(resource => !resource.name.includes('/') && resource.verbs.includes('list'))
    .map(({ name, kind, namespaced }) => ({ group, version, kind, plural: name, namespaced }))
}

/** All listable kinds, preferred versions only. */
export async function allKinds(): Promise<readonly Kind[]> {
  const { groups } = await getJson<{ groups: { name: string; preferredVersion: { version: string } }[] }>(
    '/apis',
  )
  const versions = [
    { name: '', version: 'v1' },
    ...groups.map(group => ({ name: group.name, version: group.preferredVersion.version })),
  ]
  const lists = await Promise.all(versions.map(({ name, version }) => kindsOf(name, version).catch(() => [])))
  return lists.flat()
}

export function useAllKinds(): { kinds: readonly Kind[] | undefined; error: string | undefined } {
  const [state, setState] = useState<{ kinds: readonly Kind[] | undefined; error: string | undefined }>({
    kinds: undefined,
    error: undefined,
  })
  useEffect(() => {
    allKinds().then(
      kinds => setState({ kinds, error: undefined }),
      error => setState({ kinds: undefined, error: (error as Error).message }),
    )
  }, [])
  return state
}
