import type { Clock } from '../../../lib/clock.ts'
import type { Logger } from '../../logger.ts'
import type { EtcdClient } from './etcd-client.ts'
import { COMPARE_VERSION } from './messages.ts'

/** kube-apiserver's key and interval: whoever writes it first in an interval compacts, whichever server that is. */
const KEY = Buffer.from('compact_rev_key')
const INTERVAL_MS = 5 * 60_000

/** Lets etcd forget history older than five to ten minutes, in turn with all other servers. */
export class EtcdCompactor implements Disposable {
  readonly #client: EtcdClient
  readonly #timer: Disposable
  /** The version of the key as last seen. */
  #version = 0
  /** What is compacted next; 0 until the first turn. */
  #revision = 0

  constructor({ client, clock, log }: { client: EtcdClient; clock: Clock; log: Logger }) {
    this.#client = client
    this.#timer = clock.every(INTERVAL_MS, () => {
      this.turn().catch(error => log.warn({ err: error }, 'etcd could not be compacted'))
    })
  }

  /** Compacts up to the revision of the turn before, unless another server had this turn. */
  async turn(): Promise<void> {
    const { header, succeeded, responses } = await this.#client.txn({
      compare: [{ target: COMPARE_VERSION, key: KEY, version: this.#version }],
      success: [{ put: { key: KEY, value: Buffer.from(String(this.#revision)) } }],
      failure: [{ range: { key: KEY } }],
    })
    const revision = this.#revision
    this.#revision = header?.revision ?? 0
    if (!succeeded) {
      this.#version = responses[0]?.range?.kvs[0]?.version ?? 0
      return
    }
    this.#version++
    if (revision > 0) await this.#client.compact(revision)
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]()
  }
}
