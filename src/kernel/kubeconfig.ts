import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { CliError } from './command.ts'

/** Where a cluster is and how to be let in. Certificates and keys are PEM. */
export interface ClusterAccess {
  server: string
  ca?: string | undefined
  insecureSkipTlsVerify?: boolean | undefined
  token?: string | undefined
  clientCertificate?: string | undefined
  clientKey?: string | undefined
  namespace: string
}

/** Reads one context of a kubeconfig file (`clientcmd/api/v1`); the current one when none is named. */
export async function readKubeconfig(file: string, contextName?: string): Promise<ClusterAccess> {
  const { parse } = await import('yaml')
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new CliError(`kubeconfig ${file}: ${(error as Error).message}`, { cause: error })
  }
  let config: Record<string, unknown>
  try {
    // A kubeconfig is a mapping; anything else fails in `pick` below.
    config = (parse(text) ?? {}) as Record<string, unknown>
  } catch (error) {
    throw new CliError(`kubeconfig ${file}: ${(error as Error).message}`, { cause: error })
  }
  const name = contextName ?? String(config['current-context'] ?? '')
  const context = pick(config, 'contexts', 'context', name)
  const cluster = pick(config, 'clusters', 'cluster', String(context.cluster ?? ''))
  const user = pick(config, 'users', 'user', String(context.user ?? ''))
  if (user.exec || user['auth-provider'])
    throw new CliError(
      `kubeconfig ${file}: user "${context.user}" authenticates by a plugin, which is not supported`,
      {
        hint: 'use a token or a client certificate',
      },
    )
  const server = textOf(cluster.server)
  if (!server) throw new CliError(`kubeconfig ${file}: cluster "${context.cluster}" has no server`)
  const content = (section: Record<string, unknown>, key: string): string | undefined => {
    const data = textOf(section[`${key}-data`])
    if (data) return Buffer.from(data, 'base64').toString('utf8')
    const path = textOf(section[key])
    return path ? readFileSync(resolve(dirname(file), path), 'utf8') : undefined
  }
  const tokenFile = textOf(user.tokenFile)
  return {
    server: server.replace(/\/$/, ''),
    ca: content(cluster, 'certificate-authority'),
    insecureSkipTlsVerify: cluster['insecure-skip-tls-verify'] === true,
    token:
      textOf(user.token) ??
      (tokenFile ? readFileSync(resolve(dirname(file), tokenFile), 'utf8').trim() : undefined),
    clientCertificate: content(user, 'client-certificate'),
    clientKey: content(user, 'client-key'),
    namespace: textOf(context.namespace) ?? 'default',
  }

  function pick(
    from: Record<string, unknown>,
    list: string,
    key: string,
    wanted: string,
  ): Record<string, unknown> {
    const entries = Array.isArray(from[list]) ? (from[list] as Record<string, unknown>[]) : []
    const found = entries.find(entry => entry.name === wanted)?.[key]
    if (typeof found !== 'object' || found === null)
      throw new CliError(`kubeconfig ${file}: no ${key} "${wanted}"`)
    return found as Record<string, unknown>
  }
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined
