import type { PodFacts } from './pod-facts.ts'

/** Selectors whose counts are kept at most; the one unused for longest goes. */
const MAX_SELECTORS = 64

/** Which pods to count. `key` is the same for the same selector. */
export interface CountedSelector {
  readonly key: string
  matches(labels: Readonly<Record<string, string>>): boolean
}

interface Counted {
  namespace: string
  selector: CountedSelector
  /** By node; nodes without a matching pod are absent. */
  byNode: Map<string, number>
}

/** How many pods of each node a selector matches, kept up to date so that spreading does not look at all pods each time. */
export class MatchCounts {
  readonly #counted = new Map<string, Counted>()

  /** Counts by node of pods that are not being deleted; `all` is read only the first time. */
  of(
    namespace: string,
    selector: CountedSelector,
    all: () => Iterable<{ name: string; pods: ReadonlyMap<string, PodFacts> }>,
  ): ReadonlyMap<string, number> {
    const id = `${namespace}/${selector.key}`
    let counted = this.#counted.get(id)
    if (counted) this.#counted.delete(id)
    else {
      counted = { namespace, selector, byNode: new Map() }
      for (const { name, pods } of all()) for (const pod of pods.values()) count(counted, name, pod, 1)
      const oldest = this.#counted.size >= MAX_SELECTORS ? this.#counted.keys().next().value : undefined
      if (oldest !== undefined) this.#counted.delete(oldest)
    }
    this.#counted.set(id, counted)
    return counted.byNode
  }

  changed(node: string, pod: PodFacts, by: 1 | -1): void {
    for (const counted of this.#counted.values()) count(counted, node, pod, by)
  }
}

function count({ namespace, selector, byNode }: Counted, node: string, pod: PodFacts, by: 1 | -1): void {
  if (!isCounted(pod, namespace, selector)) return
  const next = (byNode.get(node) ?? 0) + by
  if (next <= 0) byNode.delete(node)
  else byNode.set(node, next)
}

/** Pods that are being deleted count no more. */
export const isCounted = (pod: PodFacts, namespace: string, selector: CountedSelector): boolean =>
  pod.namespace === namespace && !pod.pod.metadata.deletionTimestamp && selector.matches(pod.labels)
