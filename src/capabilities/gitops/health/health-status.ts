/** Argo CD's health of an object or an Application. */
export type HealthCode = 'Healthy' | 'Suspended' | 'Progressing' | 'Missing' | 'Degraded' | 'Unknown'

export interface Health {
  status: HealthCode
  message?: string
}

/** From best to worst; an Application is as healthy as its worst object. */
const order: readonly HealthCode[] = ['Healthy', 'Suspended', 'Progressing', 'Missing', 'Degraded', 'Unknown']

export const isWorse = (a: HealthCode, b: HealthCode): boolean => order.indexOf(a) > order.indexOf(b)

export const healthy = (message?: string): Health => withMessage('Healthy', message)
export const progressing = (message?: string): Health => withMessage('Progressing', message)
export const degraded = (message?: string): Health => withMessage('Degraded', message)
export const suspended = (message?: string): Health => withMessage('Suspended', message)

const withMessage = (status: HealthCode, message: string | undefined): Health =>
  message ? { status, message } : { status }

/** What conditions have in common across kinds. */
export interface ConditionLike {
  type: string
  status: string
  reason?: string | undefined
  message?: string | undefined
}

export const conditionOf = (
  conditions: readonly ConditionLike[] | undefined,
  type: string,
): ConditionLike | undefined => conditions?.find(condition => condition.type === type)
