import type { Kind } from '../kube/kind.ts'
import type { Draft, KubeObject } from '../kube/object.ts'

/** Which objects to list or watch. Selectors are in the syntax of kubectl's `-l` and `--field-selector`. */
export interface ListOptions {
  namespace?: string | undefined
  labelSelector?: string | undefined
  fieldSelector?: string | undefined
  /** Of the series of a metric, for lists of `custom.metrics.k8s.io`, which know this parameter beside others'. */
  metricLabelSelector?: string | undefined
  /** For lists: at most so many, with `continue` for the rest. */
  limit?: number | undefined
  continue?: string | undefined
  /** For watches: start after this version. */
  resourceVersion?: string | undefined
}

export interface List<T> {
  items: T[]
  resourceVersion: string
  continue?: string | undefined
}

export interface WatchEvent<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  object: T
}

export interface ObjectRef {
  name: string
  namespace?: string | undefined
}

export interface ReadOptions {
  subresource?: 'status' | 'scale' | undefined
}

export interface WriteOptions {
  subresource?: 'approval' | 'ephemeralcontainers' | 'status' | 'scale' | 'finalize' | 'token' | undefined
  fieldManager?: string | undefined
  dryRun?: boolean | undefined
  /** `Strict` refuses fields that the schema does not know; by default they are dropped with a warning. */
  fieldValidation?: 'Strict' | undefined
  /** The object was validated when Drave was built: the embedded server need not do it again. */
  vetted?: boolean | undefined
}

export interface PatchOptions extends WriteOptions {
  /** RFC 7386 merge patch (default), RFC 6902 JSON patch, Kubernetes strategic merge patch, or server-side apply. */
  type?: 'merge' | 'json' | 'strategic' | 'apply' | undefined
  /** For `apply`: take fields that other managers own. */
  force?: boolean | undefined
}

export interface DeleteOptions {
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan' | undefined
  gracePeriodSeconds?: number | undefined
  /** Deletes only the object with this uid or resourceVersion; else Conflict. */
  preconditions?: { uid?: string; resourceVersion?: string } | undefined
}

/**
 * The one way to the Kubernetes API, embedded or remote. Failures are `ApiError` (`kube/status.ts`).
 * What it returns is frozen: copy before changing.
 */
export interface Client {
  get<T extends KubeObject>(kind: Kind<T>, ref: ObjectRef, options?: ReadOptions): Promise<T>
  /** Like `get`, but undefined where there is none. */
  find<T extends KubeObject>(kind: Kind<T>, ref: ObjectRef): Promise<T | undefined>
  list<T extends KubeObject>(kind: Kind<T>, options?: ListOptions): Promise<List<T>>
  /** Events after `options.resourceVersion`; ends by throwing `ApiError` 410 when that is too old, or when the signal aborts. */
  watch<T extends KubeObject>(
    kind: Kind<T>,
    options: ListOptions,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>>
  /** With a subresource, what is created belongs to the object of that name; the draft's own apiVersion counts. */
  create<T extends KubeObject>(kind: Kind<T>, draft: Draft<T>, options?: WriteOptions): Promise<T>
  /** Replaces; Conflict when `metadata.resourceVersion` is set and not the current one. */
  update<T extends KubeObject>(kind: Kind<T>, object: T, options?: WriteOptions): Promise<T>
  patch<T extends KubeObject>(
    kind: Kind<T>,
    ref: ObjectRef,
    patch: unknown,
    options?: PatchOptions,
  ): Promise<T>
  /** Resolves when the deletion is accepted; an object that is gone already is not an error. */
  delete<T extends KubeObject>(kind: Kind<T>, ref: ObjectRef, options?: DeleteOptions): Promise<void>
  /** The resource that serves a manifest's apiVersion and kind, or undefined when none does. */
  resolve(apiVersion: string, kind: string): Promise<Kind | undefined>
}
