/** Where the running stack listens: written to `endpoints.json` in the data directory, name → URL. */
export interface Endpoints {
  publish(name: string, url: string): void
  withdraw(name: string): void
  get(name: string): string | undefined
}
