import type { Informer, Informers } from '../../../kernel/informer.ts'
import { apiVersionOf, type Kind } from '../../../kube/kind.ts'
import { type KubeObject, keyOf } from '../../../kube/object.ts'
import { instanceOf, keyOfInstance } from './tracking.ts'

const INSTANCE = 'argocd-instance'

interface Written {
  object: KubeObject
  /** The object was deleted by us: what the informer still has of this uid is gone or going. */
  isDeleted: boolean
}

interface Watched {
  kind: Kind
  informer: Informer<KubeObject>
  /** Own writes that the informer may not have seen yet. */
  written: Map<string, Written>
}

const isNewer = (a: KubeObject, b: KubeObject | undefined): boolean =>
  b === undefined || BigInt(a.metadata.resourceVersion) > BigInt(b.metadata.resourceVersion)

/**
 * The live objects of every kind that some Application manages, by informers that are started when a kind is
 * first needed. Own writes are seen at once. A change wakes the Application that the object belongs to.
 */
export class LiveState implements Disposable {
  readonly #informers: Informers
  readonly #watched = new Map<string, Watched>()
  readonly #subscriptions: Disposable[] = []
  readonly #wake: (applicationKey: string) => void

  constructor(informers: Informers, wake: (applicationKey: string) => void) {
    this.#informers = informers
    this.#wake = wake
  }

  /** Starts following a kind; resolves when its objects are known. */
  async follow(kind: Kind): Promise<void> {
    const name = `${apiVersionOf(kind)}/${kind.kind}`
    const known = this.#watched.get(name)
    if (known) {
      await known.informer.synced
      return
    }
    const informer = this.#informers.for(kind)
    const watched: Watched = { kind, informer, written: new Map() }
    this.#watched.set(name, watched)
    informer.addIndex(INSTANCE, object => {
      const instance = instanceOf(object)
      return instance === undefined ? [] : [instance]
    })
    await informer.synced.catch(error => {
      this.#watched.delete(name)
      throw error
    })
    this.#subscriptions.push(
      informer.onChange(({ object, previous }) => {
        this.#forgetWritten(watched, object)
        const instances = new Set([instanceOf(object), previous && instanceOf(previous)])
        for (const instance of instances) if (instance !== undefined) this.#wake(keyOfInstance(instance))
      }),
    )
  }

  get(kind: Kind, ref: { name: string; namespace?: string | undefined }): KubeObject | undefined {
    const watched = this.#watched.get(`${apiVersionOf(kind)}/${kind.kind}`)
    if (!watched) return undefined
    const key = ref.namespace && kind.namespaced ? `${ref.namespace}/${ref.name}` : ref.name
    return this.#current(watched, key)
  }

  /** Live objects of any followed kind that belong to an instance. */
  belongingTo(instance: string): { kind: Kind; object: KubeObject }[] {
    return [...this.#watched.values()].flatMap(watched => {
      const keys = new Set(watched.informer.by(INSTANCE, instance).map(keyOf))
      for (const [key, { object }] of watched.written) if (instanceOf(object) === instance) keys.add(key)
      return [...keys].flatMap(key => {
        const object = this.#current(watched, key)
        return object && instanceOf(object) === instance ? [{ kind: watched.kind, object }] : []
      })
    })
  }

  /** Tells of an own write, with the object that the API answered. */
  noteWritten(kind: Kind, object: KubeObject): void {
    this.#watched
      .get(`${apiVersionOf(kind)}/${kind.kind}`)
      ?.written.set(keyOf(object), { object, isDeleted: false })
  }

  /** Tells of an own deletion that was accepted. */
  noteDeleted(kind: Kind, object: KubeObject): void {
    // An object with finalizers stays until these are gone; the informer tells.
    if ((object.metadata.finalizers?.length ?? 0) > 0) return
    this.#watched
      .get(`${apiVersionOf(kind)}/${kind.kind}`)
      ?.written.set(keyOf(object), { object, isDeleted: true })
  }

  #current({ informer, written }: Watched, key: string): KubeObject | undefined {
    const seen = informer.get(key)
    const own = written.get(key)
    if (!own) return seen
    if (own.isDeleted) return seen && seen.metadata.uid !== own.object.metadata.uid ? seen : undefined
    return isNewer(own.object, seen) ? own.object : seen
  }

  #forgetWritten({ informer, written }: Watched, object: KubeObject): void {
    const key = keyOf(object)
    const own = written.get(key)
    if (!own) return
    const seen = informer.get(key)
    const isCaughtUp = own.isDeleted
      ? seen?.metadata.uid !== own.object.metadata.uid
      : !isNewer(own.object, object)
    if (isCaughtUp) written.delete(key)
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]()
  }
}
