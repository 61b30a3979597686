import { equalJson } from '../../kube/copy.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Behaviour } from '../resources/behaviour.ts'

/** Begins with generation 1 and keeps it: nothing in the object that counts can change. */
export const oneGeneration: Partial<Behaviour> = {
  prepareCreate(object) {
    object.metadata.generation = 1
  },
}

/** Has no generation until its spec changes, as upstream's strategy has it. */
export const generationByChange: Partial<Behaviour> = {
  prepareUpdate(next, previous) {
    const spec = (object: KubeObject) => (object as { spec?: unknown }).spec
    if (!equalJson(spec(next), spec(previous)))
      next.metadata.generation = (previous.metadata.generation ?? 0) + 1
  },
}
