import type { Container, Pod } from './generated/core-v1.ts'
import { compareQuantities } from './quantity.ts'

const COUNTED = ['cpu', 'memory']
const isZero = (quantity: string | undefined) =>
  quantity === undefined || compareQuantities(quantity, '0') === 0

/** The quality-of-service class: Guaranteed when all containers have equal requests and limits, BestEffort without any. */
export function qosClassOf(spec: Pod['spec']): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const own = spec?.resources
  // What the pod as a whole asks for counts before what its containers do.
  const containers: readonly Pick<Container, 'resources'>[] =
    own?.limits || own?.requests
      ? [{ resources: own }]
      : [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]
  const amounts = containers.flatMap(({ resources }) =>
    COUNTED.map(name => {
      const limit = text(resources?.limits?.[name])
      return { limit, request: text(resources?.requests?.[name]) ?? limit }
    }),
  )
  if (amounts.every(({ limit, request }) => isZero(limit) && isZero(request))) return 'BestEffort'
  const guaranteed = amounts.every(
    ({ limit, request }) =>
      limit !== undefined &&
      request !== undefined &&
      !isZero(limit) &&
      compareQuantities(limit, request) === 0,
  )
  return guaranteed ? 'Guaranteed' : 'Burstable'
}

const text = (quantity: unknown) => (quantity === undefined ? undefined : String(quantity))
