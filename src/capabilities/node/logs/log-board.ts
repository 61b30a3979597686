import { join } from 'node:path'
import type { Pod } from '../../../kube/generated/core-v1.ts'

/** Knows where logs lie, which of them are being written, and wakes readers that follow them. */
export class LogBoard {
  readonly directory: string
  readonly #open = new Set<string>()
  readonly #followers = new Map<string, Set<() => void>>()

  constructor(directory: string) {
    this.directory = directory
  }

  /** The kubelet's layout: `NAMESPACE_NAME_UID`. */
  podDirectory({ metadata }: Pick<Pod, 'metadata'>): string {
    return join(this.directory, `${metadata.namespace}_${metadata.name}_${metadata.uid}`)
  }

  /** The log of one run of a container. */
  path(pod: Pick<Pod, 'metadata'>, container: string, run: number): string {
    return join(this.podDirectory(pod), container, `${run}.log`)
  }

  opened(path: string): void {
    this.#open.add(path)
  }

  closed(path: string): void {
    this.#open.delete(path)
    this.changed(path)
  }

  isOpen(path: string): boolean {
    return this.#open.has(path)
  }

  changed(path: string): void {
    for (const wake of this.#followers.get(path) ?? []) wake()
  }

  onChange(path: string, wake: () => void): Disposable {
    const followers = this.#followers.get(path) ?? new Set()
    this.#followers.set(path, followers.add(wake))
    return {
      [Symbol.dispose]: () => {
        followers.delete(wake)
        if (followers.size === 0) this.#followers.delete(path)
      },
    }
  }
}
