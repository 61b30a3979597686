import { readFileSync } from 'node:fs'

/** The process number of a container's first process on this host: from the file of runc and crun, or bubblewrap's report beside it. */
export function enginePid(pidFile: string): number | undefined {
  return fromFile(pidFile) ?? fromReport(`${pidFile}.info`)
}

function fromFile(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined
  } catch {
    return undefined
  }
}

function fromReport(file: string): number | undefined {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as { 'child-pid'?: unknown }
    return Number(report['child-pid']) || undefined
  } catch {
    // Not there, or not written to its end yet.
    return undefined
  }
}
