import { apiSettings } from '../../kernel/api-access.ts'
import type { Capability } from '../../kernel/capability.ts'
import type { FlagSpec } from '../../kernel/command.ts'
import { etcdFlags } from './etcd-options.ts'
import { clusterFlags } from './on-cluster.ts'

/** Listeners that belong to no capability. */
export const ownListeners = [
  { name: 'api', defaultPort: 6443, summary: 'Kubernetes API (HTTPS)' },
  { name: 'console', defaultPort: 7700, summary: 'Console' },
]

export const listenersOf = (capabilities: readonly Capability[]) => [
  ...ownListeners,
  ...capabilities.flatMap(capability => capability.listeners ?? []),
]

/** Flags of `up`: its own, those of settings, and one port flag a listener. */
export function upFlags(capabilities: readonly Capability[]): Record<string, FlagSpec> {
  const flags: Record<string, FlagSpec> = {
    demo: { summary: 'Also set up the example: its repository, images, application and visitors' },
    host: { summary: 'Address to listen on', value: 'ADDRESS', default: '127.0.0.1' },
    'advertise-address': {
      summary: 'Address at which pods reach this process, for the endpoints of its Services',
      value: 'ADDRESS',
    },
    'ephemeral-ports': {
      summary: 'Let the system choose every port; endpoints.json in the data directory says which',
    },
    'no-console': { summary: 'Do not serve the console' },
    only: {
      summary:
        'Start only these: apiserver, and capabilities by name; comma-separated. Leaves out the console',
      value: 'NAMES',
    },
    'log-level': {
      summary: 'Level of drave.log in the data directory: debug, info, warn or error',
      value: 'LEVEL',
      default: 'info',
    },
  }
  Object.assign(flags, etcdFlags, clusterFlags)
  for (const { summary, flag, default: value } of [
    ...apiSettings,
    ...capabilities.flatMap(({ settings = [] }) => settings),
  ])
    if (flag)
      flags[flag.name] = {
        summary,
        value: flag.value,
        ...(value === '' ? {} : { default: String(value) }),
      }
  for (const { name, defaultPort, summary } of listenersOf(capabilities))
    flags[`${name}-port`] = { summary: `Port: ${summary}`, value: 'PORT', default: String(defaultPort) }
  return flags
}
