import { existsSync } from 'node:fs'
import { apiSettings } from '../../kernel/api-access.ts'
import type { Capability, Kernel } from '../../kernel/capability.ts'
import type { Client } from '../../kernel/client.ts'
import { RealClock } from '../../kernel/clock.ts'
import { clusterConsoleApi, type ConsoleApi, ownConsoleApi } from '../../kernel/console-api.ts'
import { CliError, type Command, type CommandContext, USAGE_EXIT } from '../../kernel/command.ts'
import type { Config } from '../../kernel/config.ts'
import { ReverseOrder } from '../../kernel/dispose.ts'
import { startEmbeddedApi } from '../../kernel/embedded-api.ts'
import { FileDataDirectory } from '../../kernel/file-data-directory.ts'
import { FileEndpoints } from '../../kernel/file-endpoints.ts'
import { startLeadingStack } from '../../kernel/leading-stack.ts'
import { loadConfig } from '../../kernel/load-config.ts'
import type { Logger } from '../../kernel/log.ts'
import { Metrics } from '../../kernel/metrics.ts'
import { createLog } from '../../kernel/pino-log.ts'
import { startStack } from '../../kernel/stack.ts'
import { SYSTEM_NAMESPACE } from '../../kernel/system-service.ts'
import { clusterAccess } from '../cluster-access.ts'
import { packageVersion } from '../../kube/data.ts'
import { applyManifests, describeOutcomes } from './apply-manifests.ts'
import { chosenCapabilities } from './chosen-capabilities.ts'
import { etcdOptions } from './etcd-options.ts'
import { listenersOf, upFlags } from './flags.ts'
import { handledKinds } from './handled-kinds.ts'
import { clusterFlags, startOnCluster } from './on-cluster.ts'
import { readManifests } from './read-manifests.ts'

/** Starts the console; given by main.ts, since one face does not import the other. */
export type StartConsole = (options: {
  host: string
  port: number
  api: ConsoleApi
  upstream(name: 'prometheus' | 'git'): string | undefined
  log: Logger
}) => Promise<AsyncDisposable & { url: string }>

/** Sets up the example on a running stack, printing its progress. */
export type SeedDemo = (kernel: Kernel, context: CommandContext) => Promise<void>

const STAY_MS = 60_000
/** The capability that runs pods, and listens on the addresses of Services. */
const NODE = 'node'
const LOG_LEVELS = ['debug', 'info', 'warn', 'error']

/** `drave up`: the stack in this process, until a signal ends it. */
export function upCommand(
  capabilities: readonly Capability[],
  { startConsole, seedDemo }: { startConsole: StartConsole; seedDemo: SeedDemo },
): Command {
  return {
    path: ['up'],
    meansThisFolder: true,
    summary: 'Start the stack in this process, and apply the manifests of the given paths',
    usage: '[PATH…]',
    flags: upFlags(capabilities),
    examples: [
      'drave up',
      'drave up --demo',
      'drave up ./manifests --data-dir /srv/drave',
      'drave up --ephemeral-ports --data-dir $(mktemp -d)',
      'drave up --etcd-servers http://127.0.0.1:2379',
      'drave up --only apiserver,workloads',
      'drave up --context production --data-dir ~/.drave-production',
    ],
    async run(context) {
      // Read before anything starts: a mistyped path must not cost a start.
      const read = context.args.length > 0 ? await readManifests(context.args) : undefined
      const config = await configOf(context, capabilities)
      const chosen = chosenCapabilities(capabilities, context.flag('only'))
      // A process that waits for an API server, or to lead, holds nothing else that would keep it.
      using _stay = new RealClock({ keepAlive: true }).every(STAY_MS, () => {})
      await using stopping = new ReverseOrder()
      const running = await start(context, chosen, config, startConsole, stopping)
      const { client, endpoints, consoleLink } = running
      context.print(`Ready. (${Math.round(new RealClock().elapsed())} ms)`)
      printEndpoints(context, endpoints, consoleLink)
      if (read) {
        const actsOn = handledKinds(chosen)
        const outcomes = await applyManifests(client, read.manifests, actsOn)
        for (const line of describeOutcomes(outcomes, read.refused)) context.print(line)
      }
      if (context.isSet('demo') && running.kernel) await seedDemo(running.kernel, context)
      await Promise.race([untilAborted(context.signal), running.failed])
      context.note('stopping')
    },
  }
}

interface Running {
  client: Client
  /** Undefined where the capabilities may run in another process. */
  kernel: Kernel | undefined
  failed: Promise<never>
  endpoints: FileEndpoints
  /** The link to the console with its token, where there is a console. */
  consoleLink: string | undefined
}

