import { readdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock } from '../../../lib/clock.ts'
import type { PodLogOptions, PodLogs } from '../../../kernel/ports.ts'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { simulatedNotice } from '../../../kube/simulated.ts'
import { apiError } from '../../../kube/status.ts'
import { chooseContainer } from '../pod/choose-container.ts'
import { type LogEntry, logTime } from './cri-line.ts'
import type { LogBoard } from './log-board.ts'
import { readLog } from './read-log.ts'

/** Serves `kubectl logs` from the files on disk; the refusals are worded as the API server's. */
export const podLogs = (board: LogBoard, clock: Clock): PodLogs => ({
  async *read(pod, options, signal) {
    const container = chooseContainer(pod, options.container)
    const notice = simulatedNotice(pod)
    if (notice) {
      yield Buffer.from(`${notice}\n`)
      return
    }
    const path = board.path(
      pod,
      container,
      await runOf(pod, container, { board, previous: options.previous }),
    )
    const since = sinceOf(options, clock)
    let left = options.limitBytes ?? Infinity
    const { follow = false, tailLines } = options
    for await (const entries of readLog(path, { follow, tailLines }, { board, signal })) {
      const bytes = render(entries, since, options.timestamps ?? false)
      if (bytes.length === 0) continue
      yield bytes.length > left ? bytes.subarray(0, left) : bytes
      left -= bytes.length
      if (left <= 0) return
    }
  },
})

/** The number of the run whose log is asked for: the newest there is, or the one before. */
async function runOf(
  pod: Pod,
  container: string,
  { board, previous }: { board: LogBoard; previous: boolean | undefined },
): Promise<number> {
  const names = await readdir(dirname(board.path(pod, container, 0))).catch(() => [])
  const runs = names
    .flatMap(name => {
      const match = /^(\d+)\.log$/.exec(name)
      return match ? [Number(match[1])] : []
    })
    .sort((a, b) => b - a)
  const run = runs[previous ? 1 : 0]
  if (run !== undefined) return run
  const { name } = pod.metadata
  if (previous)
    throw apiError('BadRequest', `previous terminated container "${container}" in pod "${name}" not found`)
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {}
  const status = [...containerStatuses, ...initContainerStatuses].find(one => one.name === container)
  const { reason = 'ContainerCreating', message } = status?.state?.waiting ?? {}
  throw apiError(
    'BadRequest',
    `container "${container}" in pod "${name}" is waiting to start: ${message ?? reason}`,
  )
}

/** The earliest time of an entry that is wanted, as the log writes it. */
function sinceOf({ sinceSeconds, sinceTime }: PodLogOptions, clock: Clock): string {
  if (sinceSeconds !== undefined) return logTime(clock.now() - sinceSeconds * 1000)
  const at = sinceTime === undefined ? 0 : Date.parse(sinceTime)
  if (Number.isNaN(at)) throw apiError('BadRequest', `sinceTime: "${sinceTime}" is not a time`)
  return logTime(at)
}

function render(entries: readonly LogEntry[], since: string, timestamps: boolean): Buffer {
  const parts: Buffer[] = []
  for (const { time, partial, content } of entries) {
    if (time < since) continue
    if (timestamps) parts.push(Buffer.from(`${time} `))
    parts.push(content)
    if (!partial) parts.push(Buffer.from('\n'))
  }
  return Buffer.concat(parts)
}
