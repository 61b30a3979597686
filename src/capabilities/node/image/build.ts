import { posix } from 'node:path'
import { ImageBuildError } from './build-error.ts'
import { entrypointOf } from './entrypoint.ts'
import { CONFIG_TYPE, type ImageConfig, type ImageLayout, LAYER_TYPE, type Manifest } from './layout.ts'
import { MANIFEST_TYPE } from './media-types.ts'
import { parseReference, referenceName } from './reference.ts'
import { sourceTree } from './source-tree.ts'
import { writeLayer } from './write-layer.ts'

export interface ImageBuild {
  directory: string
  /** `NAME[:TAG]`, under which pods find the image. */
  name: string
  layout: ImageLayout
  /** Default: from package.json. */
  entrypoint?: readonly string[] | undefined
  cmd?: readonly string[] | undefined
  /** `NAME=VALUE` */
  env?: readonly string[] | undefined
  /** Where the files lie in the image and the process starts; default `/app`. */
  workdir?: string | undefined
}

export interface BuiltImage {
  name: string
  digest: string
  files: number
  /** Of the compressed layer. */
  sizeBytes: number
}

/** Packs a directory into an image of one layer. The digest depends on nothing but the content and the options. */
export async function buildImage(build: ImageBuild): Promise<BuiltImage> {
  const { directory, layout } = build
  const reference = parseReference(build.name)
  if (reference.digest) throw new ImageBuildError(`"${build.name}": a name to build must not have a digest`)
  const name = referenceName(reference)
  const workdir = posix.normalize(build.workdir ?? '/app')
  if (!posix.isAbsolute(workdir)) throw new ImageBuildError(`--workdir ${workdir} must be an absolute path`)
  for (const variable of build.env ?? [])
    if (!/^[^=]+=/.test(variable)) throw new ImageBuildError(`--env ${variable} must be NAME=VALUE`)
  const entrypoint = build.entrypoint ?? entrypointOf(directory)

  const entries = await sourceTree(directory)
  const layer = await writeLayer(directory, entries, { layout, prefix: workdir.replaceAll(/^\/+|\/+$/g, '') })
  const config: ImageConfig = {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: {
      Entrypoint: [...entrypoint],
      ...(build.cmd ? { Cmd: [...build.cmd] } : {}),
      ...(build.env ? { Env: [...build.env] } : {}),
      WorkingDir: workdir,
    },
    rootfs: { type: 'layers', diff_ids: [layer.diffId] },
  }
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: { mediaType: CONFIG_TYPE, ...layout.writeBlob(Buffer.from(JSON.stringify(config))) },
    layers: [{ mediaType: LAYER_TYPE, digest: layer.digest, size: layer.size }],
  }
  const written = layout.writeBlob(Buffer.from(JSON.stringify(manifest)))
  layout.tag(name, { mediaType: MANIFEST_TYPE, ...written })
  return { name, digest: written.digest, files: entries.length, sizeBytes: layer.size }
}
