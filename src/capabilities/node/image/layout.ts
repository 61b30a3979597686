import { createHash } from 'node:crypto'
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { INDEX_TYPE, LISTING_TYPES } from './media-types.ts'
import { parseReference, referenceName } from './reference.ts'

/** A content descriptor of the OCI image specification. */
export interface Descriptor {
  mediaType: string
  digest: string
  size: number
  annotations?: Record<string, string> | undefined
  platform?: { os: string; architecture: string } | undefined
}

export interface Manifest {
  schemaVersion: 2
  mediaType: string
  config: Descriptor
  layers: Descriptor[]
  annotations?: Record<string, string> | undefined
}

/** The parts of an image configuration that running needs. */
export interface ImageConfig {
  architecture: string
  os: string
  config?: {
    Entrypoint?: string[] | undefined
    Cmd?: string[] | undefined
    Env?: string[] | undefined
    WorkingDir?: string | undefined
    User?: string | undefined
    Volumes?: Record<string, object> | undefined
    ExposedPorts?: Record<string, object> | undefined
  }
  rootfs: { type: 'layers'; diff_ids: string[] }
}

interface Index {
  schemaVersion: 2
  mediaType?: string
  manifests: Descriptor[]
}

export const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json'
export const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip'
const REF_NAME = 'org.opencontainers.image.ref.name'

/** The layout is damaged or not one; the message names the file. */
export class ImageLayoutError extends Error {
  override name = 'ImageLayoutError'
}

export const digestOf = (bytes: Buffer): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** One OCI image layout directory (image-spec, "Image Layout"), holding any number of tagged images. */
export class ImageLayout {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  blobPath(digest: string): string {
    const match = /^sha256:([a-f0-9]{64})$/.exec(digest)
    if (!match) throw new ImageLayoutError(`"${digest}" is not a sha256 digest`)
    return join(this.path, 'blobs', 'sha256', match[1] ?? '')
  }

  /** Reads a blob and checks its digest. */
  async readBlob({ digest, size }: Descriptor): Promise<Buffer> {
    const file = this.blobPath(digest)
    const bytes = await readFile(file).catch(error => {
      throw new ImageLayoutError(`${file}: ${(error as Error).message}`, { cause: error })
    })
    if (bytes.length !== size || digestOf(bytes) !== digest)
      throw new ImageLayoutError(`${file}: content does not match its digest; build the image again`)
    return bytes
  }

  async readJson<T>(descriptor: Descriptor): Promise<T> {
    const bytes = await this.readBlob(descriptor)
    try {
      return JSON.parse(bytes.toString('utf8')) as T
    } catch (error) {
      throw new ImageLayoutError(`${this.blobPath(descriptor.digest)}: ${(error as Error).message}`, {
        cause: error,
      })
    }
  }

  writeBlob(bytes: Buffer): Pick<Descriptor, 'digest' | 'size'> {
    const digest = digestOf(bytes)
    const file = this.blobPath(digest)
    if (!existsSync(file)) {
      this.#prepare()
      writeFileSync(`${file}.${process.pid}`, bytes, { mode: 0o600 })
      renameSync(`${file}.${process.pid}`, file)
    }
    return { digest, size: bytes.length }
  }

