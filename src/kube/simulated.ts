import { findCondition } from './conditions.ts'
import type { Node, Pod } from './generated/core-v1.ts'

/** The runtime class of pods that are only acted out, on whatever node. */
export const SIMULATED_CLASS = 'fake'

/** Marks a Node that is only acted out, by the name and value that KWOK uses. */
export const SIMULATED_NODE = { name: 'kwok.x-k8s.io/node', value: 'fake' }

/** The condition that says on a pod that nothing of it runs. */
export const SIMULATED_CONDITION = 'drave.dev/Simulated'

export const isSimulatedNode = ({ metadata }: Node): boolean =>
  metadata.annotations?.[SIMULATED_NODE.name] === SIMULATED_NODE.value

/** What a pod that is only acted out says of itself; undefined for others. */
export const simulatedNotice = ({ status }: Pod): string | undefined =>
  findCondition(status?.conditions, SIMULATED_CONDITION)?.message
