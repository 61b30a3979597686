import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { promisify } from 'node:util'
import { quantityToNumber } from '../../../kube/quantity.ts'

const run = promisify(execFile)

/** Whether this process can mount file systems. */
export const canMount = (): boolean => process.platform === 'linux' && process.getuid?.() === 0

/** Mounts a tmpfs of at most `sizeLimit` (a quantity; without: half of the machine's memory) unless it is mounted already. */
export async function mountMemory(path: string, sizeLimit: string | undefined): Promise<void> {
  if (mountsBelow(path).includes(path)) return
  await mkdir(path, { recursive: true, mode: 0o755 })
  const bytes = sizeLimit === undefined ? 0 : Math.ceil(quantityToNumber(sizeLimit))
  const options = ['mode=0777', ...(bytes > 0 ? [`size=${bytes}`] : [])].join(',')
  await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path])
}

/** The mount points at or below a directory, innermost first. */
export function mountsBelow(directory: string): string[] {
  let table: string
  try {
    table = readFileSync('/proc/self/mountinfo', 'utf8')
  } catch {
    return []
  }
  return (
    table
      .split('\n')
      // proc(5): field 5 is the mount point, with blanks and the like in octal.
      .map(line =>
        (line.split(' ')[4] ?? '').replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
          String.fromCharCode(Number.parseInt(octal, 8)),
        ),
      )
      .filter(point => point === directory || point.startsWith(`${directory}/`))
      .reverse()
  )
}

/** Unmounts everything at or below a directory, so that removing it removes nothing of somebody else's. */
export async function unmountBelow(directory: string): Promise<void> {
  for (const point of mountsBelow(directory))
    await run('umount', [point]).catch(() => run('umount', ['-l', point]))
}
