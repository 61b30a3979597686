import type { KubeObject } from '../../kube/object.ts'
import { isTrue } from './query.ts'

type Field = 'flag' | 'text' | 'texts' | 'numbers'

interface OptionsKind {
  kind: string
  /** By the name that both the query and the object have. */
  fields: Readonly<Record<string, Field>>
}

const streams = { stdin: 'flag', stdout: 'flag', stderr: 'flag', tty: 'flag', container: 'text' } as const

/** The kinds of core/v1 in which upstream reads the query of what opens a connection; `path` is what follows `proxy`. */
const optionsKinds: Readonly<Record<string, OptionsKind | undefined>> = {
  'pods/exec': { kind: 'PodExecOptions', fields: { ...streams, command: 'texts' } },
  'pods/attach': { kind: 'PodAttachOptions', fields: streams },
  'pods/portforward': { kind: 'PodPortForwardOptions', fields: { ports: 'numbers' } },
  'pods/proxy': { kind: 'PodProxyOptions', fields: { path: 'text' } },
  'services/proxy': { kind: 'ServiceProxyOptions', fields: { path: 'text' } },
  'nodes/proxy': { kind: 'NodeProxyOptions', fields: { path: 'text' } },
}

/** The options of a connection as an object, by `plural/subresource`; undefined for what opens none. */
export function connectOptions(
  label: string,
  query: URLSearchParams,
  rest: string | undefined,
): (Pick<KubeObject, 'kind' | 'apiVersion'> & Record<string, unknown>) | undefined {
  const known = optionsKinds[label]
  if (!known) return undefined
  const values = Object.entries(known.fields).map(([name, field]) => [
    name,
    name === 'path' ? rest && `/${rest}` : read(query, name, field),
  ])
  const given = values.filter(([, value]) => value !== undefined)
  return { kind: known.kind, apiVersion: 'v1', ...Object.fromEntries(given) }
}

/** As JSON has it, without zeros. */
function read(query: URLSearchParams, name: string, field: Field): unknown {
  const all = query.getAll(name)
  switch (field) {
    case 'flag':
      return isTrue(query, name) || undefined
    case 'text':
      return all[0] || undefined
    case 'texts':
      return all.length > 0 ? all : undefined
    case 'numbers': {
      const numbers = all.flatMap(text => text.split(',')).map(Number)
      return numbers.length > 0 && numbers.every(Number.isInteger) ? numbers : undefined
    }
  }
}

/** The query in which the options are as an object says; what is no option stays. */
export function queryOf(label: string, options: object, query: URLSearchParams): URLSearchParams {
  const changed = new URLSearchParams(query)
  for (const name of Object.keys(optionsKinds[label]?.fields ?? {})) {
    if (name === 'path') continue
    changed.delete(name)
    const value: unknown = (options as Record<string, unknown>)[name]
    const values: unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value]
    for (const one of values) changed.append(name, String(one))
  }
  return changed
}
