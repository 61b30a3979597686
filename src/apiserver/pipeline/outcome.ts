import type { Resource } from '../resources/resource.ts'
import type { StoredObject } from '../store/stored-object.ts'

/** What a request yields, before a transport gives it a form. */
export type Outcome =
  | { kind: 'stored'; code: number; resource: Resource; stored: StoredObject; warnings: readonly string[] }
  | {
      kind: 'list'
      code: number
      resource: Resource
      items: readonly StoredObject[]
      /** Undefined where the list is made of what is not kept. */
      revision: number | undefined
      continue: string | undefined
      remaining: number | undefined
      warnings: readonly string[]
    }
  /** Anything that is not kept as it is shown: dry runs, scales, reviews, Status. */
  | { kind: 'plain'; code: number; object: object; warnings: readonly string[] }
