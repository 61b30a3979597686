import type { KubeObject } from '../kube/object.ts'
import type { ApiHandler, ApiRequest } from './request.ts'

/** For tests: a resource that requests are about. */
export type Target = Pick<ApiRequest, 'group' | 'version' | 'plural' | 'namespace' | 'subresource'>

export const coreTarget = (plural: string, namespace?: string): Target => ({
  group: '',
  version: 'v1',
  plural,
  namespace,
})

/** An answer of any kind, to look into. */
export type Answer = KubeObject & {
  spec: Record<string, unknown>
  status: Record<string, unknown>
  data: unknown
  items: KubeObject[]
}

const user = { username: 'test', groups: ['system:masters'] }

/** For tests: short ways to ask an API, whichever one there is at that time. */
export function asking(api: () => ApiHandler) {
  const ask = async (
    target: Target,
    verb: ApiRequest['verb'],
    name?: string,
    more: Partial<ApiRequest> = {},
  ): Promise<Answer> => {
    const response = await api().handle({ user, verb, name, options: {}, ...target, ...more })
    // Tests know what they asked for.
    return response.body as unknown as Answer
  }
  const create = (target: Target, name: string, body: object = {}, options = {}) => {
    const { metadata, ...rest } = body as { metadata?: object }
    return ask(target, 'create', name, { body: { metadata: { name, ...metadata }, ...rest }, options })
  }
  return { ask, create }
}

/** `409 Conflict: …` of a request that should fail. */
export const failure = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no failure',
    error => `${error.code} ${error.reason}: ${error.message}`,
  )

/** New ones each time: the server takes bodies over. */
const containers = () => [{ name: 'c', image: 'x' }]

/** The least that makes a pod, and a deployment. */
export const pod = (fields: object = {}) => ({ spec: { containers: containers(), ...fields } })
export const deployment = (replicas = 1) => ({
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: containers() } },
  },
})
