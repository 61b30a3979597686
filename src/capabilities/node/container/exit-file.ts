import { readFileSync } from 'node:fs'

/** The same program, whose exit code is written to a file, for a Drave that comes after this one. */
export function withExitFile(
  launch: { file: string; args: readonly string[] },
  exitFile: string,
): { file: string; args: string[] } {
  const script = 'file=$1; shift; "$@"; code=$?; echo $code > "$file"; exit $code'
  return { file: '/bin/sh', args: ['-c', script, 'sh', exitFile, launch.file, ...launch.args] }
}

export function readExitFile(exitFile: string): number | undefined {
  try {
    const text = readFileSync(exitFile, 'utf8').trim()
    return /^\d+$/.test(text) ? Number(text) : undefined
  } catch {
    // It ended without writing it, as when it was killed itself.
    return undefined
  }
}
