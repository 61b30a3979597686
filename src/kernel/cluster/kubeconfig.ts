import { readFileSync } from 'node:fs'
import type { Clock } from '../clock.ts'
import { CliError } from '../command.ts'
import type { ClusterAccess, Impersonation } from './cluster-access.ts'
import { ExecCredentials } from './exec-credentials.ts'
import { execPluginOf } from './exec-plugin.ts'
import { type Kubeconfig, type Stanza, textOf } from './merge-kubeconfigs.ts'
import { TokenFile } from './token-file.ts'

/** One context of a kubeconfig (`clientcmd/api/v1`); the current one when none is named. Throws CliError naming what is wrong. */
export function accessOf(
  config: Kubeconfig,
  { context: contextName, clock }: { context?: string | undefined; clock: Clock },
): ClusterAccess {
  const where = `kubeconfig ${config.source}`
  const name = contextName ?? config.currentContext
  if (name === '')
    throw new CliError(`${where}: no current-context is set`, { hint: 'name a context with --context NAME' })
  const context = config.contexts.get(name)
  if (!context)
    throw new CliError(`${where}: no context "${name}"`, {
      hint: `contexts are ${[...config.contexts.keys()].join(', ') || 'none'}`,
    })
  const cluster = named(config.clusters, context.cluster, `${where}: no cluster`)
  const user = named(config.users, context.user, `${where}: no user`)
  const server = textOf(cluster.server)
  if (!server) throw new CliError(`${where}: cluster "${context.cluster}" has no server`)
  if (textOf(cluster['proxy-url']))
    throw new CliError(`${where}: cluster "${context.cluster}" has a proxy-url, which is not supported`, {
      hint: 'reach the API server directly, or forward a local port to it and give tls-server-name',
    })
  if (user['auth-provider'])
    throw new CliError(
      `${where}: user "${context.user}" has an auth-provider, which Kubernetes removed in 1.26`,
      { hint: 'use an exec credential plugin' },
    )
  const access: ClusterAccess = {
    server: server.replace(/\/$/, ''),
    ca: content(cluster, 'certificate-authority'),
    insecureSkipTlsVerify: cluster['insecure-skip-tls-verify'] === true,
    tlsServerName: textOf(cluster['tls-server-name']),
    token: textOf(user.token),
    clientCertificate: content(user, 'client-certificate'),
    clientKey: content(user, 'client-key'),
    impersonate: impersonation(user),
    namespace: textOf(context.namespace) ?? 'default',
  }
  if (access.insecureSkipTlsVerify && access.ca)
    throw new CliError(
      `${where}: cluster "${context.cluster}" has a certificate-authority and insecure-skip-tls-verify; only one can be meant`,
    )
  const tokenFile = textOf(user.tokenFile)
  if (tokenFile) return { ...access, credentials: new TokenFile(tokenFile, clock) }
  // As in client-go, a plugin is asked only where nothing else is given.
  if (user.exec && !access.token && !access.clientCertificate) {
    const plugin = execPluginOf(user.exec as Stanza, cluster, `${where}: user "${context.user}"`)
    return { ...access, credentials: new ExecCredentials(plugin, clock) }
  }
  return access
}

function named(stanzas: ReadonlyMap<string, Stanza>, name: unknown, problem: string): Stanza {
  const found = stanzas.get(String(name ?? ''))
  if (!found) throw new CliError(`${problem} "${name ?? ''}"`)
  return found
}

/** PEM from `FIELD-data` in base64, or from the file that `FIELD` names. */
function content(stanza: Stanza, field: string): string | undefined {
  const data = textOf(stanza[`${field}-data`])
  if (data) return Buffer.from(data, 'base64').toString('utf8')
  const path = textOf(stanza[field])
  if (!path) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new CliError(`${field} ${path}: ${(error as Error).message}`, { cause: error })
  }
}

function impersonation(user: Stanza): Impersonation | undefined {
  const name = textOf(user.as)
  if (!name) return undefined
  return {
    user: name,
    uid: textOf(user['as-uid']),
    groups: (user['as-groups'] ?? []) as string[],
    extra: (user['as-user-extra'] ?? {}) as Record<string, string[]>,
  }
}
