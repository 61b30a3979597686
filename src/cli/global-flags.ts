import type { FlagSpec } from '../kernel/command.ts'

/** Flags that every verb takes. */
export const globalFlags: Readonly<Record<string, FlagSpec>> = {
  'data-dir': {
    summary: 'Data directory of the stack (default: DRAVE_DATA_DIR, or the nearest .drave here or above)',
    value: 'DIR',
  },
  config: { summary: 'Configuration file (default ./drave.yaml when it exists)', value: 'FILE' },
  kubeconfig: { summary: 'Talk to the cluster of this kubeconfig instead of the local stack', value: 'FILE' },
  context: { summary: 'Context of the kubeconfig to use', value: 'NAME' },
  'in-cluster': { summary: 'Talk to the cluster whose pod this process runs in, as its service account' },
  output: { summary: 'Output format: text, json or yaml', short: 'o', value: 'FORMAT' },
  debug: { summary: 'Print stack traces with errors' },
  help: { summary: 'Print help', short: 'h' },
}
