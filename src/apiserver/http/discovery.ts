import { createHash } from 'node:crypto'
import type { ResourceRegistry } from '../resources/registry.ts'
import type { Resource } from '../resources/resource.ts'

export interface Document {
  content: string | Buffer
  contentType: string
  etag: string
}

const OTHER_PATHS = ['/healthz', '/livez', '/metrics', '/openapi/v2', '/openapi/v3', '/readyz', '/version']

/** Preferred first: stable before beta before alpha, higher numbers first, as upstream orders versions. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [rank(a), rank(b)]
  for (const [index, value] of left.entries()) {
    const other = right[index] ?? 0
    if (value !== other) return other - value
  }
  return a < b ? -1 : a > b ? 1 : 0
}

function rank(version: string): number[] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version)
  if (!match) return [-1]
  const [, major, stage, minor] = match
  return [stage === undefined ? 2 : stage === 'beta' ? 1 : 0, Number(major), Number(minor ?? 0)]
}

/** The documents by which clients find out what is served; made anew when that changes. */
export class Discovery {
  readonly #registry: ResourceRegistry
  #generation = -1
  /** Only what exists is kept, so that its number is bounded by what is served, whatever is asked for. */
  readonly #documents = new Map<string, Document>()

  constructor(registry: ResourceRegistry) {
    this.#registry = registry
  }

  /** The document at a path, in the form that the Accept header wants; undefined where there is none. */
  document(path: string, accept: string): Document | undefined {
    if (this.#generation !== this.#registry.generation) {
      this.#documents.clear()
      this.#generation = this.#registry.generation
    }
    const aggregated = path === '/api' || path === '/apis' ? aggregatedVersion(accept) : undefined
    const key = `${path} ${aggregated ?? ''}`
    const document = this.#documents.get(key) ?? this.#make(path, aggregated)
    if (document) this.#documents.set(key, document)
    return document
  }

  #make(path: string, aggregated: string | undefined): Document | undefined {
    const resources = this.#registry.all()
    const value = aggregated
      ? aggregatedList(resources, path === '/api', aggregated)
      : plainDocument(path, resources)
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

/** The order in which upstream offers its groups, which settles whose kind is meant by a name that several have. */
const groupOrder = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'resource.k8s.io',
  'flowcontrol.apiserver.k8s.io',
]
const placeOf = (group: string): number => {
  const index = groupOrder.indexOf(group)
  return index < 0 ? groupOrder.length : index
}

function groupsOf(resources: readonly Resource[]): Map<string, Map<string, Resource[]>> {
  const groups = new Map<string, Map<string, Resource[]>>()
  for (const resource of resources) {
    const versions = groups.get(resource.group) ?? new Map<string, Resource[]>()
    groups.set(resource.group, versions)
    versions.set(resource.version, [...(versions.get(resource.version) ?? []), resource])
  }
  return new Map([...groups].sort(([a], [b]) => placeOf(a) - placeOf(b)))
}

const sortedVersions = <T>(versions: Map<string, T>): [string, T][] =>
  [...versions].sort(([a], [b]) => compareVersions(a, b))

function plainDocument(path: string, resources: readonly Resource[]): object | undefined {
  if (path === '/') return { paths: pathsOf(resources) }
  const [, root, first, second, more] = path.split('/')
  if (more !== undefined || (root !== 'api' && root !== 'apis')) return undefined
  if (root === 'api' && first === undefined)
    return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }
  if (root === 'api') return second === undefined ? resourceList('', first ?? '', resources) : undefined
  const groups = groupsOf(resources.filter(({ group }) => group !== ''))
  if (first === undefined)
    return {
      kind: 'APIGroupList',
      apiVersion: 'v1',
      groups: [...groups].map(([name, versions]) => group(name, versions)),
    }
  const versions = groups.get(first)
  if (!versions) return undefined
  if (second === undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...group(first, versions) }
  return resourceList(first, second, resources)
}

/** Where something answers, as the root of an API server lists it. */
function pathsOf(resources: readonly Resource[]): string[] {
  const served = resources.flatMap(({ group: name, version }) =>
    name === '' ? [`/api/${version}`] : [`/apis/${name}`, `/apis/${name}/${version}`],
  )
  return [...new Set(['/api', '/apis', ...served, ...OTHER_PATHS])].sort()
}

function group(name: string, versions: Map<string, unknown>): object {
  const all = sortedVersions(versions).map(([version]) => ({ groupVersion: `${name}/${version}`, version }))
  return { name, versions: all, preferredVersion: all[0] }
}

function resourceList(
  groupName: string,
  version: string,
  resources: readonly Resource[],
): object | undefined {
  const served = resources.filter(resource => resource.group === groupName && resource.version === version)
  if (served.length === 0) return undefined
  return {
    kind: 'APIResourceList',
    ...(groupName === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: groupName === '' ? version : `${groupName}/${version}`,
    resources: served.flatMap(rowsOf),
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
function aggregatedList(resources: readonly Resource[], core: boolean, version: string): object {
  const groups = groupsOf(resources.filter(({ group: name }) => (name === '') === core))
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: [...groups].map(([name, versions]) => ({
      metadata: name === '' ? {} : { name },
      versions: sortedVersions(versions).map(([one, served]) => ({
        version: one,
        freshness: 'Current',
        resources: served.map(aggregatedRow),
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
