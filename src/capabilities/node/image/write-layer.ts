import { createHash } from 'node:crypto'
import { createWriteStream, mkdirSync, renameSync, rmSync } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { type Pack, pack } from 'tar-stream'
import { ImageBuildError } from './build-error.ts'
import { digestOf, type ImageLayout } from './layout.ts'
import type { SourceEntry } from './source-tree.ts'

interface Layer {
  digest: string
  size: number
  /** The digest of the uncompressed archive. */
  diffId: string
}

/** The byte of a gzip header that names the operating system (RFC 1952, 2.3.1); 255 is "unknown". */
const GZIP_OS_BYTE = 9
const GZIP_OS_UNKNOWN = 255

/**
 * Packs files into one compressed layer of the layout, below `prefix`. The same content gives the same digest:
 * entries are sorted, times and owners are 0, modes are 0755 or 0644.
 */
export async function writeLayer(
  directory: string,
  entries: readonly SourceEntry[],
  { layout, prefix }: { layout: ImageLayout; prefix: string },
): Promise<Layer> {
  const archive = pack()
  const diff = createHash('sha256')
  const whole = createHash('sha256')
  let size = 0
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      if (size === 0 && chunk.length > GZIP_OS_BYTE) chunk[GZIP_OS_BYTE] = GZIP_OS_UNKNOWN
      whole.update(chunk)
      size += chunk.length
      done(null, chunk)
    },
  })
  const hashed = new Transform({
    transform(chunk: Buffer, _, done) {
      diff.update(chunk)
      done(null, chunk)
    },
  })
  // The name is only known at the end; the digest of a random-free constant path keeps it inside the blobs.
  const staged = `${layout.blobPath(digestOf(Buffer.from(`${directory}\0${process.pid}`)))}.new`
  mkdirSync(dirname(staged), { recursive: true, mode: 0o700 })
  try {
    await Promise.all([
      addAll(archive, directory, entries, prefix),
      pipeline(
        archive,
        hashed,
        createGzip({ level: 6 }),
        counted,
        createWriteStream(staged, { mode: 0o600 }),
      ),
    ])
    const digest = `sha256:${whole.digest('hex')}`
    const file = await open(staged, 'r+')
    await file.sync()
    await file.close()
    renameSync(staged, layout.blobPath(digest))
    return { digest, size, diffId: `sha256:${diff.digest('hex')}` }
  } finally {
    rmSync(staged, { force: true })
  }
}

async function addAll(
  archive: Pack,
  directory: string,
  entries: readonly SourceEntry[],
  prefix: string,
): Promise<void> {
  const add = (header: Parameters<Pack['entry']>[0], content?: Buffer) =>
    new Promise<void>((resolve, reject) => {
      const done = (error?: Error | null) => (error ? reject(error) : resolve())
      if (content) archive.entry(header, content, done)
      else archive.entry(header, done)
    })
  const fixed = { uid: 0, gid: 0, uname: '', gname: '', mtime: new Date(0) }
  try {
    const above = prefix.split('/').filter(part => part !== '')
    for (const [index] of above.entries())
      await add({ ...fixed, type: 'directory', name: `${above.slice(0, index + 1).join('/')}/`, mode: 0o755 })
    for (const entry of entries) {
      const name = [...above, entry.path].join('/')
      switch (entry.kind) {
        case 'directory':
          await add({ ...fixed, type: 'directory', name: `${name}/`, mode: 0o755 })
          break
        case 'link':
          await add({ ...fixed, type: 'symlink', name, linkname: entry.target, mode: 0o777 })
          break
        case 'file': {
          const content = await readFile(join(directory, entry.path))
          await add(
            { ...fixed, type: 'file', name, size: content.length, mode: entry.executable ? 0o755 : 0o644 },
            content,
          )
        }
      }
    }
    archive.finalize()
  } catch (error) {
    archive.destroy(error as Error)
    throw new ImageBuildError(`${directory}: ${(error as Error).message}`)
  }
}