  /** The tagged images, in the order of the index. */
  images(): { name: string; descriptor: Descriptor }[] {
    return this.#index().manifests.flatMap(descriptor => {
      const name = descriptor.annotations?.[REF_NAME]
      return name ? [{ name, descriptor }] : []
    })
  }

  /** All manifests of the index, also those without a name. */
  manifests(): { name: string | undefined; descriptor: Descriptor }[] {
    return this.#index().manifests.map(descriptor => ({
      name: descriptor.annotations?.[REF_NAME],
      descriptor,
    }))
  }

  /** Checks a blob of any size against its descriptor. Throws ImageLayoutError. */
  async verify({ digest, size }: Descriptor): Promise<void> {
    const file = this.blobPath(digest)
    const hash = createHash('sha256')
    let bytes = 0
    try {
      for await (const chunk of createReadStream(file)) {
        bytes += (chunk as Buffer).length
        hash.update(chunk as Buffer)
      }
    } catch (error) {
      throw new ImageLayoutError(`${file}: ${(error as Error).message}`, { cause: error })
    }
    if (bytes !== size || `sha256:${hash.digest('hex')}` !== digest)
      throw new ImageLayoutError(`${file}: content does not match its digest`)
  }

  /** The manifest that a reference names, or undefined. Throws ImageReferenceError. */
  find(reference: string): Descriptor | undefined {
    const wanted = parseReference(reference)
    return this.images().find(({ name, descriptor }) => {
      if (wanted.digest) return descriptor.digest === wanted.digest
      // Layouts written by other tools may hold a bare tag, which says nothing of the repository.
      try {
        const { digest, ...there } = parseReference(name)
        return digest === undefined && referenceName(there) === referenceName(wanted)
      } catch {
        return false
      }
    })?.descriptor
  }

  /** Names a manifest; an image that had the name loses it. */
  tag(name: string, descriptor: Descriptor): void {
    const annotations = { ...descriptor.annotations, [REF_NAME]: name }
    this.#change(manifests => [
      ...manifests.filter(existing => existing.annotations?.[REF_NAME] !== name),
      { ...descriptor, annotations },
    ])
  }

  #untag(name: string): boolean {
    let found = false
    this.#change(manifests =>
      manifests.filter(existing => {
        const is = existing.annotations?.[REF_NAME] === name
        found ||= is
        return !is
      }),
    )
    return found
  }

  /** Removes a name, and the blobs that no other one needs. False when there is no such name. */
  remove(name: string): boolean {
    // Blobs written since the last change of the index may belong to a build that has not named its image yet.
    const changed = statSync(join(this.path, 'index.json'), { throwIfNoEntry: false })?.mtimeMs ?? 0
    if (!this.#untag(name)) return false
    this.#collect(changed)
    return true
  }

  #collect(writtenBefore: number): void {
    const needed = new Set<string>()
    const mark = ({ digest, mediaType }: Descriptor): void => {
      needed.add(digest)
      if (!LISTING_TYPES.includes(mediaType)) return
      const file = this.blobPath(digest)
      if (!existsSync(file)) return
      const content = JSON.parse(readFileSync(file, 'utf8')) as Partial<Manifest> & Partial<Index>
      for (const part of [content.config, ...(content.layers ?? []), ...(content.manifests ?? [])])
        if (part) mark(part)
    }
    for (const descriptor of this.#index().manifests) mark(descriptor)
    const folder = join(this.path, 'blobs', 'sha256')
    for (const name of existsSync(folder) ? readdirSync(folder) : [])
      if (
        /^[a-f0-9]{64}$/.test(name) &&
        !needed.has(`sha256:${name}`) &&
        statSync(join(folder, name)).mtimeMs < writtenBefore
      )
        rmSync(join(folder, name))
  }

  #prepare(): void {
    mkdirSync(join(this.path, 'blobs', 'sha256'), { recursive: true, mode: 0o700 })
    const marker = join(this.path, 'oci-layout')
    if (!existsSync(marker)) writeFileSync(marker, JSON.stringify({ imageLayoutVersion: '1.0.0' }))
  }

  #index(): Index {
    const file = join(this.path, 'index.json')
    if (!existsSync(file)) return { schemaVersion: 2, mediaType: INDEX_TYPE, manifests: [] }
    try {
      const index = JSON.parse(readFileSync(file, 'utf8')) as Index
      if (!Array.isArray(index.manifests)) throw new Error('manifests must be a list')
      return index
    } catch (error) {
      throw new ImageLayoutError(`${file}: ${(error as Error).message}`, { cause: error })
    }
  }

  /** Reads, changes and replaces the index without a pause in between; another process is kept out by a lock file. */
  #change(change: (manifests: Descriptor[]) => Descriptor[]): void {
    this.#prepare()
    const file = join(this.path, 'index.json')
    const lock = `${file}.lock`
    takeLock(lock)
    try {
      const index = this.#index()
      const next = { ...index, manifests: change(index.manifests) }
      writeFileSync(`${file}.new`, JSON.stringify(next, null, 2), { mode: 0o600 })
      renameSync(`${file}.new`, file)
    } finally {
      rmSync(lock, { force: true })
    }
  }
}

function takeLock(lock: string): void {
  const take = () => writeFileSync(lock, String(process.pid), { flag: 'wx' })
  try {
    take()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const holder = Number(readFileSync(lock, 'utf8'))
    if (isAlive(holder))
      throw new ImageLayoutError(`${lock}: process ${holder} is changing the images; try again`, {
        cause: error,
      })
    rmSync(lock, { force: true })
    take()
  }
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
