import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Capability, Kernel } from '../../kernel/capability.ts'
import type { Client } from '../../kernel/client.ts'
import type { ClusterAccess } from '../../kernel/cluster/cluster-access.ts'
import { RemoteClient } from '../../kernel/cluster/remote-client.ts'
import { requireVersion, type ServerVersion } from '../../kernel/cluster/server-version.ts'
import { CliError, type CommandContext, USAGE_EXIT } from '../../kernel/command.ts'
import type { ReverseOrder } from '../../kernel/dispose.ts'
import { startLeadingStack } from '../../kernel/leading-stack.ts'
import type { WatchedNamespaces } from '../../kernel/live-informer.ts'
import { type Ground, startStack } from '../../kernel/stack.ts'
import { SYSTEM_NAMESPACE } from '../../kernel/system-service.ts'
import { Namespace } from '../../kube/generated/core-v1.ts'
import { isAlreadyExists, isForbidden } from '../../kube/status.ts'
import { startHealthServer } from './health-server.ts'

/** Flags of `up` that count on somebody else's cluster only. */
export const clusterFlags = {
  'system-namespace': {
    summary: `Namespace of Drave's Lease and Services on another cluster (default: ${SYSTEM_NAMESPACE}, or the pod's own)`,
    value: 'NAME',
  },
  namespaces: {
    summary: 'Watch and act in these namespaces of another cluster only; comma-separated (default: all)',
    value: 'NAMES',
  },
  'health-port': {
    summary: 'On another cluster, answer /healthz, /readyz and /metrics on this port (default: nowhere)',
    value: 'PORT',
  },
}

interface RunningOnCluster {
  client: Client
  /** Undefined where the capabilities may run in another process. */
  kernel: Kernel | undefined
  failed: Promise<never>
  /** What lets in to the Git server and the console. */
  token: string
  /** What is looked at; undefined: everything. */
  namespaces: readonly string[] | undefined
}

interface OnCluster {
  context: CommandContext
  access: ClusterAccess
  capabilities: readonly Capability[]
  ground: Omit<Ground, 'clientFor' | 'systemNamespace' | 'namespaces' | 'admission'>
  stopping: ReverseOrder
}

/**
 * Runs capabilities against somebody else's API server, which brings its own control plane, nodes and admission. One
 * process at a time acts, by a Lease; the others wait.
 */
export async function startOnCluster({
  context,
  access,
  capabilities,
  ground,
  stopping,
}: OnCluster): Promise<RunningOnCluster> {
  const { config, dataDirectory, endpoints, metrics } = ground
  const chosen = fitting(capabilities, context.isSet('only'))
  const health = context.isSet('health-port')
    ? stopping.use(
        await startHealthServer({
          host: config.host,
          port: portOf(context.flag('health-port') ?? ''),
          metricsText: () => metrics.text(),
        }),
      )
    : undefined
  const clientFor = (manager: string) => {
    const client = new RemoteClient(access, manager, ground.clock)
    stopping.use({ [Symbol.asyncDispose]: async () => client[Symbol.dispose]() })
    return client
  }
  const client = clientFor('drave')
  // Everything is an object that a kube-apiserver answers here.
  const version = (await client.transport.json({ method: 'GET', path: '/version' })) as ServerVersion
  requireVersion(version, access.server)
  const systemNamespace =
    context.flag('system-namespace') ?? (context.isSet('in-cluster') ? access.namespace : SYSTEM_NAMESPACE)
  await ensureNamespace(client, systemNamespace)
  const token = ensureToken(dataDirectory.path)
  endpoints.publish('kubernetes', access.server)
  context.note(
    `on ${access.server}, Kubernetes ${version.gitVersion}: ${chosen.map(({ name }) => name).join(', ')}`,
  )
  const namespaces = namespacesOf(context, chosen, systemNamespace)
  const seen = namespaces && [...namespaces.asked, ...namespaces.own]
  const note = (text: string) => context.note(text)
  const whole = { ...ground, clientFor, systemNamespace, namespaces, note }
  // Nodes and schedulers are one a machine or one a cluster by other means: only what acts for everybody is led.
  if (chosen.every(({ embeddedOnly }) => embeddedOnly !== undefined)) {
    const { kernel, failed } = stopping.use(await startStack(chosen, whole))
    health?.markReady()
    return { client, kernel, failed, token, namespaces: seen }
  }
  let isStarted = false
  const { elsewhere, failed } = stopping.use(
    await startLeadingStack(chosen, whole, async () => {
      if (isStarted) context.print('This process leads now.')
    }),
  )
  isStarted = true
  if (elsewhere !== undefined)
    context.print(
      `Waiting: ${elsewhere} holds the Lease ${systemNamespace}/drave. This process takes over when that one falls silent.`,
    )
  health?.markReady()
  return { client, kernel: undefined, failed, token, namespaces: seen }
}

/** What may run beside a control plane that is there already. Throws CliError for what would fight with it. */
function fitting(capabilities: readonly Capability[], areNamed: boolean): readonly Capability[] {
  if (!areNamed) return capabilities.filter(({ embeddedOnly }) => embeddedOnly === undefined)
  const rival = capabilities.find(({ embeddedOnly }) => embeddedOnly === 'always')
  if (rival)
    throw new CliError(`--only: ${rival.name} would fight with the cluster's own controllers`, {
      hint: 'leave it out, or start Drave’s own API server without --context',
      exitCode: USAGE_EXIT,
    })
  if (capabilities.length === 0)
    throw new CliError('--only names nothing that runs on another cluster', { exitCode: USAGE_EXIT })
  return capabilities
}

function namespacesOf(
  context: CommandContext,
  capabilities: readonly Capability[],
  systemNamespace: string,
): WatchedNamespaces | undefined {
  const named = context.flag('namespaces')
  if (named === undefined) return undefined
  const asked = new Set(named.split(',').flatMap(name => name.trim() || []))
  const own = new Set([systemNamespace, ...capabilities.flatMap(({ namespaces = [] }) => namespaces)])
  return { asked: [...asked], own: [...own].filter(name => !asked.has(name)) }
}

async function ensureNamespace(client: Client, name: string): Promise<void> {
  try {
    if (await client.find(Namespace, { name })) return
    await client.create(Namespace, { metadata: { name }, spec: {} })
  } catch (error) {
    if (isAlreadyExists(error)) return
    if (!isForbidden(error)) throw error
    throw new CliError(`the namespace ${name} is not there or may not be read: ${(error as Error).message}`, {
      hint: `have somebody apply \`drave install --namespace ${name}\`, or choose another one with --system-namespace NAME`,
      cause: error,
    })
  }
}

/** What pushes to the Git server and pages prove themselves by, as with Drave's own API server. */
function ensureToken(dataDirectory: string): string {
  const file = join(dataDirectory, 'token')
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 })
  return readFileSync(file, 'utf8').trim()
}

function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) <= 65_535) return Number(text)
  throw new CliError(`--health-port must be a port number from 1 to 65535, not ${JSON.stringify(text)}`, {
    exitCode: USAGE_EXIT,
  })
}
