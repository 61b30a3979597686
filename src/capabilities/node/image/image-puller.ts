import type { Clock } from '../../../lib/clock.ts'
import { collectImages, type ImageThresholds } from './image-garbage.ts'
import type { ImageStore } from './image-store.ts'
import type { Keyring } from './registry/credentials.ts'
import { type PulledImage, pullImage, type RegistrySettings } from './registry/pull-image.ts'

interface PullerParts extends RegistrySettings {
  images: ImageStore
  clock: Clock
  thresholds: ImageThresholds
  /** Images that are pulled at once. */
  maxParallel: number
  /** Digests of images that containers run from. */
  inUse(): ReadonlySet<string>
}

/** Pulls images for this node: bounded, each only once at a time, and with an eye on the disk. */
export class ImagePuller {
  readonly defaultRegistry: string
  readonly #parts: PullerParts
  readonly #pending = new Map<string, Promise<PulledImage>>()
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(parts: PullerParts) {
    this.#parts = parts
    this.defaultRegistry = parts.defaultRegistry
  }

  /** Throws RegistryError, ImageReferenceError or ImageLayoutError. */
  pull(reference: string, keyring: Keyring): Promise<PulledImage> {
    // What one pod may see is not for another one with other credentials.
    const key = JSON.stringify([reference, [...keyring]])
    let pending = this.#pending.get(key)
    if (!pending) {
      pending = this.#inTurn(() => this.#pull(reference, keyring)).finally(() => this.#pending.delete(key))
      this.#pending.set(key, pending)
    }
    return pending
  }

  async #pull(reference: string, keyring: Keyring): Promise<PulledImage> {
    const { images, clock, thresholds, inUse, defaultRegistry, mirrors } = this.#parts
    const pulled = await pullImage({
      reference,
      layout: images.layout,
      keyring,
      clock,
      defaultRegistry,
      mirrors,
    })
    const used = new Set([...inUse(), pulled.digest])
    collectImages(images.layout, thresholds, { inUse: used, lastUsed: digest => images.lastUsed(digest) })
    return pulled
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#parts.maxParallel)
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    this.#running++
    try {
      return await work()
    } finally {
      this.#running--
      this.#waiting.shift()?.()
    }
  }
}
