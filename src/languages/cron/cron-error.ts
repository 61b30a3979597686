/** A schedule or time zone that cannot be read; the message is the one of upstream's library. */
export class CronError extends Error {
  override name = 'CronError'
}
