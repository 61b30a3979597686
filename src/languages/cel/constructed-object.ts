import { Mapping, type Value } from './value.ts'

/** An object that an expression has made, as `Name{field: value}`. */
export class ConstructedObject extends Mapping {
  override readonly typeName: string
  readonly fields: ReadonlyMap<string, Value>

  constructor(typeName: string, fields: ReadonlyMap<string, Value>) {
    super()
    this.typeName = typeName
    this.fields = fields
  }
  override get size(): number {
    return this.fields.size
  }
  override get(key: Value): Value | undefined {
    return typeof key === 'string' ? this.fields.get(key) : undefined
  }
  override keys(): readonly Value[] {
    return [...this.fields.keys()]
  }
}
