import { useEffect, useState } from 'preact/hooks'
import type { Kind } from '../../../kube/kind.ts'
import { send } from '../api/session.ts'

/** The group's place in a URL of the console: the core group has no name of its own. */
export const groupSegment = (group: string): string => group || 'core'
export const groupOf = (segment: string): string => (segment === 'core' ? '' : segment)

/** Where the console shows an object. */
export const objectUrl = (
  kind: Pick<Kind, 'group' | 'version' | 'plural'>,
  namespace: string | undefined,
  name: string,
): string => `/object/${groupSegment(kind.group)}/${kind.version}/${kind.plural}/${namespace ?? '-'}/${name}`

/** `APIGroupDiscoveryList` of apidiscovery.k8s.io/v2: everything that is served, in two answers. */
const DISCOVERY = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

interface DiscoveryList {
  items: {
    metadata: { name?: string }
    versions: {
      version: string
      resources: { resource: string; responseKind: { kind: string }; scope: string; verbs: string[] }[]
    }[]
  }[]
}

/** Asked once a page load, and again when a kind was not found: it may have been defined since. */
let known: Promise<readonly Kind[]> | undefined

async function load(): Promise<readonly Kind[]> {
  const lists = await Promise.all(
    ['/api', '/apis'].map(
      async path => (await (await send(path, { accept: DISCOVERY })).json()) as DiscoveryList,
    ),
  )
  return lists
    .flatMap(list => list.items)
    .flatMap(({ metadata, versions }) =>
      versions.flatMap(({ version, resources }) =>
        resources
          .filter(resource => resource.verbs.includes('list'))
          .map(({ resource, responseKind, scope }) => ({
            group: metadata.name ?? '',
            version,
            kind: responseKind.kind,
            plural: resource,
            namespaced: scope === 'Namespaced',
          })),
      ),
    )
}

/** All listable kinds, each version of them, the preferred one first. */
export function allKinds(): Promise<readonly Kind[]> {
  const asked = known ?? load()
  known = asked
  asked.catch(() => {
    known = undefined
  })
  return asked
}

/** The kind that a predicate picks; undefined when none is served. */
export async function findKind(matches: (kind: Kind) => boolean): Promise<Kind | undefined> {
  const found = (await allKinds()).find(matches)
  if (found) return found
  known = undefined
  return (await allKinds()).find(matches)
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
