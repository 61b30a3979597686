/** The part of a structured logger that the API server uses; the kernel passes its own. */
export interface Logger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
