import { gateway } from './capabilities/gateway/index.ts'
import { gitops } from './capabilities/gitops/index.ts'
import { metrics } from './capabilities/metrics/index.ts'
import { node } from './capabilities/node/index.ts'
import { rollouts } from './capabilities/rollouts/index.ts'
import { scheduler } from './capabilities/scheduler/index.ts'
import { simulator } from './capabilities/simulator/index.ts'
import { workloads } from './capabilities/workloads/index.ts'
import type { Capability } from './kernel/capability.ts'

/** The islands, in the order their services start. */
export const capabilities: readonly Capability[] = [
  workloads,
  scheduler,
  simulator,
  node,
  gateway,
  metrics,
  gitops,
  rollouts,
]
