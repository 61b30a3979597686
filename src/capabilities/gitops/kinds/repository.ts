import type { Condition } from '../../../kube/generated/meta-v1.ts'
import type { Kind } from '../../../kube/kind.ts'
import type { KubeObject } from '../../../kube/object.ts'

/** A Git repository kept by the built-in server. */
export interface Repository extends KubeObject {
  spec: {
    defaultBranch?: string | undefined
    description?: string | undefined
  }
  status?:
    | {
        /** Where to clone it from and push it to. */
        url?: string | undefined
        /** The default branch's commit. */
        head?: string | undefined
        branches?: { name: string; commit: string }[] | undefined
        conditions?: Condition[] | undefined
      }
    | undefined
}

export const Repository: Kind<Repository> = {
  group: 'gitops.drave.dev',
  version: 'v1alpha1',
  kind: 'Repository',
  plural: 'repositories',
  namespaced: false,
}

export const DEFAULT_BRANCH = 'main'
