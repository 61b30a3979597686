import { summarise } from '../diff/object-diff.ts'
import type { Check } from '../kinds/pull-request.ts'
import type { ApplicationChanges } from './rendered-changes.ts'

const MAX_MESSAGES = 5

/** The verdict on what a pull request would change: whether every Application still renders. */
export function checkChanges(changes: readonly ApplicationChanges[]): Check[] {
  const failed = changes.flatMap(({ application, error }) =>
    error === undefined ? [] : [`${application}: ${error}`],
  )
  if (failed.length === 0) return [{ name: 'render', status: 'Passed', message: rendered(changes.length) }]
  return [{ name: 'render', status: 'Failed', message: failed.slice(0, MAX_MESSAGES).join('; ') }]
}

const rendered = (count: number): string =>
  count === 0
    ? 'no Application reads this branch'
    : `${count} ${count === 1 ? 'Application renders' : 'Applications render'}`

/** What merging would change, in a few words; what does not render is not passed off as no change. */
export function changesSummary(changes: readonly ApplicationChanges[]): string {
  const broken = changes.filter(({ error }) => error !== undefined).length
  if (broken === 0) return summarise(changes.flatMap(({ differences }) => differences))
  const rendered = changes.filter(({ error }) => error === undefined)
  const unknown = `unknown for ${broken} ${broken === 1 ? 'Application that does' : 'Applications that do'} not render`
  if (rendered.length === 0) return unknown
  return `${summarise(rendered.flatMap(({ differences }) => differences))}; ${unknown}`
}
