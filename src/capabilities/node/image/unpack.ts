import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { createReadStream, createWriteStream } from 'node:fs'
import { chmod, lchown, link, lstat, mkdir, readdir, realpath, rename, rm, symlink } from 'node:fs/promises'
import { basename, join, resolve, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Transform } from 'node:stream'
import zlib, { createGunzip } from 'node:zlib'
import { extract, type Header } from 'tar-stream'
import { canChangeOwner } from '../volumes/ownership.ts'
import type { ImageForm } from './image-store.ts'
import { makeWritable } from '../volumes/make-writable.ts'
import type { Descriptor, ImageLayout, Manifest } from './layout.ts'
import { type LayerChange, LayerError, layerChange } from './tar-entry.ts'

const run = promisify(execFile)

const MAX_BYTES = 8 * 2 ** 30
const MAX_ENTRIES = 1_000_000

/**
 * Unpacks all layers of an image into a new directory. In the shared form files are read-only; directories are not,
 * so that a data directory can be removed like any other. In the faithful form they have their modes and, as root,
 * their owners. Nothing is left when a layer is refused.
 */
export async function unpackImage(
  layout: ImageLayout,
  manifest: Manifest,
  { directory, form }: { directory: string; form: ImageForm },
): Promise<void> {
  const staged = `${directory}.${process.pid}.new`
  await removeTree(staged)
  await mkdir(staged, { recursive: true, mode: 0o755 })
  try {
    for (const layer of manifest.layers)
      await applyLayer(layout, layer, { root: await realpath(staged), form })
    await rename(staged, directory)
  } catch (error) {
    await removeTree(staged)
    throw error
  }
}

/** Removes a tree, also when directories in it are read-only, or belong to the users of a container that ran without root. */
export async function removeTree(path: string): Promise<void> {
  try {
    if (await lstat(path).catch(() => undefined)) await makeWritable(path)
    await rm(path, { recursive: true, force: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const isOthers = code === 'EACCES' || code === 'EPERM'
    if (!isOthers || process.platform !== 'linux' || process.getuid?.() === 0) throw error
    // Among those users we are root.
    await run('unshare', ['--map-root-user', '--map-auto', 'rm', '-rf', '--', path]).catch(() => {
      throw error
    })
  }
}

async function applyLayer(
  layout: ImageLayout,
  layer: Descriptor,
  { root, form }: { root: string; form: ImageForm },
): Promise<void> {
  const decompress = decompressorFor(layer)
  const archive = extract()
  const source = createReadStream(layout.blobPath(layer.digest))
  const feeding = decompress ? pipeline(source, decompress, archive) : pipeline(source, archive)
  // What fails here also ends the loop below.
  feeding.catch(() => {})
  const added = new Set<string>()
  let bytes = 0
  for await (const entry of archive) {
    bytes += entry.header.size ?? 0
    if (bytes > MAX_BYTES || added.size > MAX_ENTRIES)
      throw new LayerError(
        `layer ${layer.digest} is larger than ${MAX_BYTES} bytes or ${MAX_ENTRIES} entries`,
      )
    const change = layerChange(entry.header)
    // The types of streamx leave out that its streams are iterable.
    const content = entry as unknown as AsyncIterable<Uint8Array>
    await apply(change, { root, content, added })
    if (form === 'faithful') await restore(root, change, entry.header)
    entry.resume()
  }
  await feeding
}

/** What undoes a layer's compression; undefined where there is none. Throws LayerError. */
function decompressorFor({ digest, mediaType }: Descriptor): Transform | undefined {
  if (mediaType.endsWith('.tar')) return undefined
  if (mediaType.endsWith('+gzip') || mediaType.endsWith('.gzip')) return createGunzip()
  if (!mediaType.endsWith('+zstd'))
    throw new LayerError(`layer ${digest}: the media type ${mediaType} is not supported`)
  // From Node 22.15 on; the types are those of the oldest that Drave runs on.
  const { createZstdDecompress } = zlib as { createZstdDecompress?: () => Transform }
  if (!createZstdDecompress)
    throw new LayerError(
      `layer ${digest} is compressed with zstd, which Node.js ${process.versions.node} cannot read: run Drave with 22.15 or later`,
    )
  return createZstdDecompress()
}

/** Gives an entry the owner and mode that the layer says. Links have no mode; what was removed has nothing. */
async function restore(root: string, change: LayerChange, header: Header): Promise<void> {
  if (change.kind === 'remove' || change.kind === 'clear' || change.kind === 'hardlink') return
  const file = change.path === '.' ? root : join(await parentOf(root, change.path), basename(change.path))
  if (canChangeOwner()) await lchown(file, header.uid ?? 0, header.gid ?? 0)
  // After the owner: changing that takes the setuid bit away.
  if (change.kind !== 'symlink') await chmod(file, change.mode & 0o7777)
}

interface Place {
  root: string
  content: AsyncIterable<Uint8Array>
  /** Paths of this layer: a whiteout only hides what lower layers brought. */
  added: Set<string>
}

async function apply(change: LayerChange, { root, content, added }: Place): Promise<void> {
  if (change.path === '.' && change.kind !== 'clear') return
  const parent = await parentOf(root, change.path)
  const file = join(parent, basename(change.path))
  switch (change.kind) {
    case 'remove':
      await rm(file, { recursive: true, force: true })
      return
    case 'clear': {
      const folder = change.path === '.' ? root : file
      for (const name of await readdir(folder).catch(() => []))
        if (!added.has(join(change.path, name)))
          await rm(join(folder, name), { recursive: true, force: true })
      return
    }
    case 'directory': {
      const there = await lstat(file).catch(() => undefined)
      if (there && !there.isDirectory()) await rm(file)
      if (!there?.isDirectory()) await mkdir(file, { mode: 0o755 })
      break
    }
    case 'file':
      await rm(file, { recursive: true, force: true })
      // Read-only from the start; the write bits of the image are for copies of it.
      await pipeline(content, createWriteStream(file, { mode: 0o600, flags: 'wx' }))
      await chmod(file, (change.mode & 0o555) | 0o444)
      break
    case 'symlink':
      // Checked once more from where the link really lies.
      if (!isInside(root, resolve(parent, change.target)))
        throw new LayerError(`${change.path}: the link to ${change.target} leaves the image`)
      await rm(file, { recursive: true, force: true })
      await symlink(change.target, file)
      break
    case 'hardlink':
      await rm(file, { recursive: true, force: true })
      await link(join(await parentOf(root, change.target), basename(change.target)), file)
  }
  added.add(change.path)
}

/** The real directory of a path, made if needed, step by step; links in it are followed only inside the root. */
export async function parentOf(root: string, path: string): Promise<string> {
  let current = root
  for (const part of path.split('/').slice(0, -1)) {
    const next = join(current, part)
    const there = await lstat(next).catch(() => undefined)
    if (!there) await mkdir(next, { mode: 0o755 })
    current = there?.isSymbolicLink() ? await realpath(next) : next
    if (!isInside(root, current)) throw new LayerError(`${path}: a link on the way leaves the image`)
  }
  return current
}

const isInside = (root: string, path: string): boolean => path === root || path.startsWith(root + sep)
