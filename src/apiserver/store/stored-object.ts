import type { KubeObject } from '../../kube/object.ts'

/** Freezes a JSON value all the way down. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  if (Array.isArray(value)) for (const item of value) deepFreeze(item)
  // The keys are the value's own.
  else for (const key in value) deepFreeze((value as Record<string, unknown>)[key])
  return value
}

/**
 * One version of an object: as JSON text, which goes to disk and to clients as it is, and as a frozen value,
 * parsed when somebody first looks into it.
 */
export class StoredObject {
  readonly revision: number
  readonly namespace: string
  readonly name: string
  readonly text: string
  #object: KubeObject | undefined

  constructor(revision: number, namespace: string, name: string, text: string, object?: KubeObject) {
    this.revision = revision
    this.namespace = namespace
    this.name = name
    this.text = text
    this.#object = object
  }

  /** Takes the object over: it is frozen, and must carry its resourceVersion already. */
  static of(revision: number, object: KubeObject): StoredObject {
    const { namespace = '', name } = object.metadata
    return new StoredObject(revision, namespace, name, JSON.stringify(object), deepFreeze(object))
  }

  get object(): KubeObject {
    // What is parsed here was written by `of`.
    this.#object ??= deepFreeze(JSON.parse(this.text) as KubeObject)
    return this.#object
  }

  get key(): string {
    return keyIn(this.namespace, this.name)
  }
}

/** The key of an object among those of its resource; cluster-scoped objects have the empty namespace. */
export const keyIn = (namespace: string, name: string): string => `${namespace}/${name}`
