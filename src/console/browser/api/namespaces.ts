import { getJson } from './session.ts'

/** With more of them, one list of everything is asked for instead: a stream follows 256 collections at most. */
const MAX_NAMESPACES = 32

let asked: Promise<readonly string[] | undefined> | undefined

/** The namespaces that this process looks at; undefined: at all. */
export function watchedNamespaces(): Promise<readonly string[] | undefined> {
  asked ??= getJson<{ namespaces: string[] | null }>('/-/scope').then(
    ({ namespaces }) => (namespaces && namespaces.length <= MAX_NAMESPACES ? namespaces : undefined),
    () => {
      // The stack may be restarting: the next page asks again.
      asked = undefined
      return undefined
    },
  )
  return asked
}
