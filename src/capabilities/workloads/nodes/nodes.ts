import type { Kernel } from '../../../kernel/capability.ts'
import type { Controller } from '../../../kernel/controller.ts'
import { nodeLifecycleController } from './node-lifecycle.ts'
import { nodeTtlController } from './node-ttl.ts'
import { podGarbageController } from './pod-garbage.ts'
import { taintEvictionController } from './taint-eviction.ts'

/** The controllers of nodes and of the pods that lose theirs. */
export const nodeControllers = (kernel: Kernel): Controller[] => [
  nodeLifecycleController(kernel),
  nodeTtlController(kernel),
  taintEvictionController(kernel),
  podGarbageController(kernel),
]
