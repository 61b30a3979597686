import type { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { equalSecrets } from '../lib/equal-secrets.ts'
import { authorizationHeaders } from './cluster/authorization-headers.ts'
import type { ClusterAccess } from './cluster/cluster-access.ts'
import { ClusterConnections } from './cluster/cluster-connections.ts'

/** What one request of a page takes with it to the API server. */
export interface Passage {
  agent: HttpAgent
  headers: Readonly<Record<string, string | string[]>>
  /** The API server answered 401 to it; true where the proof was ours and not the browser's. */
  refused(): boolean
}

/** The API server behind the console. */
export interface ConsoleApi extends Disposable {
  /** Its URL, without a slash at the end. */
  url: string
  /** Pages look at these only; undefined: at all. */
  namespaces?: readonly string[] | undefined
  /** For a request with this `authorization` header; undefined: the browser is not let in. */
  admit(authorization: string | undefined): Promise<Passage | undefined>
}

/** Drave's own API server: the browser's token is passed on, and has the rights that it has there. */
export function ownConsoleApi(url: string, ca: string): ConsoleApi {
  const agent = new HttpsAgent({ keepAlive: true, ca })
  return {
    url,
    admit: async authorization => ({
      agent,
      headers: authorization === undefined ? {} : { authorization },
      refused: () => false,
    }),
    [Symbol.dispose]: () => agent.destroy(),
  }
}

/**
 * Somebody else's API server, which knows nothing of the browser's token: who brings that of the data directory acts as
 * the user of the kubeconfig, as behind `kubectl proxy`.
 */
export function clusterConsoleApi(
  access: ClusterAccess,
  { token, namespaces }: { token: string; namespaces?: readonly string[] | undefined },
): ConsoleApi {
  const connections = new ClusterConnections(access)
  return {
    url: access.server.replace(/\/$/, ''),
    namespaces,
    async admit(authorization) {
      if (!equalSecrets(authorization ?? '', `Bearer ${token}`)) return undefined
      const proof = await connections.proof()
      return {
        agent: connections.agentFor(proof),
        headers: authorizationHeaders(proof, access.impersonate),
        refused() {
          access.credentials?.refused(proof)
          return true
        },
      }
    },
    [Symbol.dispose]: () => connections[Symbol.dispose](),
  }
}
