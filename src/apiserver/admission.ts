import type { Kind } from '../kube/kind.ts'
import type { KubeObject } from '../kube/object.ts'
import type { ApiRequest, RequestOptions, UserInfo } from './request.ts'

/**
 * A write on its way to the store, or a connection to be opened, whose object are its options. `object` is undefined on
 * delete, `previous` on create.
 */
export interface AdmissionRequest {
  operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'
  kind: Kind
  subresource: string | undefined
  namespace: string | undefined
  name: string
  object: KubeObject | undefined
  previous: KubeObject | undefined
  user: UserInfo
  dryRun: boolean
  /** The options of the request: what `AdmissionReview` shows as CreateOptions, UpdateOptions or DeleteOptions. */
  options: RequestOptions
  /** Adds an annotation to the audit record of the request, where there is one. */
  annotate?: ApiRequest['annotate']
  /** Set by a plugin whose change others should see: the mutating half then runs once more. */
  wantsReinvocation?: true
  /** Set by a plugin that has reserved something for this write: called when the write is not made after all. */
  takeBack?: () => void
}

/** For the `Warning` header. */
// biome-ignore lint/suspicious/noConfusingVoidType: a plugin that has nothing to say just ends.
export type AdmissionWarnings = readonly string[] | undefined | void

/** One link of the admission chain: all `mutate` run before the schema is checked, all `validate` after. */
export interface AdmissionPlugin {
  name: string
  /** Set where the plugin sees connections too. */
  connections?: true
  /** True where the plugin wants to see the request; cheap, called for every write. */
  handles(request: AdmissionRequest): boolean
  /** Changes `request.object` in place (it is a private copy here); may return warnings. Called for deletions too. */
  mutate?(request: AdmissionRequest): AdmissionWarnings | Promise<AdmissionWarnings>
  /** Throws ApiError to refuse; may return warnings for the client. */
  validate?(request: AdmissionRequest): AdmissionWarnings | Promise<AdmissionWarnings>
}
