import { existsSync, renameSync, statSync } from 'node:fs'
import { destination, pino, stdSerializers } from 'pino'
import type { Logger } from './log.ts'

const MAX_FILE_BYTES = 10 * 1024 * 1024

/** Field names whose values are never written. */
const SECRETS = ['token', 'password', 'authorization', '*.token', '*.password', '*.authorization']

/** JSON lines to a file (the previous one is kept as `.1` once it has grown past 10 MiB), or to standard error when `file` is undefined. */
export function createLog(level: string, file?: string): Logger {
  if (file && existsSync(file) && statSync(file).size > MAX_FILE_BYTES) renameSync(file, `${file}.1`)
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRETS, censor: '[redacted]' },
    serializers: { err: stdSerializers.err },
  }
  return pino(
    options,
    destination(file ? { dest: file, sync: false, mode: 0o600, mkdir: true } : { dest: 2, sync: true }),
  )
}
