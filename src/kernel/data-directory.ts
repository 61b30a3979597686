/** The one directory that holds everything that lasts; locked by the process that runs on it. */
export interface DataDirectory {
  readonly path: string
  /** Makes (mode 0700) and returns a subdirectory, for instance `git` or `logs/pods`. */
  folder(name: string): string
}
