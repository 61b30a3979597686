import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ImageLayout } from './layout.ts'
import { PULLED } from './registry/pull-image.ts'

export interface ImageThresholds {
  /** Above this, images are removed until there is less than `lowBytes`. */
  highBytes: number
  lowBytes: number
}

interface CachedImage {
  name: string
  digest: string
  isPulled: boolean
  lastUsed: number
}

/** Which images to remove first: those from registries that no container uses, the longest unused first. */
export function removalOrder(images: readonly CachedImage[], inUse: ReadonlySet<string>): string[] {
  return images
    .filter(({ digest, isPulled }) => isPulled && !inUse.has(digest))
    .sort((a, b) => a.lastUsed - b.lastUsed)
    .map(({ name }) => name)
}

/** Keeps a layout below its thresholds. Returns the names of the images that it removed. */
export function collectImages(
  layout: ImageLayout,
  thresholds: ImageThresholds,
  { inUse, lastUsed }: { inUse: ReadonlySet<string>; lastUsed(digest: string): number },
): string[] {
  const removed: string[] = []
  if (sizeOf(layout) <= thresholds.highBytes) return removed
  const images = layout.images().map(({ name, descriptor: { digest, annotations } }) => ({
    name,
    digest,
    isPulled: annotations?.[PULLED] === 'true',
    lastUsed: lastUsed(digest),
  }))
  for (const name of removalOrder(images, inUse)) {
    layout.remove(name)
    removed.push(name)
    if (sizeOf(layout) <= thresholds.lowBytes) break
  }
  return removed
}

function sizeOf({ path }: ImageLayout): number {
  const folder = join(path, 'blobs', 'sha256')
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
}
