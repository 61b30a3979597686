/** One change of one object, as it is kept on disk. */
export interface StorageRecord {
  operation: 'put' | 'delete'
  /** Rises by one from record to record. */
  revision: number
  /** `group/plural`. */
  resource: string
  namespace: string
  name: string
  /** The object as JSON text; on delete its last state. */
  text: string
}

/** What is on disk when the server starts: a state, then the changes after it, in order of revision. */
export interface StorageContents {
  /** The revision of the restored state; changes carry higher ones. */
  snapshotRevision: number
  /** The last revision. */
  revision: number
}

/** Takes what is read at the start. */
export interface StorageReader {
  /** An object of the state that the changes build on. */
  restore(record: StorageRecord): void
  /** A change after that state. */
  replay(record: StorageRecord): void
}

/** Where changes are kept. Few methods, so that another store (etcd) can stand behind the same server. */
export interface Storage extends AsyncDisposable {
  /** Reads what is kept, each record once, in order. */
  load(reader: StorageReader): Promise<StorageContents>
  /** Resolves when all records are on disk. When it rejects none of them is kept. One call at a time. */
  append(records: readonly StorageRecord[]): Promise<{ bytes: number }>
  /** True when history has grown so far that a snapshot is worth its cost. */
  readonly wantsSnapshot: boolean
  /** Keeps the state at `revision`, and drops the changes up to it. May overlap with `append`. */
  snapshot(revision: number, records: Iterable<StorageRecord>): Promise<void>
}
