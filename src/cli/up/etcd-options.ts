import { readFileSync } from 'node:fs'
import type { EtcdOptions } from '../../apiserver/store/etcd/connect-etcd.ts'
import { CliError, type CommandContext, type FlagSpec, USAGE_EXIT } from '../../kernel/command.ts'

/** kube-apiserver's flags for its etcd. */
export const etcdFlags: Record<string, FlagSpec> = {
  'etcd-servers': {
    summary: 'Keep objects in this etcd instead of the data directory; several stacks may share it',
    value: 'URL,…',
  },
  'etcd-prefix': {
    summary: 'Part of the keys in etcd that is this control plane',
    value: 'PATH',
    default: '/registry',
  },
  'etcd-cafile': { summary: 'Authority of the servers of etcd (PEM)', value: 'FILE' },
  'etcd-certfile': { summary: 'Certificate to show to etcd (PEM)', value: 'FILE' },
  'etcd-keyfile': { summary: 'Key of that certificate (PEM)', value: 'FILE' },
}

/** The etcd that the flags name; undefined without `--etcd-servers`. Throws CliError for what cannot be meant. */
export function etcdOptions(context: Pick<CommandContext, 'flag' | 'isSet'>): EtcdOptions | undefined {
  const servers = context
    .flag('etcd-servers')
    ?.split(',')
    .map(url => url.trim())
    .filter(url => url !== '')
  if (!servers || servers.length === 0) {
    for (const name of Object.keys(etcdFlags))
      if (context.isSet(name))
        throw new CliError(`--${name} says nothing without --etcd-servers`, { exitCode: USAGE_EXIT })
    return undefined
  }
  for (const url of servers)
    if (!/^https?:\/\/[^/]+\/?$/.test(url))
      throw new CliError(`--etcd-servers: ${url} is not a URL such as https://127.0.0.1:2379`, {
        exitCode: USAGE_EXIT,
      })
  const prefix = context.flag('etcd-prefix') ?? '/registry'
  if (!/^\/?[^/]+(\/[^/]+)*\/?$/.test(prefix))
    throw new CliError(`--etcd-prefix: ${JSON.stringify(prefix)} is not a path such as /registry`, {
      exitCode: USAGE_EXIT,
    })
  const [ca, cert, key] = ['cafile', 'certfile', 'keyfile'].map(name => pem(context.flag(`etcd-${name}`)))
  if (!cert !== !key)
    throw new CliError('--etcd-certfile and --etcd-keyfile belong together', { exitCode: USAGE_EXIT })
  return { servers, prefix, tls: { ca, cert, key } }
}

function pem(path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new CliError(`${path} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}
