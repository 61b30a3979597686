import { affinityScore } from './affinity-score.ts'
import { imageLocality, nodeAffinityScore, taintScore } from './node-scores.ts'
import { balancedAllocation, leastAllocated } from './resource-scores.ts'
import type { ScorePlugin } from './score.ts'
import { spreadScore } from './spread-score.ts'

/** The scores of upstream's default profile. */
export const scorePlugins: readonly ScorePlugin[] = [
  taintScore,
  nodeAffinityScore,
  leastAllocated,
  spreadScore,
  affinityScore,
  balancedAllocation,
  imageLocality,
]
