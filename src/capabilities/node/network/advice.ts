import { isWildcard, type Listener } from './wildcard-listeners.ts'

const REMEDY =
  'make it listen on the address in the environment variable HOST, with env: [{name: HOST, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]'

/** What to say about a container that listens elsewhere than on its pod's address. */
export function listenerAdvice(container: string, listeners: readonly Listener[], podIP: string): string {
  const [first] = listeners
  const where = listeners.map(({ address, port }) => `${address}:${port}`).join(', ')
  return first && isWildcard(first)
    ? `Container ${container} listens on ${where}, that is on all addresses: another pod cannot listen on the same port, and this one also answers on other pods' addresses. The pod's own address is ${podIP}: ${REMEDY}`
    : `Container ${container} listens on ${where}, where the pod's address ${podIP} is not reached: ${REMEDY}`
}

/** Why a container that could not listen has ended. */
export const addressInUseAdvice = (container: string, address: string, podIP: string): string =>
  `Container ${container} could not listen on ${address}: the address is in use, probably by another pod that listens on all addresses. Pods share this machine's network, each with a loopback address of its own (this one has ${podIP}): ${REMEDY}`
