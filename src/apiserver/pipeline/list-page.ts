import type { RequestOptions } from '../request.ts'
import { apiError } from '../../kube/status.ts'
import { decodePosition } from './continue-token.ts'
import { parseRevision, tooLarge } from './resource-version.ts'

/** Which part of a list is meant, and as of when. */
export interface ListPage {
  revision: number
  /** The most items that are shown; undefined: all. */
  limit: number | undefined
  /** Where it begins, as in a Position; undefined: at the beginning. */
  start: string | undefined
}

/**
 * The page that the options mean while `current` is the newest revision: the table "resourceVersion parameter, list"
 * of the API concepts. Throws ApiError where a token or revision is none, or is not there yet.
 */
export function listPage(options: RequestOptions, current: number): ListPage {
  const limit = options.limit !== undefined && options.limit > 0 ? options.limit : undefined
  // Revision 0 is content with any state, and is answered whole.
  const shown = options.resourceVersion === '0' ? undefined : limit
  if (options.continue) {
    const { revision, start } = decodePosition(options.continue)
    if (options.resourceVersion && options.resourceVersion !== '0')
      throw apiError('BadRequest', 'specifying resource version is not allowed when using continue')
    if (revision > current) throw tooLarge(revision, current)
    return { revision: revision < 0 ? current : revision, limit: shown, start }
  }
  const asked = parseRevision(options.resourceVersion)
  if (asked !== undefined && asked > current) throw tooLarge(asked, current)
  // Without a match, a limit asks for exactly the revision that is named.
  const isExact =
    options.resourceVersionMatch === 'Exact' || (!options.resourceVersionMatch && shown !== undefined)
  return { revision: isExact && asked ? asked : current, limit: shown, start: undefined }
}
