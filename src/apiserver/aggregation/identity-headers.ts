import type { OutgoingHttpHeaders } from 'node:http'
import type { UserInfo } from '../request.ts'

export const USER_HEADER = 'X-Remote-User'
export const UID_HEADER = 'X-Remote-Uid'
export const GROUP_HEADER = 'X-Remote-Group'
export const EXTRA_PREFIX = 'X-Remote-Extra-'

/** Who asks, as an extension server is told by whoever shows it a front-proxy certificate. */
export function identityHeaders({ username, uid, groups, extra = {} }: UserInfo): OutgoingHttpHeaders {
  return {
    [USER_HEADER]: onWire(username),
    ...(uid ? { [UID_HEADER]: onWire(uid) } : {}),
    ...(groups.length > 0 ? { [GROUP_HEADER]: groups.map(onWire) } : {}),
    ...Object.fromEntries(
      Object.entries(extra).map(([key, values]) => [EXTRA_PREFIX + escapeKey(key), values.map(onWire)]),
    ),
  }
}

/** Node writes one byte for each character of a header, and takes none that stand for more: these are UTF-8's. */
const onWire = (value: string) => Buffer.from(value).toString('latin1')

/** What may not stand in the name of a header, and `%`, by the bytes of UTF-8 as in URLs. */
const escapeKey = (key: string): string =>
  key.replace(/[^!#$&'*+\-.^_`|~0-9A-Za-z]/gu, character =>
    [...Buffer.from(character)].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
