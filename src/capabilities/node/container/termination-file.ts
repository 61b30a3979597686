import { chmod, mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** As the kubelet: more of a termination message is not shown. */
const MAX_BYTES = 4096

/** Makes an empty file that any user of a container may write to. */
export async function emptyFile(directory: string, name: string): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o755 })
  const file = join(directory, name)
  await writeFile(file, '')
  await chmod(file, 0o666)
  return file
}

/** The beginning of a file; empty when it is gone. */
export async function readStart(file: string): Promise<string> {
  const handle = await open(file, 'r').catch(() => undefined)
  if (!handle) return ''
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0)
    return buffer.subarray(0, bytesRead).toString('utf8')
  } finally {
    await handle.close()
  }
}
