// Builds the program into dist/main.js and the console's pages into dist/console/.
import { existsSync } from 'node:fs'
import { cp, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

const root = new URL('..', import.meta.url).pathname
const dist = join(root, 'dist')

export async function build({ minify = true } = {}) {
  await rm(dist, { recursive: true, force: true })
  await mkdir(dist, { recursive: true })
  await Promise.all([buildProgram(), buildConsole(minify)])
}

/** Not minified: a stack trace in somebody's report must be readable. */
async function buildProgram() {
  const bundle = await rolldown({
    input: { main: join(root, 'src/main.ts') },
    platform: 'node',
    logLevel: 'warn',
    transform: { target: 'node20' },
    resolve: { conditionNames: ['import', 'node', 'default'] },
  })
  await bundle.write({
    dir: dist,
    format: 'esm',
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    banner: chunk => (chunk.isEntry ? '#!/usr/bin/env node\n' : '') + REQUIRE,
  })
  await bundle.close()
}

/** CommonJS dependencies inside the bundle call `require` for Node's own modules. */
const REQUIRE =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);"

async function buildConsole(minify) {
  const entry = join(root, 'src/console/browser/main.tsx')
  if (!existsSync(entry)) return
  const bundle = await rolldown({
    input: { main: entry },
    platform: 'browser',
    logLevel: 'warn',
    tsconfig: join(root, 'src/console/browser/tsconfig.json'),
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
  })
  await bundle.write({
    dir: join(dist, 'console'),
    format: 'esm',
    minify,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    assetFileNames: '[name][extname]',
  })
  await bundle.close()
  await cp(join(root, 'src/console/browser/static'), join(dist, 'console'), { recursive: true })
}

if (process.argv[1] === new URL(import.meta.url).pathname) await build()
