import type { Pod } from '../../../kube/generated/core-v1.ts'
import { parseLabelSelector } from '../../../kube/selectors.ts'

interface Use {
  namespace: string
  name: string
  selector: string
  isSelected: ReturnType<typeof parseLabelSelector>
}

/** By which selectors autoscalers choose pods, so that no pod is counted for two of them. */
export class SelectorsInUse {
  /** By the autoscaler's key. */
  readonly #uses = new Map<string, Use>()

  /** Notes an autoscaler's selector; throws SelectorError where it is malformed. */
  set(key: string, { namespace, name, selector }: Omit<Use, 'isSelected'>): Use['isSelected'] {
    const known = this.#uses.get(key)
    const isSelected = known?.selector === selector ? known.isSelected : parseLabelSelector(selector)
    this.#uses.set(key, { namespace, name, selector, isSelected })
    return isSelected
  }

  delete(key: string): void {
    this.#uses.delete(key)
  }

  /** The autoscalers that choose one of these pods, all of one namespace, as upstream prints them. */
  selecting(pods: readonly Pod[], namespace: string): string[] {
    const uses = [...this.#uses.values()].filter(use => use.namespace === namespace)
    // Who asks is one of them.
    const chosen =
      uses.length < 2
        ? uses
        : uses.filter(use => pods.some(({ metadata }) => use.isSelected(metadata.labels)))
    return chosen.map(use => `{${use.name} ${use.namespace}}`).sort()
  }
}
