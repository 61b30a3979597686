/** What the API server reports about itself; the kernel turns this into metrics. */
export interface ApiServerHooks {
  /** A request ended: its verb, resource, HTTP status and duration. */
  request?(verb: string, resource: string, code: number, durationMs: number): void
  /** A batch of writes is on disk. */
  committed?(records: number, bytes: number, durationMs: number): void
  /** A limit was hit; `name` says which: `watch_buffer`, `watch_unread`, `answer_unread`, `body`, `object`,
   * `connections`, `http2_session`, `request_timeout`, `websocket_message`, `websocket_frame`, `spdy_frame`,
   * `spdy_streams`, `stream_creation`, `stream_idle`, `fairness_queue_full`, `fairness_time_out`, `audit_buffer`,
   * `webhook_answer`, `extension_answer`, `extension_requests`. */
  limitHit?(name: string): void
  /** A webhook was asked: how that ended, and after how long. */
  webhook?(name: string, outcome: 'allowed' | 'denied' | 'failed' | 'ignored', durationMs: number): void
  /** How many seats each priority level has from now on. */
  seats?(byLevel: ReadonlyMap<string, number>): void
  /** How many watches are open now. */
  watches?(open: number): void
  /** The text of GET /metrics, in the Prometheus exposition format. */
  metricsText?(): Promise<string>
}
