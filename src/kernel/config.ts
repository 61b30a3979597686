/** The merged configuration: flags over environment over `drave.yaml` over defaults. */
export interface Config {
  readonly dataDir: string
  /** The address every listener binds to unless its flag says otherwise. */
  readonly host: string
  /** The address at which pods reach this process; undefined: that of each listener. */
  readonly advertiseAddress?: string | undefined
  /** The port of a declared listener; 0 asks the system for a free one. */
  port(listener: string): number
  readonly ephemeralPorts: boolean
  /** Any other `drave.yaml` value, by dotted path. */
  get(path: string): unknown
}
