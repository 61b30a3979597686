import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import { CliError } from '../command.ts'
import type { ClusterAccess } from './cluster-access.ts'
import { TokenFile } from './token-file.ts'

/** Where a kubelet mounts what a pod's service account needs. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/** Access with the service account of the pod that this process runs in. Throws CliError outside of a pod. */
export function inClusterAccess(
  environment: Readonly<Record<string, string | undefined>>,
  clock: Clock,
  directory: string = SERVICE_ACCOUNT,
): ClusterAccess {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment
  const token = join(directory, 'token')
  if (!host || !port || !existsSync(token))
    throw new CliError(
      'not in a pod: KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT or the service account’s token is missing',
      { hint: 'outside of a cluster, use --context NAME or --kubeconfig FILE' },
    )
  const contentOf = (name: string): string | undefined => {
    const path = join(directory, name)
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined
  }
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ca: contentOf('ca.crt'),
    credentials: new TokenFile(token, clock),
    namespace: contentOf('namespace')?.trim() || 'default',
  }
}
