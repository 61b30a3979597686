import { accessSync, constants } from 'node:fs'
import { basename, join } from 'node:path'
import type { CgroupVersion } from '../../cgroup/cgroups.ts'

export type EngineKind = 'runc' | 'crun' | 'bwrap'

/** The program that makes containers. */
export interface Engine {
  kind: EngineKind
  file: string
}

const FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** A program of the host by name, in the usual folders or on the PATH of this process. */
export function programNamed(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':').filter(Boolean), ...FOLDERS]
  return folders.map(folder => join(folder, name)).find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * The engine to use: the one that is configured (a name or a path), or the first that the host has. crun is the
 * fastest, but needs its cgroups pure (it refuses hybrid ones), so runc comes first there.
 */
export function findEngine(configured: string, cgroups: CgroupVersion | undefined): Engine | undefined {
  if (configured !== '') {
    const kind = kindOf(basename(configured))
    const file = configured.includes('/') ? configured : programNamed(configured)
    return kind && file && isExecutable(file) ? { kind, file } : undefined
  }
  const order: EngineKind[] = cgroups === 'hybrid' ? ['runc', 'crun', 'bwrap'] : ['crun', 'runc', 'bwrap']
  for (const kind of order) {
    const file = programNamed(kind)
    if (file) return { kind, file }
  }
  return undefined
}

const kindOf = (name: string): EngineKind | undefined =>
  (['runc', 'crun', 'bwrap'] as const).find(kind => name.startsWith(kind))
