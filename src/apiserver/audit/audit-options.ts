import type { AuditPolicy } from './policy.ts'

export interface AuditOptions {
  policy: AuditPolicy
  /** Where the log is kept, as `audit.log` and older files beside it. */
  directory: string
  /** A file that is longer is put aside. */
  maxFileBytes: number
  /** So many files are kept aside. */
  maxBackups: number
}
