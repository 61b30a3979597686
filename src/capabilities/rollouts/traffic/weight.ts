export interface WeightInput {
  /** Both weights together. */
  total: number
  /** The canary weight that the routes carry now. */
  current: number
  /** The weight that the steps ask for; `total` when the update is about to be promoted. */
  target: number
  stage: 'first' | 'updating' | 'aborted' | 'promoted'
  /** The stable Service selects the stable ReplicaSet, and its endpoints have been only that one's ready pods for a while. */
  stableServing: boolean
  /** The same for the canary. */
  canaryServing: boolean
  /** The canary Service selects the canary ReplicaSet. */
  canarySelected: boolean
  canaryAvailable: number
  /** Enough pods for the target are available, of the canary and of the stable. */
  enoughPods: boolean
  /** With dynamicStableScale: the share of all pods that the stable has available, 0 to 1. */
  stableShare: number | undefined
}

/**
 * The canary weight that the routes should carry now. Never sends traffic to a version that is not ready, and after a
 * promotion keeps everything on the canary Service until the stable Service serves the same pods: endpoints and routes
 * reach a gateway by different ways, and in between users would see the old version again.
 */
export function desiredWeight(input: WeightInput): number {
  const { current, target, total } = input
  switch (input.stage) {
    case 'first':
      return 0
    case 'promoted':
      return current > 0 && !input.stableServing ? current : 0
    case 'aborted':
      // A stable that shrank with its weight takes back only what it can serve.
      return input.stableShare === undefined
        ? 0
        : Math.min(current, Math.max(0, total - Math.floor(total * input.stableShare)))
    case 'updating':
      if (input.canaryAvailable === 0 || !input.canarySelected) return 0
      return input.enoughPods && input.canaryServing ? target : Math.min(current, target)
  }
}
