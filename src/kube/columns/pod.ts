import type { Pod } from '../generated/core-v1.ts'
import { age, ageColumn, nameColumn, orNone, type TableColumn, text, wide } from './column.ts'
import { podCounts, podStatus } from './pod-status.ts'

export const podColumns: readonly TableColumn<Pod>[] = [
  nameColumn,
  text('Ready', pod => {
    const { ready, total } = podCounts(pod)
    return `${ready}/${total}`
  }),
  text('Status', podStatus),
  text('Restarts', (pod, now) => {
    const { restarts, lastRestart } = podCounts(pod)
    return restarts > 0 && lastRestart ? `${restarts} (${age(lastRestart, now)} ago)` : String(restarts)
  }),
  ageColumn,
  wide(text('IP', ({ status }) => orNone(status?.podIP))),
  wide(text('Node', ({ spec }) => orNone(spec?.nodeName))),
  wide(text('Nominated Node', ({ status }) => orNone(status?.nominatedNodeName))),
  wide(
    text('Readiness Gates', ({ spec, status }) => {
      const gates = spec?.readinessGates ?? []
      if (gates.length === 0) return '<none>'
      const holds = (type: string) =>
        status?.conditions?.some(condition => condition.type === type && condition.status === 'True')
      return `${gates.filter(gate => holds(gate.conditionType)).length}/${gates.length}`
    }),
  ),
]
