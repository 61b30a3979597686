import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const src = import.meta.dirname

/** The layers of DESIGN, lowest first: an import may only go to the same layer or a lower one. */
const layers = [
  'lib',
  'languages',
  'kube',
  'apiserver',
  'kernel',
  'capabilities',
  'cli',
  'console',
  'main.ts',
]
/** Faces over the API: neither may import the other. `capabilities.ts` is the list of islands. */
const faces = new Set(['cli', 'console'])

/** Files that may exceed 400 lines, with the reason. */
const longFiles: Record<string, string> = {}

interface Import {
  from: string
  to: string
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => /\.tsx?$/.test(name) && !/\.d\.ts$/.test(name))
    .map(name => join(folder, name))
}

function importsOf(file: string, text: string): Import[] {
  const pattern = /(?:from\s+|import\s*\(\s*|import\s+)'(\.{1,2}\/[^']+)'/g
  return [...text.matchAll(pattern)].map(match => ({
    from: relative(src, file),
    to: relative(src, resolve(dirname(file), match[1] ?? '')),
  }))
}

const layerOf = (path: string): number => {
  const top = path.split('/')[0] ?? ''
  if (top === 'capabilities.ts') return layers.indexOf('capabilities')
  return layers.indexOf(top)
}
const islandOf = (path: string): string | undefined =>
  path.startsWith('capabilities/') ? path.split('/')[1] : undefined

/** The rule an import breaks, or undefined. */
function violation({ from, to }: Import): string | undefined {
  const [fromLayer, toLayer] = [layerOf(from), layerOf(to)]
  if (fromLayer < 0) return `${from} is in no layer`
  if (toLayer < 0) return `${from} imports ${to}, which is in no layer`
  const [fromTop, toTop] = [from.split('/')[0] ?? '', to.split('/')[0] ?? '']
  if (faces.has(fromTop) && faces.has(toTop) && fromTop !== toTop)
    return `${from} imports the other face, ${to}`
  const isPage = /^capabilities\/[^/]+\/console\//.test(from)
  if (isPage && toTop === 'console') return undefined
  if (fromTop === 'console' && /^capabilities\/[^/]+\/console\//.test(to)) return undefined
  if (toLayer > fromLayer) return `${from} imports ${to}: ${layers[fromLayer]} is below ${layers[toLayer]}`
  const [fromIsland, toIsland] = [islandOf(from), islandOf(to)]
  if (fromIsland && toIsland && fromIsland !== toIsland) return `${from} imports another capability, ${to}`
  return undefined
}

const files = sourceFiles(src).filter(file => !/\.test\.tsx?$/.test(file))
const texts = new Map(files.map(file => [file, readFileSync(file, 'utf8')]))

describe('architecture', () => {
  it('imports go only down the layers, and never between capabilities', () => {
    const found = [...texts].flatMap(([file, text]) => importsOf(file, text)).map(violation)
    expect(found.filter(Boolean)).toEqual([])
  })

  it('finds planted violations', () => {
    const planted = importsOf(
      join(src, 'kube/planted.ts'),
      "import { Kernel } from '../kernel/capability.ts'",
    )
    expect(planted.map(violation)).toEqual([
      'kube/planted.ts imports kernel/capability.ts: kube is below kernel',
    ])
    const sideways = importsOf(
      join(src, 'capabilities/gitops/planted.ts'),
      "export * from '../gateway/index.ts'",
    )
    expect(sideways.map(violation)).toEqual([
      'capabilities/gitops/planted.ts imports another capability, capabilities/gateway/index.ts',
    ])
    const faceToFace = importsOf(join(src, 'console/planted.ts'), "await import('../cli/run.ts')")
    expect(faceToFace.map(violation)).toEqual(['console/planted.ts imports the other face, cli/run.ts'])
  })

  it('takes time from the clock', () => {
    const allowed = new Set(['kernel/clock.ts', 'lib/clock.ts'])
    const pattern = /Date\.now\(|new Date\(\)|\bsetTimeout\(|\bsetInterval\(|performance\.now\(/
    const found = [...texts].filter(([file, text]) => {
      const path = relative(src, file)
      if (
        allowed.has(path) ||
        path.startsWith('console/browser/') ||
        /^capabilities\/[^/]+\/console\//.test(path)
      )
        return false
      return text
        .split('\n')
        .some((line, index, all) => pattern.test(line) && !/\/\/ clock:/.test(all[index - 1] ?? ''))
    })
    expect(found.map(([file]) => relative(src, file))).toEqual([])
  })

  it('keeps files short', () => {
    const long = [...texts]
      .filter(([file, text]) => !file.includes('/generated/') && text.split('\n').length > 401)
      .map(([file]) => relative(src, file))
    expect(long.filter(file => !(file in longFiles))).toEqual([])
    expect(Object.keys(longFiles).filter(file => !long.includes(file))).toEqual([])
  })

  it('marks nothing as unfinished', () => {
    const marks = new RegExp(
      ['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].map(word => `\\b${word}\\b`).join('|'),
    )
    expect([...texts].filter(([, text]) => marks.test(text)).map(([file]) => relative(src, file))).toEqual([])
  })
})
