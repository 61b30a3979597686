import { setMaxListeners } from 'node:events'
import { isConflict } from '../kube/status.ts'
import type { Clock } from './clock.ts'
import { type Controller, TerminalError } from './controller.ts'
import type { Informers } from './informer.ts'
import type { Logger } from './log.ts'
import type { Metrics } from './metrics.ts'
import { WorkInProgress } from '../lib/work-in-progress.ts'
import { WorkQueue } from '../lib/work-queue.ts'

const DEFAULT_CONCURRENCY = 4

interface RunnerParts {
  clock: Clock
  informers: Informers
  log: Logger
  metrics: Metrics
}

/** Runs controllers: feeds their queues from informers and reconciles keys with bounded concurrency. */
export class ControllerRunner implements AsyncDisposable {
  readonly #parts: RunnerParts
  readonly #stop = new AbortController()
  readonly #running: Promise<void>[] = []
  readonly #cleanup: Disposable[] = []
  readonly #reconciles
  readonly #depth

  constructor(parts: RunnerParts) {
    this.#parts = parts
    // One listener a controller.
    setMaxListeners(0, this.#stop.signal)
    this.#reconciles = parts.metrics.counter({
      name: 'drave_controller_reconcile_total',
      help: 'Reconciliations by controller and result.',
      labelNames: ['controller', 'result'],
    })
    this.#depth = parts.metrics.gauge({
      name: 'drave_workqueue_depth',
      help: 'Keys waiting in the queue of a controller.',
      labelNames: ['controller'],
    })
  }

  /** Resolves when the informers of all watches are synced and the controller is at work. */
  async start(controller: Controller): Promise<void> {
    const queue = new WorkQueue(this.#parts.clock)
    this.#cleanup.push(queue)
    const informers = controller.watches.map(watch => ({
      watch,
      informer: this.#parts.informers.for(watch.kind),
    }))
    await Promise.all(informers.map(({ informer }) => informer.synced))
    for (const { watch, informer } of informers) {
      const subscription = informer.onChange(({ object, previous }) => {
        for (const key of watch.keys(object)) queue.add(key)
        if (previous) for (const key of watch.keys(previous)) queue.add(key)
      })
      this.#cleanup.push(subscription)
    }
    if (controller.wakes) this.#cleanup.push(controller.wakes(key => queue.add(key)))
    const slots = controller.concurrency ?? DEFAULT_CONCURRENCY
    this.#running.push(this.#loop(controller, queue, slots))
  }

  async #loop(controller: Controller, queue: WorkQueue, slots: number): Promise<void> {
    const { signal } = this.#stop
    const active = new WorkInProgress()
    while (!signal.aborted) {
      const key = active.size < slots ? queue.take() : undefined
      if (key === undefined) {
        await (active.size < slots ? queue.ready(signal) : active.ended())
        continue
      }
      active.add(this.#reconcile(controller, queue, key))
      this.#depth.set({ controller: controller.name }, queue.length)
    }
    await active.settled()
  }

  async #reconcile(controller: Controller, queue: WorkQueue, key: string): Promise<void> {
    const { signal } = this.#stop
    try {
      const result = await controller.reconcile(key, signal)
      this.#count(controller, 'success')
      queue.done(key, 'ok')
      if (result) queue.addAfter(key, result.after)
    } catch (error) {
      if (signal.aborted) {
        queue.done(key, 'ok')
        return
      }
      const terminal = error instanceof TerminalError
      this.#count(controller, terminal ? 'terminal' : 'error')
      // Losing an optimistic lock is the ordinary way to learn of a newer object.
      if (!isConflict(error))
        this.#parts.log.warn(
          { controller: controller.name, key, err: error, terminal },
          'reconciliation failed',
        )
      queue.done(key, terminal ? 'ok' : 'retry')
    }
  }

  #count(controller: Controller, result: string): void {
    this.#reconciles.inc({ controller: controller.name, result })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    for (const item of this.#cleanup) item[Symbol.dispose]()
    await Promise.allSettled(this.#running)
  }
}
