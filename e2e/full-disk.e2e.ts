import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Drave, until } from './drave.ts'

const SIZE_MB = 8

/** Mounts a small file system of its own at a folder; throws where that is not allowed. */
function mountSmall(folder: string): Disposable {
  mkdirSync(folder, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MB}m`, 'drave-full-disk', folder], {
    stdio: 'ignore',
  })
  return { [Symbol.dispose]: () => void execFileSync('umount', ['--lazy', folder]) }
}

/** Why no file system can be mounted; undefined where it can. */
function mountMissing(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'a full disk needs root on Linux, to mount a small one'
  const probe = new Drave()
  try {
    mountSmall(join(probe.folder, 'probe'))[Symbol.dispose]()
    return undefined
  } catch {
    return 'mounting a tmpfs is not allowed here'
  } finally {
    rmSync(probe.folder, { recursive: true, force: true })
  }
}

const missing = mountMissing()
if (missing) console.log(`skipped: ${missing}`)

it.skipIf(missing !== undefined)(
  'a full disk refuses writes, not reads, and is got over without a restart',
  async () => {
    await using drave = new Drave()
    using _small = mountSmall(drave.dataDir)
    await drave.up('--only', 'apiserver')
    const { pid } = drave
    await drave.kubectl('create', 'configmap', 'before', '--from-literal=k=v')

    const filler = join(drave.dataDir, 'filler')
    try {
      writeFileSync(filler, Buffer.alloc(2 * SIZE_MB * 1024 * 1024))
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' })
    }
    // What is left of the log's last step still takes some.
    const content = 'x'.repeat(100_000)
    let acknowledged = 0
    let refusal = ''
    await until('a refusal', async () => {
      try {
        await drave.kubectl('create', 'configmap', `full-${acknowledged}`, `--from-literal=k=${content}`)
        acknowledged++
      } catch (error) {
        refusal = (error as { stderr: string }).stderr
      }
      return refusal !== ''
    })
    expect(refusal).toContain(
      'could not be stored and was not made: there is no space left on the disk (ENOSPC)',
    )
    const raw = await drave.kubectlFails(
      'create',
      'configmap',
      'again',
      `--from-literal=k=${content}`,
      '-v=8',
    )
    expect(raw).toMatch(/"code":\s*507|507 Insufficient Storage/)
    expect(await drave.kubectl('get', 'configmap', 'before', '-o', 'jsonpath={.data.k}')).toBe('v')
    expect(await drave.kubectlFails('get', '--raw', '/readyz')).toContain('storage')

    rmSync(filler)
    await drave.kubectl('create', 'configmap', 'after', `--from-literal=k=${content}`)
    expect(await drave.kubectl('get', '--raw', '/readyz')).toContain('ok')
    expect(drave.pid).toBe(pid)
    const names = async () =>
      (await drave.kubectl('get', 'configmaps', '-o', 'name')).split('\n').filter(Boolean)
    const expected = [
      'after',
      'before',
      ...Array.from({ length: acknowledged }, (_, index) => `full-${index}`),
    ]
    expect(await names()).toEqual(expect.arrayContaining(expected.map(name => `configmap/${name}`)))
    expect(await names()).not.toContain('configmap/again')

    // What was acknowledged is on that disk, and nothing else.
    await drave.kill()
    await drave.up('--only', 'apiserver')
    expect(await names()).toEqual(expect.arrayContaining(expected.map(name => `configmap/${name}`)))
    expect(await names()).not.toContain('configmap/again')
  },
)
