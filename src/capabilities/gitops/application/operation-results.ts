import { parseApiVersion } from '../../../kube/kind.ts'
import type {
  ApplicationStatusOperationState,
  ApplicationStatusOperationStateSyncResultResourcesItem,
} from '../kinds/generated/application.ts'
import type { Phase } from './sync-plan.ts'

export type OperationState = ApplicationStatusOperationState
export type ResourceResult = ApplicationStatusOperationStateSyncResultResourcesItem

interface Named {
  apiVersion: string
  kind: string
  metadata: { name?: string | undefined; namespace?: string | undefined }
}

/** The results of an operation's tasks, as kept in status.operationState: what a restarted process goes on from. */
export class OperationResults {
  readonly #results = new Map<string, ResourceResult>()

  constructor(state: OperationState) {
    for (const result of state.syncResult?.resources ?? [])
      this.#results.set(
        `${result.group}/${result.kind}/${result.namespace}/${result.name}/${result.syncPhase}`,
        result,
      )
  }

  get isEmpty(): boolean {
    return this.#results.size === 0
  }

  get(object: Named, phase: Phase): ResourceResult | undefined {
    return this.#results.get(keyOf(object, phase))
  }

  set(
    object: Named,
    phase: Phase,
    result: Pick<ResourceResult, 'status' | 'message' | 'hookPhase' | 'hookType'>,
  ): void {
    const { group, version } = parseApiVersion(object.apiVersion)
    this.#results.set(keyOf(object, phase), {
      group,
      version,
      kind: object.kind,
      namespace: object.metadata.namespace ?? '',
      name: object.metadata.name ?? '',
      syncPhase: phase,
      ...result,
    })
  }

  list(): ResourceResult[] {
    return [...this.#results.values()]
  }
}

const keyOf = (object: Named, phase: Phase): string =>
  `${parseApiVersion(object.apiVersion).group}/${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}/${phase}`
