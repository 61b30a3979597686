import type { Capability } from './kernel/capability.ts'

/** The islands, in the order their services start. */
export const capabilities: readonly Capability[] = []
