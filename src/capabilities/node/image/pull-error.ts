export type PullReason = 'ErrImagePull' | 'ErrImageNeverPull' | 'InvalidImageName'

/** A container's image cannot be had on this node; the message says what would help. */
export class PullError extends Error {
  override name = 'PullError'
  readonly reason: PullReason

  constructor(reason: PullReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.reason = reason
  }
}
