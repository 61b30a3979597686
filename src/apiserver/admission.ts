import type { Kind } from '../kube/kind.ts'
import type { KubeObject } from '../kube/object.ts'

/** A write on its way to the store. `object` is undefined on delete, `previous` on create. */
export interface AdmissionRequest {
  operation: 'CREATE' | 'UPDATE' | 'DELETE'
  kind: Kind
  subresource: string | undefined
  namespace: string | undefined
  name: string
  object: KubeObject | undefined
  previous: KubeObject | undefined
  user: { username: string; groups: readonly string[] }
  dryRun: boolean
}

/** One link of the admission chain: all `mutate` run before the schema is checked, all `validate` after. */
export interface AdmissionPlugin {
  name: string
  /** True where the plugin wants to see the request; cheap, called for every write. */
  handles(request: AdmissionRequest): boolean
  /** Changes `request.object` in place (it is a private copy here). */
  mutate?(request: AdmissionRequest): void | Promise<void>
  /** Throws ApiError to refuse; may return warnings for the client. */
  validate?(request: AdmissionRequest): readonly string[] | undefined | Promise<readonly string[] | undefined>
}
