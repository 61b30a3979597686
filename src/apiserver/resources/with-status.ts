import type { KubeObject } from '../../kube/object.ts'

/** The object with the status of another one, or without a status where that has none. Shares parts with both. */
export function withStatusOf(object: KubeObject, other: KubeObject): KubeObject {
  // Status is the one field outside of metadata that kinds share.
  const { status: _replaced, ...rest } = object as KubeObject & { status?: unknown }
  const { status } = other as { status?: unknown }
  return status === undefined ? rest : ({ ...rest, status } as KubeObject)
}
