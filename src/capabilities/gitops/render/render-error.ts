/** A source that cannot be rendered: the message names the file (and line), or the field, and what is wrong. */
export class RenderError extends Error {
  override name = 'RenderError'
}
