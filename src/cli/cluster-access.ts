import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { RealClock } from '../kernel/clock.ts'
import type { ClusterAccess } from '../kernel/cluster/cluster-access.ts'
import { inClusterAccess } from '../kernel/cluster/in-cluster.ts'
import { accessOf } from '../kernel/cluster/kubeconfig.ts'
import { mergeKubeconfigs } from '../kernel/cluster/merge-kubeconfigs.ts'
import { CliError, type CommandContext, USAGE_EXIT } from '../kernel/command.ts'

/** The cluster that `--kubeconfig`, `--context` or `--in-cluster` names, or undefined when none is given and the local stack is meant. */
export async function clusterAccess(
  context: Pick<CommandContext, 'flag' | 'isSet'>,
): Promise<ClusterAccess | undefined> {
  const file = context.flag('kubeconfig')
  const name = context.flag('context')
  const clock = new RealClock()
  if (context.isSet('in-cluster')) {
    if (file !== undefined || name !== undefined)
      throw new CliError('--in-cluster does not go with --kubeconfig and --context', { exitCode: USAGE_EXIT })
    return inClusterAccess(process.env, clock)
  }
  if (file === undefined && name === undefined) return undefined
  const files = file === undefined ? usualFiles() : [file]
  const config = await mergeKubeconfigs(files, { required: file !== undefined })
  return accessOf(config, { context: name, clock })
}

/** KUBECONFIG, which may list several, or the one in the home directory. */
function usualFiles(): string[] {
  const listed = process.env.KUBECONFIG?.split(delimiter).filter(path => path !== '') ?? []
  return listed.length > 0 ? [...new Set(listed)] : [join(homedir(), '.kube', 'config')]
}
