// Rebuilds and restarts `drave up` whenever a source file changes. Arguments are passed on.
import { spawn } from 'node:child_process'
import { watch } from 'node:fs'
import { build } from './build.mjs'

const QUIET_MS = 200
const args = process.argv.slice(2)
let child
let timer

async function restart() {
  try {
    await build({ minify: false })
  } catch (error) {
    console.error(error.message)
    return
  }
  if (child) {
    const ended = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
  }
  child = spawn(process.execPath, ['dist/main.js', 'up', ...args], { stdio: 'inherit' })
}

watch('src', { recursive: true }, () => {
  clearTimeout(timer)
  timer = setTimeout(restart, QUIET_MS)
})
process.on('SIGINT', () => process.exit(0))
await restart()
