import { createHash } from 'node:crypto'
import type { ServedVersion } from '../aggregation/served-versions.ts'
import type { Resource } from '../resources/resource.ts'
import { type ServedGroup, servedGroups } from './discovery-order.ts'

export interface Document {
  content: string | Buffer
  contentType: string
  etag: string
}

const OTHER_PATHS = ['/healthz', '/livez', '/metrics', '/openapi/v2', '/openapi/v3', '/readyz', '/version']

/** What there is to discover. */
export interface DiscoverySource {
  /** Another one after each change. */
  readonly generation: string
  served(): readonly ServedVersion[]
}

/** The documents by which clients find out what is served; made anew when that changes. */
export class Discovery {
  readonly #source: DiscoverySource
  #generation = ''
  /** Only what exists is kept, so that its number is bounded by what is served, whatever is asked for. */
  readonly #documents = new Map<string, Document>()

  constructor(source: DiscoverySource) {
    this.#source = source
  }

  /** The document at a path, in the form that the Accept header wants; undefined where there is none. */
  document(path: string, accept: string): Document | undefined {
    if (this.#generation !== this.#source.generation) {
      this.#documents.clear()
      this.#generation = this.#source.generation
    }
    const aggregated = path === '/api' || path === '/apis' ? aggregatedVersion(accept) : undefined
    const key = `${path} ${aggregated ?? ''}`
    const document = this.#documents.get(key) ?? this.#make(path, aggregated)
    if (document) this.#documents.set(key, document)
    return document
  }

  #make(path: string, aggregated: string | undefined): Document | undefined {
    const served = this.#source.served()
    const value = aggregated
      ? aggregatedList(served, path === '/api', aggregated)
      : plainDocument(path, served)
    if (!value) return undefined
    const content = JSON.stringify(value)
    const suffix = aggregated ? `;g=apidiscovery.k8s.io;v=${aggregated};as=APIGroupDiscoveryList` : ''
    const etag = `"${createHash('sha256').update(content).digest('hex').toUpperCase()}"`
    return { content, contentType: `application/json${suffix}`, etag }
  }
}

function aggregatedVersion(accept: string): string | undefined {
  for (const clause of accept.split(',')) {
    if (!clause.trim().startsWith('application/json')) continue
    if (!clause.includes('as=APIGroupDiscoveryList')) return undefined
    const version = /;\s*v=(v2|v2beta1)\b/.exec(clause)?.[1]
    if (version) return version
  }
  return undefined
}

function plainDocument(path: string, served: readonly ServedVersion[]): object | undefined {
  if (path === '/') return { paths: pathsOf(served) }
  const [, root, first, second, more] = path.split('/')
  if (more !== undefined || (root !== 'api' && root !== 'apis')) return undefined
  if (root === 'api' && first === undefined)
    return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }
  if (root === 'api') return second === undefined ? resourceList('', first ?? '', served) : undefined
  if (first !== undefined && second !== undefined) return resourceList(first, second, served)
  const groups = servedGroups(
    served.filter(({ group }) => group !== ''),
    'plain',
  )
  if (first === undefined) return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupRow) }
  const group = groups.find(({ name }) => name === first)
  return group && { kind: 'APIGroup', apiVersion: 'v1', ...groupRow(group) }
}

/** Where something answers, as the root of an API server lists it. */
function pathsOf(served: readonly ServedVersion[]): string[] {
  const paths = served.flatMap(({ group, version }) =>
    group === '' ? [`/api/${version}`] : [`/apis/${group}`, `/apis/${group}/${version}`],
  )
  return [...new Set(['/api', '/apis', ...paths, ...OTHER_PATHS])].sort()
}

function groupRow({ name, versions }: ServedGroup): object {
  const all = versions.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }))
  return { name, versions: all, preferredVersion: all[0] }
}

function resourceList(group: string, version: string, served: readonly ServedVersion[]): object | undefined {
  const found = served.find(one => one.group === group && one.version === version)
  if (!found || found.extension) return undefined
  return {
    kind: 'APIResourceList',
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources: found.local.flatMap(rowsOf),
  }
}

function rowsOf(resource: Resource): object[] {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories } = resource
  const own = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs: [...verbs].sort(),
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(verbs.includes('list') && !resource.derived
      ? { storageVersionHash: storageVersionHash(resource) }
      : {}),
  }
  const subresources = Object.entries(resource.subresources).map(([name, subresource]) => ({
    name: `${plural}/${name}`,
    singularName: '',
    namespaced,
    ...(subresource.group === resource.group && subresource.version === resource.version
      ? {}
      : { group: subresource.group, version: subresource.version }),
    kind: subresource.kind,
    verbs: verbsOf(subresource.verbs),
  }))
  return [own, ...subresources]
}

/** `connect` is how the schema names what clients do by GET and POST. */
const verbsOf = (verbs: readonly string[]) =>
  verbs.includes('connect') ? ['create', 'get'] : [...verbs].sort()

/** Changes when objects are kept in another version; told by group, version and kind, as upstream does. */
const storageVersionHash = ({ group, version, kind }: Resource): string =>
  createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64')

/** apidiscovery.k8s.io: all groups, versions and resources in one document. */
function aggregatedList(served: readonly ServedVersion[], core: boolean, version: string): object {
  const groups = servedGroups(
    served.filter(({ group }) => (group === '') === core),
    'aggregated',
  )
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(({ name, versions }) => ({
      metadata: name === '' ? {} : { name },
      versions: versions.map(({ version: one, local, extension }) => ({
        version: one,
        ...(extension ?? { freshness: 'Current', resources: local.map(aggregatedRow) }),
      })),
    })),
  }
}

function aggregatedRow(resource: Resource): object {
  const { group: name, version, kind, namespaced, plural, singular, verbs, shortNames, categories } = resource
  return {
    resource: plural,
    responseKind: { group: name, version, kind },
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs: [...verbs].sort(),
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    subresources: Object.entries(resource.subresources).map(
      ([subresource, { verbs: own, ...responseKind }]) => ({
        subresource,
        responseKind,
        verbs: verbsOf(own),
      }),
    ),
  }
}
