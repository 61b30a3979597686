import type { Overload } from '../overload.ts'
import { addresses } from './addresses.ts'
import { arithmetic } from './arithmetic.ts'
import { authorization } from './authorizer.ts'
import { conversions } from './conversions.ts'
import { lists } from './lists.ts'
import { patterns } from './patterns.ts'
import { quantities } from './quantities.ts'
import { strings } from './strings.ts'
import { structural } from './structural.ts'
import { urls } from './urls.ts'
import { versions } from './versions.ts'

/** Everything that expressions may call in Kubernetes 1.36, but for named formats, which are given. */
export const standardLibraries = (): readonly Overload[] => [
  ...structural,
  ...arithmetic,
  ...conversions,
  ...strings,
  ...lists,
  ...patterns,
  ...urls,
  ...quantities,
  ...addresses,
  ...versions,
  ...authorization,
]
