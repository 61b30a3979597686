import type { Outcome } from '../pipeline/outcome.ts'

/** A Status that says no more than that it worked. */
export function success(code: number): Outcome {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code }
  return { kind: 'plain', code, object: status, warnings: [] }
}
