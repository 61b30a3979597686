/** A directory cannot be packed into an image; `hint` says what would help. */
export class ImageBuildError extends Error {
  override name = 'ImageBuildError'
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}
