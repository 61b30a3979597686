import type { KubeObject } from '../../kube/object.ts'
import { metadataText } from './metadata-text.ts'
import { ParsedObjects } from './parsed-objects.ts'

/** Freezes a JSON value all the way down. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  if (Array.isArray(value)) for (const item of value) deepFreeze(item)
  // The keys are the value's own.
  else for (const key in value) deepFreeze((value as Record<string, unknown>)[key])
  return value
}

type Labels = Readonly<Record<string, string>>
const NO_LABELS: Labels = Object.freeze({})

/**
 * Texts of so many characters are held as values too: beyond, memory is worth more than the time to parse again. Few
 * of what was written and many of what was read, since what is let go early never gets to where collecting is costly.
 */
const written = new ParsedObjects(4 * 1024 * 1024)
const read = new ParsedObjects(24 * 1024 * 1024)

/**
 * One version of an object: as JSON text, which goes to disk and to clients as it is, and as a frozen value,
 * parsed when somebody looks into it. Who keeps the value shares it with all who look later.
 */
export class StoredObject {
  readonly revision: number
  readonly namespace: string
  readonly name: string
  readonly text: string
  #object: KubeObject | undefined
  #released: WeakRef<KubeObject> | undefined
  #labels: Labels | undefined

  constructor(revision: number, namespace: string, name: string, text: string, object?: KubeObject) {
    this.revision = revision
    this.namespace = namespace
    this.name = name
    this.text = text
    if (object) this.#keep(object, written)
  }

  /** Takes the object over: it is frozen, and must carry its resourceVersion already. */
  static of(revision: number, object: KubeObject): StoredObject {
    const { namespace = '', name } = object.metadata
    return new StoredObject(revision, namespace, name, JSON.stringify(object), deepFreeze(object))
  }

  get object(): KubeObject {
    if (this.#object) return this.#object
    // What is parsed here was written by `of`.
    const object = this.#released?.deref() ?? deepFreeze(JSON.parse(this.text) as KubeObject)
    this.#keep(object, read)
    return object
  }

  /** Kept once asked for: selectors look at nothing else of most objects, so that these need not be parsed. */
  get labels(): Labels {
    this.#labels ??= (this.#object ?? this.#released?.deref())?.metadata.labels ?? this.#parsedLabels()
    return this.#labels
  }

  #parsedLabels(): Labels {
    const text = metadataText(this.text)
    // The text is that of an object whose metadata was written by `of`.
    const metadata = text === undefined ? this.object.metadata : (JSON.parse(text) as KubeObject['metadata'])
    return metadata.labels ?? NO_LABELS
  }

  get size(): number {
    return this.text.length
  }

  /** Holds the value no longer. */
  release(): void {
    if (this.#object) this.#released = new WeakRef(this.#object)
    this.#object = undefined
  }

  #keep(object: KubeObject, among: ParsedObjects): void {
    this.#object = object
    this.#released = undefined
    among.keep(this)
  }

  get key(): string {
    return keyIn(this.namespace, this.name)
  }
}

/** The key of an object among those of its resource; cluster-scoped objects have the empty namespace. */
export const keyIn = (namespace: string, name: string): string => `${namespace}/${name}`
