import { CliError } from '../command.ts'
import { type Stanza, textOf } from './merge-kubeconfigs.ts'

const VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'] as const
const MODES = ['Never', 'IfAvailable', 'Always'] as const

/** A program that says who the user is: `user.exec` of a kubeconfig. */
export interface ExecPlugin {
  apiVersion: (typeof VERSIONS)[number]
  command: string
  args: readonly string[]
  env: Readonly<Record<string, string>>
  installHint: string | undefined
  interactiveMode: (typeof MODES)[number]
  /** What the program is told of the cluster, where it asks for that. */
  cluster: Stanza | undefined
}

/** Reads and checks a plugin. Throws CliError that begins with `where`. */
export function execPluginOf(exec: Stanza, cluster: Stanza, where: string): ExecPlugin {
  const apiVersion = VERSIONS.find(version => version === exec.apiVersion)
  if (!apiVersion)
    throw new CliError(
      `${where}: exec.apiVersion ${JSON.stringify(exec.apiVersion ?? '')}: must be ${VERSIONS.join(' or ')}`,
    )
  const command = textOf(exec.command)
  if (!command) throw new CliError(`${where}: exec.command must be specified`)
  // Optional in v1beta1 only.
  const given = exec.interactiveMode ?? (apiVersion === VERSIONS[1] ? 'IfAvailable' : undefined)
  const interactiveMode = MODES.find(mode => mode === given)
  if (!interactiveMode)
    throw new CliError(`${where}: exec.interactiveMode must be specified: one of ${MODES.join(', ')}`)
  const entries = (exec.env ?? []) as { name: string; value: string }[]
  return {
    apiVersion,
    command,
    args: ((exec.args ?? []) as unknown[]).map(String),
    env: Object.fromEntries(entries.map(({ name, value }) => [name, value])),
    installHint: textOf(exec.installHint),
    interactiveMode,
    cluster: exec.provideClusterInfo === true ? cluster : undefined,
  }
}
