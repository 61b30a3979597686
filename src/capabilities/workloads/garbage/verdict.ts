import { FOREGROUND, type Node, ORPHAN } from './dependency-graph.ts'

/** What became of an owner that an object refers to. `unknown`: its kind is not served, so that nobody can tell. */
export type OwnerState = 'present' | 'absent' | 'deleting-dependents' | 'unknown'

export type Verdict =
  | { kind: 'keep' }
  | { kind: 'drop-owners'; uids: readonly string[] }
  | { kind: 'delete'; policy: 'Background' | 'Foreground' | 'Orphan'; unblock: boolean }

interface Case {
  /** State of every owner, by uid. */
  owners: ReadonlyMap<string, OwnerState>
  finalizers: readonly string[]
  dependents: readonly Pick<Node, 'isDeletingDependents'>[]
}

/**
 * What happens to an object that has owners: it lives while one of them does, and loses the references to the others;
 * without any it is deleted. Mirrors upstream's attemptToDeleteItem.
 */
export function verdictOn({ owners, finalizers, dependents }: Case): Verdict {
  const uidsWhere = (...states: OwnerState[]) =>
    [...owners].filter(([, state]) => states.includes(state)).map(([uid]) => uid)
  if (owners.size === 0) return { kind: 'keep' }
  if (uidsWhere('present', 'unknown').length > 0) {
    const uids = uidsWhere('absent', 'deleting-dependents')
    return uids.length === 0 ? { kind: 'keep' } : { kind: 'drop-owners', uids }
  }
  if (uidsWhere('deleting-dependents').length > 0 && dependents.length > 0)
    // A dependent that waits in its turn may close a circle: this object stops blocking its owners.
    return {
      kind: 'delete',
      policy: 'Foreground',
      unblock: dependents.some(({ isDeletingDependents }) => isDeletingDependents),
    }
  if (finalizers.includes(ORPHAN)) return { kind: 'delete', policy: 'Orphan', unblock: false }
  if (finalizers.includes(FOREGROUND)) return { kind: 'delete', policy: 'Foreground', unblock: false }
  return { kind: 'delete', policy: 'Background', unblock: false }
}
