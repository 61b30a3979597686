import { execFile } from 'node:child_process'
import type { ContainerProcess } from '../container-runtime.ts'
import { enginePid } from './engine-pid.ts'

interface Handle {
  id: string
  /** The engine with its global options. */
  engine: readonly string[]
  /** Holds the process number of the container's own first process. */
  pidFile: string
}

/** A container behind the engine that runs it: signals are for the container, not for the engine. */
export function ociProcess(monitor: ContainerProcess, { id, engine, pidFile }: Handle): ContainerProcess {
  return {
    pid: monitor.pid,
    stdin: monitor.stdin,
    exited: monitor.exited,
    resize: size => monitor.resize(size),
    signal(name) {
      const [file = '', ...options] = engine
      execFile(file, [...options, 'kill', id, name.replace(/^SIG/, '')], error => {
        // Ended already, or the engine cannot: the process itself is there to be told.
        if (error) signalByNumber(pidFile, name)
      })
    },
  }
}

/** Signals the process whose number a file holds; one that is gone already is fine. */
export function signalByNumber(pidFile: string, name: NodeJS.Signals): void {
  const pid = enginePid(pidFile)
  if (pid === undefined) return
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
