import { createReadStream } from 'node:fs'
import { copyFile, mkdir, mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { type Descriptor, ImageLayout, ImageLayoutError, type Manifest } from './layout.ts'
import { isIndex, LISTING_TYPES } from './media-types.ts'
import { referenceName, parseReference } from './reference.ts'

const MAX_BYTES = 64 * 2 ** 30
/** What a gzip file begins with. */
const GZIP = Buffer.from([0x1f, 0x8b])
/** The files of an OCI image layout: nothing else of an archive is read, so no path of it can lead anywhere. */
const LAYOUT_FILE = /^(?:\.\/)?(oci-layout|index\.json|blobs\/sha256\/[a-f0-9]{64})$/

/** Copies the images of another OCI layout, a directory or a tar archive of one (gzipped or not), into a layout; `name` names the only one. Returns the names. */
export async function importImages(source: string, layout: ImageLayout, name?: string): Promise<string[]> {
  if ((await stat(source)).isDirectory()) return copyImages(new ImageLayout(source), layout, name)
  await mkdir(layout.path, { recursive: true, mode: 0o700 })
  const folder = await mkdtemp(join(layout.path, 'import-'))
  try {
    await unpackLayout(source, folder)
    return await copyImages(new ImageLayout(folder), layout, name)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function unpackLayout(archive: string, folder: string): Promise<void> {
  const entries = extract()
  const isGzip = (await firstBytes(archive, 2)).equals(GZIP)
  const source = createReadStream(archive)
  const feeding = isGzip ? pipeline(source, createGunzip(), entries) : pipeline(source, entries)
  // What fails here also ends the loop below.
  feeding.catch(() => {})
  let bytes = 0
  for await (const entry of entries) {
    const [, path] = LAYOUT_FILE.exec(entry.header.name) ?? []
    bytes += entry.header.size ?? 0
    if (bytes > MAX_BYTES) throw new ImageLayoutError(`${archive} holds more than ${MAX_BYTES} bytes`)
    if (path && entry.header.type === 'file') {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      // The types of streamx leave out that its streams are iterable.
      await writeFile(join(folder, path), entry as unknown as AsyncIterable<Uint8Array>)
    } else entry.resume()
  }
  await feeding
}

/** Archives may be larger than memory. */
async function firstBytes(file: string, count: number): Promise<Buffer> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(count), 0, count, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

async function copyImages(from: ImageLayout, to: ImageLayout, name: string | undefined): Promise<string[]> {
  const images = from.manifests()
  if (images.length === 0)
    throw new ImageLayoutError(`${from.path} is not an OCI image layout with images in it`)
  if (name !== undefined && images.length > 1)
    throw new ImageLayoutError(`${from.path} holds ${images.length} images: they keep their own names`)
  const names: string[] = []
  for (const { name: own, descriptor } of images) {
    const text = name ?? own
    if (text === undefined)
      throw new ImageLayoutError(
        `${from.path}: image ${descriptor.digest} has no name: give it one with -t NAME`,
      )
    await copyBlobs(from, to, descriptor)
    to.tag(referenceName(parseReference(text)), { ...descriptor, annotations: undefined })
    names.push(referenceName(parseReference(text)))
  }
  return names
}

async function copyBlobs(from: ImageLayout, to: ImageLayout, descriptor: Descriptor): Promise<void> {
  if (!LISTING_TYPES.includes(descriptor.mediaType)) {
    await from.verify(descriptor)
    await mkdir(dirname(to.blobPath(descriptor.digest)), { recursive: true, mode: 0o700 })
    await copyFile(from.blobPath(descriptor.digest), to.blobPath(descriptor.digest))
    return
  }
  const content = await from.readJson<Partial<Manifest> & { manifests?: Descriptor[] }>(descriptor)
  to.writeBlob(await from.readBlob(descriptor))
  for (const part of [content.config, ...(content.layers ?? []), ...(content.manifests ?? [])]) {
    if (!part) continue
    // An index may list variants that the layout does not hold.
    if (isIndex(descriptor) && !(await stat(from.blobPath(part.digest)).catch(() => undefined))) continue
    await copyBlobs(from, to, part)
  }
}
