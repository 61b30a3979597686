import { humanDuration } from '../duration.ts'

/** A cell of a meta.k8s.io Table. */
export type Cell = string | number | boolean | null

/** A printer column. `now` is milliseconds since the epoch, for ages. */
export interface TableColumn<T = object> {
  name: string
  type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  /** `name` for the column that names the object. */
  format: string
  description: string
  /** 0 is shown always, 1 with `-o wide`. */
  priority: number
  cell(object: T, now: number): Cell
}

type Read<T> = (object: T, now: number) => Cell

/** A column of text. */
export const text = <T>(name: string, cell: Read<T>): TableColumn<T> => ({
  name,
  type: 'string',
  format: '',
  description: '',
  priority: 0,
  cell,
})
export const integer = <T>(name: string, cell: Read<T>): TableColumn<T> => ({
  ...text(name, cell),
  type: 'integer',
})
export const boolean = <T>(name: string, cell: Read<T>): TableColumn<T> => ({
  ...text(name, cell),
  type: 'boolean',
})
/** The same column under the name of another type: upstream says `string` of some numbers, and `date` of times. */
export const named = <T>(type: TableColumn['type'], column: TableColumn<T>): TableColumn<T> => ({
  ...column,
  type,
})
/** The same column, shown with `-o wide` only. */
export const wide = <T>(column: TableColumn<T>): TableColumn<T> => ({ ...column, priority: 1 })

interface Named {
  metadata: { name?: string | undefined; creationTimestamp?: string | undefined }
}
/** The first column of every kind. */
export const nameColumn: TableColumn<Named> = {
  ...text('Name', object => object.metadata.name ?? ''),
  format: 'name',
  description: 'Name must be unique within a namespace.',
}
/** The last column of most kinds. */
export const ageColumn: TableColumn<Named> = text('Age', (object, now) =>
  age(object.metadata.creationTimestamp, now),
)

/** How long ago a time was, as kubectl writes it; `<unknown>` without one. */
export function age(time: string | undefined | null, now: number): string {
  const then = time ? Date.parse(time) : Number.NaN
  return Number.isNaN(then) ? '<unknown>' : humanDuration(now - then)
}

/** `a=1,b=2`, or `<none>`. */
export function labelsText(labels: Record<string, string> | undefined): string {
  const list = Object.entries(labels ?? {})
  if (list.length === 0) return '<none>'
  return list
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',')
}
export const orNone = (value: string | undefined | null): string => value || '<none>'
