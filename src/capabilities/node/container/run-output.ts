import { rm } from 'node:fs/promises'
import type { Pod } from '../../../kube/generated/core-v1.ts'
import { ContainerLog } from '../logs/container-log.ts'
import type { StreamName } from '../logs/cri-line.ts'
import type { NodeParts } from '../node-parts.ts'
import { Attachments } from '../streams/attachments.ts'
import { OutputTail } from './output-tail.ts'

/** Logs of earlier runs that are kept: the one that `--previous` shows. */
const KEPT_RUNS = 1

/** Where the output of one run of a container goes: its log, those who are attached, and its last lines for us. */
export interface RunOutput {
  readonly tail: OutputTail
  readonly attachments: Attachments
  /** Nothing more is read of a stream until what this returns has resolved. */
  write(stream: StreamName, chunk: Buffer): void | Promise<void>
  close(): Promise<void>
}

/** Opens the log of a container's run, by how often it has been restarted, and removes the one that nobody can ask for any more. */
export function openOutput(
  node: NodeParts,
  pod: Pod,
  { name, run }: { name: string; run: number },
): RunOutput {
  const { logs, clock, logLimits, counters } = node
  const path = logs.path(pod, name, run)
  const old = run - KEPT_RUNS - 1
  if (old >= 0) void rm(logs.path(pod, name, old), { force: true }).catch(() => {})
  logs.opened(path)
  const log = new ContainerLog(path, {
    clock,
    limits: logLimits,
    changed: () => logs.changed(path),
    dropped: bytes => counters.droppedLogBytes.inc(bytes),
  })
  const tail = new OutputTail()
  const attachments = new Attachments(node)
  return {
    tail,
    attachments,
    write(stream, chunk) {
      tail.push(chunk)
      log.write(stream, chunk)
      return attachments.publish(stream, chunk)
    },
    async close() {
      await log.close()
      logs.closed(path)
    },
  }
}
