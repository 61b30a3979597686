import { existsSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Descriptor, type ImageConfig, ImageLayout, type Manifest } from './layout.ts'
import { isIndex } from './media-types.ts'
import { forThisPlatform } from './platform.ts'
import { PULLED } from './registry/pull-image.ts'
import { parseReference, referenceName } from './reference.ts'
import { removeTree, unpackImage } from './unpack.ts'

/** An image that is ready to run. */
export interface LocalImage {
  name: string
  /** `NAME@sha256:…`, for the container's status. */
  id: string
  /** The unpacked tree, shared by all containers. */
  root: string
  entrypoint: readonly string[]
  cmd: readonly string[]
  env: Readonly<Record<string, string>>
  workingDir: string
  /** `USER[:GROUP]`, names or numbers; empty: root. */
  user: string
  /** Whether the image declares paths that it writes to. */
  hasVolumes: boolean
}

const SUFFIX: Readonly<Record<ImageForm, string>> = { shared: '', faithful: '.root' }

/** How an image is unpacked: read-only for all to share, or with the owners and modes that it has. */
export type ImageForm = 'shared' | 'faithful'

/** The images of this node: an OCI layout, and one unpacked tree for each digest and form. */
export class ImageStore {
  readonly layout: ImageLayout
  readonly #unpacked: string
  /** Unpacking under way, by digest. */
  readonly #pending = new Map<string, Promise<void>>()
  /** When images were last asked for, by digest: a count that only goes up. */
  readonly #lastUsed = new Map<string, number>()
  #uses = 0

  constructor(directory: string, unpacked: string) {
    this.layout = new ImageLayout(directory)
    this.#unpacked = unpacked
  }

  /** The image that a reference names, unpacked; undefined when this node has none of that name. Throws what is wrong with one it has. */
  async find(reference: string, form: ImageForm = 'shared'): Promise<LocalImage | undefined> {
    const named = this.layout.find(reference)
    if (!named) return undefined
    this.#lastUsed.set(named.digest, ++this.#uses)
    const descriptor = await this.#forThisPlatform(named, reference)
    const manifest = await this.layout.readJson<Manifest>(descriptor)
    const image = await this.layout.readJson<ImageConfig>(manifest.config)
    const root = join(this.#unpacked, descriptor.digest.replace(':', '-') + SUFFIX[form])
    await this.#unpack(manifest, root, form)
    const { config = {} } = image
    return {
      name: reference,
      id: `${referenceName(parseReference(reference)).replace(/:[^:/]*$/, '')}@${descriptor.digest}`,
      root,
      entrypoint: config.Entrypoint ?? [],
      cmd: config.Cmd ?? [],
      env: Object.fromEntries(
        (config.Env ?? []).map(text => {
          const at = text.indexOf('=')
          return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
        }),
      ),
      workingDir: config.WorkingDir || '/',
      user: config.User ?? '',
      hasVolumes: Object.keys(config.Volumes ?? {}).length > 0,
    }
  }

  /** Higher is later; 0 for an image that no container of this process has used. */
  lastUsed(digest: string): number {
    return this.#lastUsed.get(digest) ?? 0
  }

  /** Whether an image came from a registry. */
  isPulled({ annotations }: Descriptor): boolean {
    return annotations?.[PULLED] === 'true'
  }

  /** Removes unpacked trees of images that the layout no longer names, except those in use. */
  async prune(inUse: ReadonlySet<string>): Promise<void> {
    const kept = new Set(this.layout.images().map(({ descriptor }) => descriptor.digest.replace(':', '-')))
    for (const name of await readdir(this.#unpacked).catch(() => []))
      if (!kept.has(name.replace(SUFFIX.faithful, '')) && !inUse.has(join(this.#unpacked, name)))
        await removeTree(join(this.#unpacked, name))
  }

  async #forThisPlatform(descriptor: Descriptor, reference: string): Promise<Descriptor> {
    if (!isIndex(descriptor)) return descriptor
    const { manifests } = await this.layout.readJson<{ manifests: Descriptor[] }>(descriptor)
    return forThisPlatform(manifests, reference)
  }

  async #unpack(manifest: Manifest, root: string, form: ImageForm): Promise<void> {
    if (existsSync(root)) return
    let work = this.#pending.get(root)
    if (!work) {
      work = mkdir(this.#unpacked, { recursive: true, mode: 0o700 })
        .then(() => unpackImage(this.layout, manifest, { directory: root, form }))
        .finally(() => this.#pending.delete(root))
      this.#pending.set(root, work)
    }
    await work
  }
}
