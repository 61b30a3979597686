import { spawn } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { startOf } from '../../container/process-start.ts'

/** The first process of the namespace: it takes over those whose parents have gone. */
const INIT = 'trap "exit 0" TERM; while :; do sleep 2147483 & wait $!; done'

interface Holder {
  pid: number
  started: string
}

/**
 * Makes a namespace of process numbers that the containers of a pod share, kept by a file. Unlike others it ends with
 * its first process, which therefore runs until the pod has gone, and outlives Drave as the pod's containers do.
 */
export async function sharePodProcesses(file: string, holderFile: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(file, '')
  const child = spawn('unshare', [`--pid=${file}`, '--fork', '--kill-child', 'sh', '-c', `echo; ${INIT}`], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '' },
  })
  await new Promise<void>((resolve, reject) => {
    let errors = ''
    child.stderr.on('data', chunk => (errors += String(chunk)))
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`unshare: ${errors.trim()}`)))
    child.stdout.once('data', () => resolve())
  })
  child.removeAllListeners('exit')
  child.stdout.destroy()
  child.stderr.destroy()
  child.unref()
  const { pid = 0 } = child
  const holder: Holder = { pid, started: startOf(pid) ?? '' }
  await writeFile(holderFile, JSON.stringify(holder), { mode: 0o600 })
}

/** Whether the namespace that a file keeps still has its first process. */
export async function hasPodProcesses(holderFile: string): Promise<boolean> {
  return (await holderOf(holderFile)) !== undefined
}

/** Ends whatever runs in the namespace. */
export async function endPodProcesses(holderFile: string): Promise<void> {
  const holder = await holderOf(holderFile)
  if (holder)
    try {
      process.kill(holder.pid, 'SIGKILL')
    } catch {
      // It has just ended.
    }
  await rm(holderFile, { force: true })
}

/** Told from a later process of the same number by its start. */
async function holderOf(holderFile: string): Promise<Holder | undefined> {
  try {
    // As `sharePodProcesses` has written it.
    const holder = JSON.parse(await readFile(holderFile, 'utf8')) as Holder
    return startOf(holder.pid) === holder.started ? holder : undefined
  } catch {
    return undefined
  }
}
