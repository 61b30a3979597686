import { matchesTerm } from '../../../kube/node-terms.ts'
import { isTolerated } from '../../../kube/tolerations.ts'
import { MAX_SCORE, type ScorePlugin, scaleToMax } from './score.ts'

/** Prefers nodes with fewer PreferNoSchedule taints that the pod does not tolerate. */
export const taintScore: ScorePlugin = {
  name: 'TaintToleration',
  weight: 3,
  prepare({ pod }, _cluster, nodes) {
    if (nodes.every(({ softTaints }) => softTaints.length === 0)) return undefined
    const tolerations = (pod.spec.tolerations ?? []).filter(
      ({ effect }) => !effect || effect === 'PreferNoSchedule',
    )
    return {
      rate: ({ softTaints }) => softTaints.filter(taint => !isTolerated(taint, tolerations)).length,
      normalize: rates => scaleToMax(rates, true),
    }
  },
}

/** Prefers nodes that match more of the pod's preferred node affinity, by weight. */
export const nodeAffinityScore: ScorePlugin = {
  name: 'NodeAffinity',
  weight: 2,
  prepare({ pod }) {
    const preferred = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    // An empty preference matches every node.
    const terms = preferred.filter(({ preference }) => Object.keys(preference).length > 0)
    if (terms.length === 0) return undefined
    return {
      rate: node =>
        terms.reduce((sum, { preference, weight }) => sum + (matchesTerm(preference, node) ? weight : 0), 0),
      normalize: rates => scaleToMax(rates),
    }
  },
}

const MEBIBYTE = 1024 * 1024
const LEAST_SIZE = 23 * MEBIBYTE
const GREATEST_SIZE = 1000 * MEBIBYTE

/** Prefers nodes that have the pod's images, large ones and widespread ones more. */
export const imageLocality: ScorePlugin = {
  name: 'ImageLocality',
  weight: 1,
  prepare({ images }, cluster) {
    const spread = new Map(images.map(image => [image, cluster.nodesWithImage(image)]))
    if ([...spread.values()].every(count => count === 0)) return undefined
    const total = cluster.nodes.length
    const greatest = GREATEST_SIZE * images.length
    return {
      rate(node) {
        let size = 0
        for (const image of images)
          size += Math.trunc(((node.images.get(image) ?? 0) * (spread.get(image) ?? 0)) / total)
        const bounded = Math.min(Math.max(size, LEAST_SIZE), greatest)
        return Math.trunc((MAX_SCORE * (bounded - LEAST_SIZE)) / (greatest - LEAST_SIZE))
      },
    }
  },
}
