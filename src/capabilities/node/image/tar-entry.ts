import { posix } from 'node:path'

/** A layer holds something that must not be unpacked; the message names the entry. */
export class LayerError extends Error {
  override name = 'LayerError'
}

/** What an entry of a layer asks for (image-spec, "Image Layer Filesystem Changeset"). Paths are relative to the root. */
export type LayerChange =
  | { kind: 'directory'; path: string; mode: number }
  | { kind: 'file'; path: string; mode: number }
  | { kind: 'symlink'; path: string; target: string }
  | { kind: 'hardlink'; path: string; target: string }
  | { kind: 'remove'; path: string }
  | { kind: 'clear'; path: string }

interface TarHeader {
  name: string
  type?: string | null | undefined
  linkname?: string | null | undefined
  mode?: number | undefined
}

const WHITEOUT = '.wh.'
const OPAQUE = '.wh..wh..opq'

/** Reads one header. Throws LayerError for a path that leaves the root and for device nodes. */
export function layerChange(header: TarHeader): LayerChange {
  const path = insideRoot(header.name, header.name)
  const mode = header.mode ?? 0o644
  const base = posix.basename(path)
  if (base === OPAQUE) return { kind: 'clear', path: posix.dirname(path) }
  if (base.startsWith(WHITEOUT)) {
    const hidden = base.slice(WHITEOUT.length)
    // Only what lies beside it: not its folder, nor the one above, which may be outside.
    if (['', '.', '..'].includes(hidden)) throw new LayerError(`${header.name}: this hides no file`)
    return { kind: 'remove', path: posix.join(posix.dirname(path), hidden) }
  }
  switch (header.type) {
    case 'directory':
      return { kind: 'directory', path, mode }
    case 'file':
    case 'contiguous-file':
    case undefined:
    case null:
      return { kind: 'file', path, mode }
    case 'symlink':
      return { kind: 'symlink', path, target: linkTarget(path, header) }
    case 'link':
      return { kind: 'hardlink', path, target: insideRoot(header.linkname ?? '', header.name) }
    default:
      throw new LayerError(`${header.name}: entries of type ${header.type} are not unpacked`)
  }
}

/** A link's target, relative. An absolute one means the image's own root, so it is written relative to that. */
function linkTarget(path: string, { linkname, name }: TarHeader): string {
  const target = linkname ?? ''
  const from = posix.dirname(path)
  if (posix.isAbsolute(target)) return posix.relative(from, insideRoot(target, name)) || '.'
  const end = posix.normalize(posix.join(from, target))
  if (end === '..' || end.startsWith('../'))
    throw new LayerError(`${name}: the link to ${target} leaves the image`)
  return target
}

function insideRoot(path: string, name: string): string {
  if (path.split('/').includes('..') || path.includes('\0'))
    throw new LayerError(`${name}: the path ${JSON.stringify(path)} leaves the image`)
  const relative = posix.normalize(path).replace(/^\/+/, '').replace(/\/+$/, '')
  return relative === '' ? '.' : relative
}
