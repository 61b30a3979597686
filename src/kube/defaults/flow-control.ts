import type { FlowSchema, PriorityLevelConfiguration } from '../generated/flowcontrol-v1.ts'

export function flowSchemaDefaults({ spec }: FlowSchema): void {
  if (spec) spec.matchingPrecedence ||= 1000
}

export function priorityLevelDefaults({ spec }: PriorityLevelConfiguration): void {
  const { exempt, limited } = spec ?? {}
  if (exempt) {
    exempt.nominalConcurrencyShares ??= 0
    exempt.lendablePercent ??= 0
  }
  if (!limited) return
  limited.nominalConcurrencyShares ??= 30
  limited.lendablePercent ??= 0
  const queuing = limited.limitResponse?.queuing
  if (!queuing) return
  queuing.handSize ||= 8
  queuing.queues ||= 64
  queuing.queueLengthLimit ||= 50
}
