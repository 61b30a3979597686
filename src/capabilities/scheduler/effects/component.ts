/** The name that events, conditions and pods' `schedulerName` know this scheduler by. */
export const COMPONENT = 'default-scheduler'
