import type { Informer } from '../../../kernel/informer.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'

/** The index of pods by the name of their node; empty for those that have none. */
export const ON_NODE = 'node'

export const indexByNode = (pods: Informer<Pod>): void =>
  pods.addIndex(ON_NODE, ({ spec }) => [spec.nodeName ?? ''])
