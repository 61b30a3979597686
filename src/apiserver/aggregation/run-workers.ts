import type { WorkQueue } from '../../lib/work-queue.ts'
import { ApiError } from '../../kube/status.ts'
import type { Core } from '../pipeline/core.ts'

interface Workers {
  queue: WorkQueue
  signal: AbortSignal
  /** `retry` brings the key back later; what it throws too, and is logged. */
  work(key: string): Promise<'ok' | 'retry'>
}

/** As many as each of upstream's aggregation controllers has. */
const WORKERS = 5

/** Works on the keys of a queue until the signal aborts. */
export function runWorkers({ log }: Pick<Core, 'log'>, { queue, signal, work }: Workers): void {
  const run = async () => {
    while (!signal.aborted) {
      const key = queue.take()
      if (key === undefined) {
        await queue.ready(signal)
        continue
      }
      try {
        queue.done(key, await work(key))
      } catch (error) {
        queue.done(key, 'retry')
        const isStopping =
          signal.aborted || (error instanceof ApiError && error.reason === 'ServiceUnavailable')
        if (!isStopping) log.warn({ err: error, apiService: key }, 'an APIService could not be settled')
      }
    }
  }
  for (let count = 0; count < WORKERS; count++) run()
  signal.addEventListener('abort', () => queue[Symbol.dispose](), { once: true })
}
