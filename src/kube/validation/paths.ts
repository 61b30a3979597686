import type { Rules } from './rules.ts'

/** A path that does not climb; one error, however often it does. */
export function checkNoBacksteps(rules: Rules, field: string, path: string | undefined = ''): void {
  if (path.split('/').includes('..')) rules.invalid(field, path, ["must not contain '..'"])
}

/** A path below where it is used. */
export function checkRelativePath(rules: Rules, field: string, path: string | undefined = ''): void {
  if (path.startsWith('/')) rules.invalid(field, path, ['must be a relative path'])
  checkNoBacksteps(rules, field, path)
}

/** A file in a volume that the node writes: names that begin with two dots are the node's. */
export function checkFilePath(rules: Rules, field: string, path: string | undefined = ''): void {
  checkRelativePath(rules, field, path)
  if (path.startsWith('..') && !path.startsWith('../'))
    rules.invalid(field, path, ["must not start with '..'"])
}

const MAX_MODE = 0o777

export function checkFileMode(rules: Rules, field: string, mode: number | undefined): void {
  if (mode !== undefined && (mode < 0 || mode > MAX_MODE))
    rules.invalid(field, mode, ['must be a number between 0 and 0777 (octal), both inclusive'])
}
