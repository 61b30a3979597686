import { watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { GroupProcess } from '../../container/process.ts'
import { enginePid } from './engine-pid.ts'

/** Resolves to true when the engine says that the container runs, to false when the engine has ended first. */
export function isStarted(directory: string, pidFile: string, monitor: GroupProcess): Promise<boolean> {
  return new Promise(resolve => {
    const finish = (started: boolean) => {
      watcher.close()
      resolve(started)
    }
    const look = () => {
      if (enginePid(pidFile) !== undefined) finish(true)
    }
    const watcher = watch(directory, look)
    void monitor.exited.then(() => finish(enginePid(pidFile) !== undefined))
    look()
  })
}

/** Why the engine did not start a container: the last error of its log. */
export async function reasonOf(log: string, errors: string): Promise<string> {
  const text = await readFile(log, 'utf8').catch(() => '')
  const messages = text.split('\n').flatMap(line => {
    try {
      return [String((JSON.parse(line) as { msg: unknown }).msg)]
    } catch {
      return []
    }
  })
  return messages.at(-1) ?? (errors.trim() || 'the engine ended without a reason')
}
