/** The peer broke the protocol: the connection cannot go on. */
export class SpdyError extends Error {
  override name = 'SpdyError'
}
