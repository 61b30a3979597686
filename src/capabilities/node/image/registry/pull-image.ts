import { existsSync } from 'node:fs'
import type { Clock } from '../../../../lib/clock.ts'
import { type Descriptor, digestOf, type ImageLayout, type Manifest } from '../layout.ts'
import { isIndex, LISTING_TYPES } from '../media-types.ts'
import { forThisPlatform } from '../platform.ts'
import { parseReference, referenceName } from '../reference.ts'
import { type Keyring, credentialsFor } from './credentials.ts'
import { fetchBlob } from './fetch-blob.ts'
import { RegistryClient } from './registry-client.ts'
import { RegistryError } from './registry-error.ts'
import { registryPlace } from './registry-place.ts'

/** Manifests are small; the distribution specification lets registries refuse larger ones. */
const MAX_MANIFEST_BYTES = 4 * 2 ** 20
const MAX_LAYERS = 1000
const MAX_IMAGE_BYTES = 64 * 2 ** 30
/** Layers that are fetched at once. */
const CONCURRENCY = 3

export interface RegistrySettings {
  /** Where images without a registry in their name are from; empty: nowhere. */
  defaultRegistry: string
  /** Base URLs to ask first, by registry. */
  mirrors: Readonly<Record<string, readonly string[]>>
}

interface PullOrder extends RegistrySettings {
  reference: string
  layout: ImageLayout
  keyring: Keyring
  clock: Clock
  signal?: AbortSignal | undefined
}

export interface PulledImage {
  name: string
  digest: string
  sizeBytes: number
}

/** Marks images of the layout that came from a registry, and can be had from there again. */
export const PULLED = 'dev.drave.pulled'

/** Gets an image from its registry, or a mirror, into the layout. Throws RegistryError or ImageReferenceError. */
export async function pullImage(order: PullOrder): Promise<PulledImage> {
  const reference = parseReference(order.reference)
  const { host, path, endpoints } = registryPlace(reference, order.defaultRegistry, order.mirrors)
  if (host === '')
    throw new RegistryError(`"${order.reference}" names no registry, and there is no default one`, 0)
  const credentials = credentialsFor(order.keyring, host, path)
  let failure: unknown
  for (const endpoint of endpoints) {
    const isOwn = endpoint === endpoints.at(-1)
    // A mirror is somebody else: it is not told what belongs to the registry.
    const client = new RegistryClient({
      endpoint,
      path,
      credentials: isOwn ? credentials : undefined,
      clock: order.clock,
      signal: order.signal,
    })
    try {
      return await pullFrom(client, order)
    } catch (error) {
      failure = error
    }
  }
  throw failure
}

async function pullFrom(client: RegistryClient, { reference, layout }: PullOrder): Promise<PulledImage> {
  const wanted = parseReference(reference)
  const named = await fetchManifest(client, wanted.digest ?? wanted.tag, layout)
  if (wanted.digest && named.descriptor.digest !== wanted.digest)
    throw new RegistryError(`the registry answered ${named.descriptor.digest} for ${wanted.digest}`, 0)
  let manifest = named.content as Manifest
  if (isIndex(named.descriptor)) {
    const { manifests } = named.content as { manifests: Descriptor[] }
    const chosen = forThisPlatform(manifests, reference)
    manifest = (await fetchManifest(client, chosen.digest, layout)).content as Manifest
  }
  const blobs = [manifest.config, ...(manifest.layers ?? [])]
  const sizeBytes = blobs.reduce((sum, { size }) => sum + size, 0)
  if (blobs.length > MAX_LAYERS || !(sizeBytes <= MAX_IMAGE_BYTES))
    throw new RegistryError(`${blobs.length} layers of ${sizeBytes} bytes are more than this node takes`, 0)
  const queue = [...blobs]
  const work = async () => {
    for (let blob = queue.shift(); blob; blob = queue.shift())
      if (!existsSync(layout.blobPath(blob.digest)))
        await fetchBlob(client, blob, layout.blobPath(blob.digest))
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, work))
  const name = wanted.digest ? `${wanted.repository}@${wanted.digest}` : referenceName(wanted)
  layout.tag(name, { ...named.descriptor, annotations: { [PULLED]: 'true' } })
  return { name, digest: named.descriptor.digest, sizeBytes }
}

/** Gets a manifest or index, whose digest is that of its bytes, and keeps it. */
async function fetchManifest(
  client: RegistryClient,
  tagOrDigest: string,
  layout: ImageLayout,
): Promise<{ descriptor: Descriptor; content: unknown }> {
  const accept = LISTING_TYPES.join(', ')
  const answer = await client.get(`manifests/${tagOrDigest}`, { Accept: accept })
  const text = await answer.text(MAX_MANIFEST_BYTES)
  const bytes = Buffer.from(text)
  const digest = digestOf(bytes)
  if (tagOrDigest.startsWith('sha256:') && digest !== tagOrDigest)
    throw new RegistryError(`manifest ${tagOrDigest}: the content has the digest ${digest}`, 0)
  let content: { mediaType?: string; schemaVersion?: number }
  try {
    content = JSON.parse(text) as typeof content
  } catch (error) {
    throw new RegistryError(`manifest ${tagOrDigest} is not JSON: ${(error as Error).message}`, 0, error)
  }
  const told = answer.response.headers.get('content-type')?.split(';')[0]?.trim()
  const mediaType = content.mediaType ?? told ?? ''
  if (!LISTING_TYPES.includes(mediaType))
    throw new RegistryError(`manifest ${tagOrDigest}: the media type ${mediaType} is not supported`, 0)
  layout.writeBlob(bytes)
  return { descriptor: { mediaType, digest, size: bytes.length }, content }
}
