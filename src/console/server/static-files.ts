import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.map': 'application/json',
}

export interface StaticFile {
  type: string
  etag: string
  body: Buffer
  gzipped: Buffer
}

/** The console's built files, read once: path (`/main.js`) → file. */
export function loadStaticFiles(folder: string): ReadonlyMap<string, StaticFile> {
  const files = new Map<string, StaticFile>()
  for (const name of readdirSync(folder)) {
    const type = TYPES[extname(name)]
    if (!type) continue
    const body = readFileSync(join(folder, name))
    const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`
    files.set(`/${name}`, { type, etag, body, gzipped: gzipSync(body) })
  }
  return files
}
