import type { CustomResourceColumnDefinition } from '../generated/apiextensions-v1.ts'
import { compileJsonPath, JsonPathError } from '../json-path.ts'
import { age, ageColumn, type Cell, nameColumn, type TableColumn } from './column.ts'

const types = new Set(['string', 'integer', 'number', 'boolean', 'date'])

/** The columns of a custom kind from its CRD's additionalPrinterColumns; the age where it declares none. */
export function customColumns(
  declared: readonly CustomResourceColumnDefinition[] | undefined,
): readonly TableColumn[] {
  // Columns read objects of any kind through their metadata or a path.
  const [name, ageOf] = [nameColumn, ageColumn] as unknown as [TableColumn, TableColumn]
  if (!declared?.length) return [name, ageOf]
  return [name, ...declared.map(toColumn)]
}

function toColumn(declared: CustomResourceColumnDefinition): TableColumn {
  const { name, format = '', description = '', priority = 0, jsonPath } = declared
  const type = (types.has(declared.type) ? declared.type : 'string') as TableColumn['type']
  const read = pathOf(jsonPath)
  return {
    name,
    type,
    format,
    description,
    priority,
    cell: (object, now) => cellOf(type, read(object)[0], now),
  }
}

/** A path that does not compile shows nothing, as the CRD was accepted with it. */
function pathOf(path: string): (object: unknown) => unknown[] {
  try {
    return compileJsonPath(path)
  } catch (error) {
    if (error instanceof JsonPathError) return () => []
    throw error
  }
}

function cellOf(type: TableColumn['type'], value: unknown, now: number): Cell {
  if (value === undefined || value === null) return type === 'string' ? '' : null
  switch (type) {
    case 'integer':
    case 'number': {
      const number = Number(value)
      return Number.isNaN(number) ? null : number
    }
    case 'boolean':
      return typeof value === 'boolean' ? value : null
    case 'date':
      return typeof value === 'string' ? age(value, now) : null
    case 'string':
      return typeof value === 'object' ? JSON.stringify(value) : String(value)
  }
}
