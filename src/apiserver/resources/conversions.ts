import type { Conversion } from './resource.ts'

/** Resources that are served from another resource's storage: by `group/version/plural`. */
export const conversions: Record<
  string,
  { storageName: string; conversion: Conversion | undefined } | undefined
> = {}
