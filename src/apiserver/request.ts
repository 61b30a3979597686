import type { Kind } from '../kube/kind.ts'
import type { KubeObject } from '../kube/object.ts'

export interface UserInfo {
  username: string
  uid?: string | undefined
  groups: readonly string[]
  extra?: Readonly<Record<string, readonly string[]>> | undefined
}

/** Query parameters of the API, parsed: names and meanings of metav1.{Get,List,Create,Update,Patch,Delete}Options. */
export interface RequestOptions {
  labelSelector?: string | undefined
  fieldSelector?: string | undefined
  /** Of `custom.metrics.k8s.io` only, whose servers it is passed on to. */
  metricLabelSelector?: string | undefined
  limit?: number | undefined
  continue?: string | undefined
  resourceVersion?: string | undefined
  resourceVersionMatch?: string | undefined
  allowWatchBookmarks?: boolean | undefined
  sendInitialEvents?: boolean | undefined
  timeoutSeconds?: number | undefined
  dryRun?: boolean | undefined
  fieldManager?: string | undefined
  fieldValidation?: 'Strict' | 'Warn' | 'Ignore' | undefined
  /** Fields that the body has twice, where that is to be refused. */
  duplicateFields?: readonly string[] | undefined
  /** The JSON text that has them. */
  source?: string | undefined
  force?: boolean | undefined
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan' | undefined
  gracePeriodSeconds?: number | undefined
  preconditions?: { uid?: string | undefined; resourceVersion?: string | undefined } | undefined
}

/** A request for a resource after transport, authentication and decoding. */
export interface ApiRequest {
  user: UserInfo
  verb: 'get' | 'list' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection'
  group: string
  version: string
  plural: string
  subresource?: string | undefined
  namespace?: string | undefined
  name?: string | undefined
  options: RequestOptions
  /** The decoded object, or the patch document. The server takes it over: the caller must not change it afterwards. */
  body?: unknown
  patchType?: 'merge' | 'json' | 'strategic' | 'apply' | undefined
  /** The caller, in this process, vouches for the body: its shape and rules are not looked at once more. */
  vetted?: boolean | undefined
  /** Adds to the audit record of the request, where there is one; at a level, where it records at least so much. */
  annotate?: ((name: string, value: string, level?: 'Request') => void) | undefined
  /** User agent's first word: the field manager when none is named. */
  userAgent?: string | undefined
}

export type WatchRequest = Omit<ApiRequest, 'verb' | 'body' | 'patchType' | 'annotate'>

/** What a request for a resource yields. Objects are frozen. */
export interface ApiResponse {
  /** 200, or 201 where an object was created. */
  code: number
  /** An object, a list (`{apiVersion, kind, metadata, items}`) or a Status. */
  body: KubeObject | ResourceList
  /** For the `Warning` header. */
  warnings: readonly string[]
}

export interface ResourceList {
  apiVersion: string
  kind: string
  metadata: {
    /** Absent where the list is made of what is not kept. */
    resourceVersion?: string | undefined
    continue?: string | undefined
    remainingItemCount?: number | undefined
  }
  items: readonly KubeObject[]
}

export interface ApiWatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  object: KubeObject
}

/** The API without a transport: what HTTP handlers and the in-process client both call. Failures are `ApiError`. */
export interface ApiHandler {
  handle(request: ApiRequest): Promise<ApiResponse>
  watch(request: WatchRequest, signal: AbortSignal): AsyncIterable<ApiWatchEvent>
  /** The served resource (built-in or custom) for a manifest's apiVersion and kind. */
  resolve(apiVersion: string, kind: string): Kind | undefined
}
