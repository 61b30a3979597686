import { createHash } from 'node:crypto'
import type { Client } from '../../../kernel/client.ts'
import { copyJson, equalJson } from '../../../kube/copy.ts'
import type { Kind } from '../../../kube/kind.ts'
import type { ManifestObject } from '../../../kube/manifest.ts'
import type { KubeObject } from '../../../kube/object.ts'
import type { Json } from '../../../kube/schema/schema.ts'
import { BoundedMap } from '../../../lib/bounded-map.ts'

/** The field manager of applied objects, Argo CD's own. */
export const FIELD_MANAGER = 'argocd-controller'

/** What the API server keeps, and nobody wishes for. */
const serverFields = [
  'managedFields',
  'resourceVersion',
  'generation',
  'uid',
  'creationTimestamp',
  'selfLink',
]

/** An object without its status and what the server keeps. */
export function withoutServerFields<T extends { metadata: object }>(object: T): T {
  const result = copyJson(object)
  for (const field of serverFields) delete (result.metadata as Json)[field]
  delete (result as unknown as Json)['status']
  return result
}

const hash = (value: unknown): string => createHash('sha1').update(JSON.stringify(value)).digest('base64')

export interface Compared {
  isSynced: boolean
  /** What the object would become; for a synced one the live object. */
  predicted: KubeObject
}

/**
 * Tells whether applying would change a live object, by asking the API server for a dry run: its defaults and
 * normalisation are the truth. Answers are kept by content of live and desired object.
 */
export class Comparison {
  readonly #client: Client
  readonly #synced: BoundedMap<string, true>
  readonly #liveHashes = new WeakMap<object, string>()

  constructor(client: Client, parts: { limit: number; onEvict: () => void }) {
    this.#client = client
    this.#synced = new BoundedMap(parts.limit, parts.onEvict)
  }

  /** Throws what the API server refuses the dry run with. */
  async compare(kind: Kind, desired: ManifestObject, live: KubeObject): Promise<Compared> {
    const key = this.#keyOf(desired, live)
    if (this.#synced.get(key)) return { isSynced: true, predicted: live }
    const ref = { name: live.metadata.name, namespace: live.metadata.namespace }
    const predicted = await this.#client.patch(kind, ref, desired, {
      type: 'apply',
      fieldManager: FIELD_MANAGER,
      force: true,
      dryRun: true,
    })
    const isSynced = equalJson(withoutServerFields(predicted), withoutServerFields(live))
    if (isSynced) this.#synced.set(key, true)
    return { isSynced, predicted }
  }

  /** Tells that a live object is what applying the desired one made. */
  noteApplied(desired: ManifestObject, live: KubeObject): void {
    this.#synced.set(this.#keyOf(desired, live), true)
  }

  #keyOf(desired: ManifestObject, live: KubeObject): string {
    let liveHash = this.#liveHashes.get(live)
    if (liveHash === undefined) {
      liveHash = hash(withoutServerFields(live))
      this.#liveHashes.set(live, liveHash)
    }
    return `${live.metadata.uid} ${liveHash} ${hash(desired)}`
  }
}
