import type { Container } from '../../../kube/generated/core-v1.ts'

/** What of a container still counts when it is taken over after its beginning. */
export const withoutBeginning = ({ startupProbe: _, lifecycle, ...container }: Container): Container => ({
  ...container,
  ...(lifecycle ? { lifecycle: { ...lifecycle, postStart: undefined } } : {}),
})
