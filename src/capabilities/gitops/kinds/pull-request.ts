import type { Condition } from '../../../kube/generated/meta-v1.ts'
import type { Kind } from '../../../kube/kind.ts'
import type { KubeObject } from '../../../kube/object.ts'

export type MergeMethod = 'merge' | 'squash'

/** One object that a pull request would add, change or remove. */
export interface ObjectChange {
  /** `namespace/name` of the Application. */
  application: string
  action: 'added' | 'changed' | 'removed'
  apiVersion: string
  kind: string
  namespace?: string | undefined
  name: string
}

export interface Check {
  name: string
  status: 'Passed' | 'Failed'
  message?: string | undefined
}

/** A wish to merge one branch of a repository into another. Merging is asked for by setting `spec.merge`. */
export interface PullRequest extends KubeObject {
  spec: {
    repository: string
    sourceBranch: string
    /** Default: the repository's default branch. */
    targetBranch?: string | undefined
    title?: string | undefined
    body?: string | undefined
    draft?: boolean | undefined
    /** Asks to merge; with `sha` only while that is the head. Stands until it succeeds or is taken back. */
    merge?:
      | {
          method?: MergeMethod | undefined
          sha?: string | undefined
          message?: string | undefined
          /** Although a check has failed. */
          force?: boolean | undefined
        }
      | undefined
    /** Asks to close without merging. */
    close?: boolean | undefined
  }
  status?:
    | {
        number?: number | undefined
        phase?: 'Open' | 'Merged' | 'Closed' | undefined
        targetBranch?: string | undefined
        headSHA?: string | undefined
        baseSHA?: string | undefined
        mergeCommit?: string | undefined
        mergedAt?: string | undefined
        closedAt?: string | undefined
        mergeable?: boolean | undefined
        /** Files that do not merge. */
        conflicts?: string[] | undefined
        checks?: Check[] | undefined
        /** What merging would change, in rendered objects. */
        changes?:
          | {
              summary: string
              added: number
              changed: number
              removed: number
              objects?: ObjectChange[] | undefined
            }
          | undefined
        conditions?: Condition[] | undefined
      }
    | undefined
}

export const PullRequest: Kind<PullRequest> = {
  group: 'gitops.drave.dev',
  version: 'v1alpha1',
  kind: 'PullRequest',
  plural: 'pullrequests',
  namespaced: false,
}
