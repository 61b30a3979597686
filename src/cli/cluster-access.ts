import { homedir } from 'node:os'
import { join } from 'node:path'
import type { CommandContext } from '../kernel/command.ts'
import { type ClusterAccess, readKubeconfig } from '../kernel/kubeconfig.ts'

/** The cluster that `--kubeconfig` and `--context` name, or undefined when neither is given and the local stack is meant. */
export async function clusterAccess(
  context: Pick<CommandContext, 'flag'>,
): Promise<ClusterAccess | undefined> {
  const file = context.flag('kubeconfig')
  const name = context.flag('context')
  if (file === undefined && name === undefined) return undefined
  const usual = process.env.KUBECONFIG?.split(':')[0] ?? join(homedir(), '.kube', 'config')
  return readKubeconfig(file ?? usual, name)
}
