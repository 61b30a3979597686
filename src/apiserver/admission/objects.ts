import type { Kind } from '../../kube/kind.ts'
import type { KubeObject } from '../../kube/object.ts'
import { forbidden } from '../../kube/status.ts'
import type { AdmissionRequest } from '../admission.ts'
import type { Store } from '../store/store.ts'

/** Whether the request is about an object of the kind itself, not a subresource. */
export const isAbout = (
  { kind, subresource }: AdmissionRequest,
  wanted: Pick<Kind, 'group' | 'plural'>,
): boolean => kind.plural === wanted.plural && kind.group === wanted.group && !subresource

/** The objects of a kind, of one namespace or of all, as they are kept. */
export function* kept<T extends KubeObject>(
  store: Store,
  { group, plural }: Pick<Kind<T>, 'group' | 'plural' | 'type'>,
  namespace?: string,
): Generator<T> {
  const selection = { namespace, matches: undefined }
  // Only objects of the kind are under its name.
  for (const { object } of store.cache(`${group}/${plural}`).select(selection)) yield object as unknown as T
}

/** `pods "web" is forbidden: …`: how plugins refuse; what has no name yet is called by how it will begin. */
export const refusal = ({ kind, name, object }: AdmissionRequest, why: string) =>
  forbidden(kind, name || (object?.metadata.generateName ?? ''), why)
