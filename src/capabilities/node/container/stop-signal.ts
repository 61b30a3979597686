import { constants } from 'node:os'
import type { Container } from '../../../kube/generated/core-v1.ts'

/** Whether this host has a signal of that name. */
export const isSignal = (name: string): name is NodeJS.Signals => Object.hasOwn(constants.signals, name)

/** The signal that asks a container to end. */
export function stopSignalOf(container: Container | undefined): NodeJS.Signals {
  const name = container?.lifecycle?.stopSignal
  return name !== undefined && isSignal(name) ? name : 'SIGTERM'
}
