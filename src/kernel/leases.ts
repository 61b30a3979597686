/** Leader election over coordination.k8s.io/v1 Lease objects. */
export interface Leases {
  /** Runs `work` while this process holds the lease; its signal aborts when the lease is lost. */
  whileLeading(name: string, work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void>
}
