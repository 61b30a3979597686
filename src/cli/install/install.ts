import type { Capability } from '../../kernel/capability.ts'
import { CliError, type Command, type CommandContext, USAGE_EXIT } from '../../kernel/command.ts'
import { SYSTEM_NAMESPACE } from '../../kernel/system-service.ts'
import { printValue } from '../print-value.ts'
import { type InstallOptions, installManifests } from './install-manifests.ts'

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const MAX_REPLICAS = 100

/** `drave install`: prints what puts Drave on a cluster, to be piped into `kubectl apply -f -`. */
export const installCommand = (capabilities: readonly Capability[]): Command => ({
  path: ['install'],
  summary: 'Print the manifests that run Drave on another cluster, with as few rights as it needs',
  flags: {
    image: { summary: 'Image of Drave (see docs/guides/on-a-cluster.md for how to build one)', value: 'REF' },
    namespace: { summary: 'Namespace to run in', value: 'NAME', default: SYSTEM_NAMESPACE },
    replicas: { summary: 'How many processes: one leads, the others wait', value: 'COUNT', default: '1' },
    manage: {
      summary: 'A namespace to act in; may be repeated, or list several',
      value: 'NAMESPACE',
      many: true,
    },
    'manage-all': { summary: 'Act in all namespaces, with the rights of an administrator' },
  },
  examples: [
    'drave install --image registry.example.org/drave:0.1.0 --manage shop | kubectl apply -f -',
    'drave install --image drave:0.1.0 --replicas 2 --manage shop --manage blog -o json',
  ],
  async run(context) {
    const manifests = installManifests(optionsOf(context), capabilities)
    if (context.output === 'json')
      await printValue(context, { apiVersion: 'v1', kind: 'List', items: manifests })
    else {
      const { stringify } = await import('yaml')
      const text = manifests.map(manifest => stringify(manifest, { aliasDuplicateObjects: false }))
      context.print(text.join('---\n'))
    }
  },
})

function optionsOf(context: CommandContext): InstallOptions {
  const image = context.flag('image')
  if (!image)
    throw usage('--image REF is needed', 'docs/guides/on-a-cluster.md has a Dockerfile of four lines')
  const namespace = context.flag('namespace') ?? SYSTEM_NAMESPACE
  const named = context.flags('manage').flatMap(list => list.split(',').map(name => name.trim()))
  const isAll = context.isSet('manage-all')
  if (isAll === named.length > 0)
    throw usage('one of --manage NAMESPACE and --manage-all is needed', 'least is --manage NAMESPACE')
  for (const name of [namespace, ...named])
    if (!NAME.test(name)) throw usage(`${JSON.stringify(name)} is not the name of a namespace`)
  const replicas = Number(context.flag('replicas'))
  if (!Number.isInteger(replicas) || replicas < 1 || replicas > MAX_REPLICAS)
    throw usage(`--replicas must be a whole number from 1 to ${MAX_REPLICAS}`)
  return { image, namespace, replicas, manage: isAll ? 'all' : [...new Set(named)] }
}

const usage = (message: string, hint?: string) =>
  new CliError(message, { exitCode: USAGE_EXIT, ...(hint ? { hint } : {}) })
