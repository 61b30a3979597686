import type { UserInfo } from '../request.ts'

/** A verb on a resource, as upstream's `authorizer.Attributes` names it. Empty texts mean "none". */
export interface ResourceAttributes {
  user: UserInfo
  verb: string
  group: string
  resource: string
  subresource: string
  namespace: string
  name: string
}

/** An HTTP method, in lower case, on a path that is no resource. */
export interface PathAttributes {
  user: UserInfo
  verb: string
  path: string
}

/** What somebody asks to do. */
export type Attributes = ResourceAttributes | PathAttributes

/** What an authorizer says; `reason` is for people, and may be empty. */
export interface Decision {
  allowed: boolean
  reason: string
}