async function start(
  context: CommandContext,
  capabilities: readonly Capability[],
  config: Config,
  startConsole: StartConsole,
  stopping: ReverseOrder,
): Promise<Running> {
  const dataDirectory = FileDataDirectory.open(config.dataDir)
  stopping.use({ [Symbol.asyncDispose]: async () => dataDirectory[Symbol.dispose]() })
  const log = createLog(logLevel(context), `${dataDirectory.path}/drave.log`)
  log.info({ version: packageVersion(), node: process.version, pid: process.pid }, 'starting')
  const endpoints = new FileEndpoints(dataDirectory.path)
  endpoints.write()
  const ground = {
    clock: new RealClock(),
    config,
    dataDirectory,
    endpoints,
    log,
    metrics: new Metrics(),
    ports: {},
  }
  const consoleGround = { context, ground, startConsole, stopping }
  const access = await clusterAccess(context)
  if (access && (context.isSet('demo') || etcdOptions(context)))
    throw new CliError('--demo and --etcd-servers do not go with another cluster', { exitCode: USAGE_EXIT })
  if (access) {
    const { token, namespaces, ...running } = await startOnCluster({
      context,
      access,
      capabilities,
      ground,
      stopping,
    })
    // Inside a cluster nobody is at its loopback, and a page that acts with a service account's rights is not offered.
    const wantsConsole = !context.isSet('in-cluster')
    const api = () => clusterConsoleApi(access, { token, namespaces })
    return {
      ...running,
      endpoints,
      consoleLink: wantsConsole ? await openConsole(consoleGround, api, token) : undefined,
    }
  }
  for (const name of Object.keys(clusterFlags))
    if (context.isSet(name))
      throw new CliError(`--${name} goes with --context, --kubeconfig or --in-cluster`, {
        exitCode: USAGE_EXIT,
      })
  const etcd = etcdOptions(context)
  if (etcd && context.isSet('demo'))
    throw new CliError('--demo sets up a stack of its own; it does not go with --etcd-servers', {
      exitCode: USAGE_EXIT,
    })
  const hasNode = etcd !== undefined || capabilities.some(({ name }) => name === NODE)
  const api = stopping.use(await startEmbeddedApi({ ...ground, etcd, hasNode }))
  endpoints.publish('kubernetes', api.url)
  const { clientFor, admission, portsFilled } = api
  const embedded = { ...ground, clientFor, admission, portsFilled, systemNamespace: SYSTEM_NAMESPACE }
  const stack: { kernel?: Kernel; failed: Promise<never> } = stopping.use(
    etcd
      ? await startLeadingStack(capabilities, embedded, () => api.publishAddress())
      : await startStack(capabilities, embedded),
  )
  const { kernel, failed } = stack
  return {
    client: api.clientFor('drave'),
    kernel,
    failed,
    endpoints,
    consoleLink: await openConsole(consoleGround, () => ownConsoleApi(api.url, api.ca), api.token),
  }
}

interface ConsoleGround {
  context: CommandContext
  ground: { config: Config; endpoints: FileEndpoints; log: Logger }
  startConsole: StartConsole
  stopping: ReverseOrder
}

/** The link to the console with the token that lets in, or undefined where none is wanted. */
async function openConsole(
  { context, ground, startConsole, stopping }: ConsoleGround,
  api: () => ConsoleApi,
  token: string,
): Promise<string | undefined> {
  if (context.isSet('no-console') || context.isSet('only')) return undefined
  const { config, endpoints, log } = ground
  const port = config.port('console')
  const upstream = (name: 'prometheus' | 'git') => endpoints.get(name)
  const opened = await startConsole({ host: config.host, port, api: api(), upstream, log }).catch(error => {
    throw new CliError(`the console cannot listen on ${config.host}:${port}: ${(error as Error).message}`, {
      hint: 'choose another port with --console-port PORT',
      cause: error,
    })
  })
  stopping.use(opened)
  endpoints.publish('console', opened.url)
  return `${opened.url}/#token=${token}`
}

function configOf(context: CommandContext, capabilities: readonly Capability[]): Promise<Config> {
  const listeners = listenersOf(capabilities)
  const names = [
    'data-dir',
    'host',
    'advertise-address',
    'ephemeral-ports',
    ...listeners.map(listener => `${listener.name}-port`),
  ]
  const flags: Record<string, string | true> = {}
  for (const name of names)
    if (context.isSet(name)) flags[name] = name === 'ephemeral-ports' ? true : (context.flag(name) ?? true)
  const declared = [{ name: 'apiserver', settings: apiSettings }, ...capabilities]
  for (const { name, settings = [] } of declared)
    for (const { name: setting, flag } of settings)
      if (flag && context.isSet(flag.name)) flags[`${name}.${setting}`] = context.flag(flag.name) ?? true
  const settings = Object.fromEntries(
    declared.flatMap(({ name, settings = [] }) =>
      settings.map(setting => [`${name}.${setting.name}`, setting.default]),
    ),
  )
  const file = context.flag('config')
  return loadConfig({
    flags,
    environment: process.env,
    file: file ?? 'drave.yaml',
    fileRequired: file !== undefined,
    listeners,
    settings,
  })
}

function logLevel(context: CommandContext): string {
  const level = context.flag('log-level') ?? 'info'
  if (!LOG_LEVELS.includes(level))
    throw new CliError(`--log-level must be one of ${LOG_LEVELS.join(', ')}`, { exitCode: USAGE_EXIT })
  return level
}

function printEndpoints(
  context: CommandContext,
  endpoints: FileEndpoints,
  consoleLink: string | undefined,
): void {
  context.print('')
  if (consoleLink) context.print(`  console     ${consoleLink}`)
  // Somebody else's cluster has its own kubeconfig.
  if (existsSync(`${context.dataDir}/kubeconfig`))
    context.print(`  kubectl     export KUBECONFIG=${context.dataDir}/kubeconfig`)
  for (const [name, url] of endpoints.entries())
    if (name !== 'console') context.print(`  ${name.padEnd(11)} ${url}`)
  context.print('')
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
