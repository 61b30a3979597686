import { decodeProtobuf, MAGIC } from '../../../kube/protobuf/decode.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { StoredObject } from '../stored-object.ts'
import { withRevision } from '../store.ts'

/** The value of an object: JSON without its resourceVersion, which is the key's revision. */
export function encodeValue(object: KubeObject): Buffer {
  const { resourceVersion: _, ...metadata } = object.metadata
  return Buffer.from(JSON.stringify({ ...object, metadata }))
}

/** Reads what this server, or kube-apiserver in JSON or protobuf, has written. Throws on anything else. */
export function storedFrom(value: Buffer, revision: number): StoredObject {
  const object = value.subarray(0, MAGIC.length).equals(MAGIC)
    ? decodeProtobuf(value).object
    : (JSON.parse(value.toString()) as object)
  if (!isObject(object)) throw new Error('the value is no Kubernetes object')
  return StoredObject.of(revision, withRevision(object, revision))
}

function isObject(value: object): value is KubeObject {
  const { kind, metadata } = value as Partial<KubeObject>
  return typeof kind === 'string' && typeof metadata?.name === 'string'
}
