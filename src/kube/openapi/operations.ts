import type { Resource } from '../resources.ts'

/** One operation of one path, independent of the OpenAPI version. */
export interface Operation {
  path: string
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** `x-kubernetes-action`. */
  action: string
  id: string
  /** The kind of the body and of the answer. */
  gvk: { group: string; version: string; kind: string }
  /** Names of query parameters. */
  query: readonly string[]
  pathParameters: readonly string[]
  hasBody: boolean
  /** The answer is a list of `gvk`. */
  isList: boolean
}

const write = ['dryRun', 'fieldManager', 'fieldValidation', 'pretty']
const list = [
  'allowWatchBookmarks',
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'pretty',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'timeoutSeconds',
  'watch',
]
const remove = ['dryRun', 'gracePeriodSeconds', 'orphanDependents', 'pretty', 'propagationPolicy']

interface Action {
  method: Operation['method']
  action: string
  query: readonly string[]
  hasBody: boolean
}
/** What each verb of discovery means over HTTP: on the collection, then on one object. */
const onCollection: Readonly<Record<string, Action>> = {
  list: { method: 'get', action: 'list', query: list, hasBody: false },
  create: { method: 'post', action: 'post', query: write, hasBody: true },
  deletecollection: {
    method: 'delete',
    action: 'deletecollection',
    query: [...list, ...remove],
    hasBody: false,
  },
}
const onObject: Readonly<Record<string, Action>> = {
  get: { method: 'get', action: 'get', query: ['pretty'], hasBody: false },
  update: { method: 'put', action: 'put', query: write, hasBody: true },
  patch: { method: 'patch', action: 'patch', query: [...write, 'force'], hasBody: true },
  delete: { method: 'delete', action: 'delete', query: remove, hasBody: false },
  create: { method: 'post', action: 'post', query: write, hasBody: true },
  connect: { method: 'get', action: 'connect', query: [], hasBody: false },
}

const titled = (text: string) =>
  text.replace(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/** Every operation of a resource and its subresources. */
export function operationsOf(resource: Resource): Operation[] {
  const { group, version, kind, plural, namespaced } = resource
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const collection = namespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`
  const place = namespaced ? ['namespace'] : []
  const gvk = { group, version, kind }
  const suffix = `${titled(group.replace(/\.k8s\.io$/, '') || 'core')}${titled(version)}${namespaced ? 'Namespaced' : ''}${kind}`
  const make = (action: Action, more: Partial<Operation> & { path: string }, name = ''): Operation => ({
    ...action,
    id: `${action.action}${suffix}${name}`,
    gvk,
    pathParameters: place,
    isList: false,
    ...more,
  })
  const operations: Operation[] = []
  for (const verb of resource.verbs) {
    const whole = onCollection[verb]
    if (whole) operations.push(make(whole, { path: collection, isList: verb === 'list' }))
    const one = verb === 'create' ? undefined : onObject[verb]
    if (one) operations.push(make(one, { path: `${collection}/{name}`, pathParameters: [...place, 'name'] }))
  }
  const everywhere = onCollection['list']
  if (namespaced && everywhere && resource.verbs.includes('list'))
    operations.push(
      make(everywhere, { path: `${root}/${plural}`, pathParameters: [], isList: true }, 'ForAllNamespaces'),
    )
  for (const [name, { verbs, ...own }] of Object.entries(resource.subresources))
    for (const verb of verbs) {
      const one = onObject[verb]
      if (one)
        operations.push(
          make(
            one,
            {
              path: `${collection}/{name}/${name}`,
              pathParameters: [...place, 'name'],
              gvk: { group: own.group, version: own.version, kind: own.kind },
            },
            titled(name),
          ),
        )
    }
  return operations
}

const integers = new Set(['limit', 'timeoutSeconds', 'gracePeriodSeconds'])
const booleans = new Set(['allowWatchBookmarks', 'watch', 'sendInitialEvents', 'force', 'orphanDependents'])

/** What the parameters mean that readers of the document look for first. */
export const queryDescriptions: Readonly<Record<string, string>> = {
  fieldSelector: 'Narrows the list of returned objects to those whose fields have these values.',
  labelSelector: 'Narrows the list of returned objects to those with these labels.',
  limit: 'At most so many objects; the answer then says how to go on.',
  watch: 'Watch for changes to the described resources, as a stream of events, in place of listing them.',
}

/** The JSON type of a query parameter. */
export const queryType = (name: string): 'integer' | 'boolean' | 'string' =>
  integers.has(name) ? 'integer' : booleans.has(name) ? 'boolean' : 'string'
