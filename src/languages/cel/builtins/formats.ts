import { type Overload, overload } from '../overload.ts'
import { ArrayList, Opaque, Optional } from '../value.ts'

/** A named format of texts: what is wrong with one, and the length of a regular expression that costs as much. */
export interface NamedFormat {
  readonly name: string
  readonly regexLength: number
  problems(text: string): readonly string[]
}

class FormatValue extends Opaque {
  override readonly typeName = 'kubernetes.NamedFormat'
  readonly format: NamedFormat
  constructor(format: NamedFormat) {
    super()
    this.format = format
  }
  override get costSize(): number {
    return this.format.regexLength
  }
  override equals(other: Opaque): boolean {
    return other instanceof FormatValue && other.format.name === this.format.name
  }
}

/** Kubernetes' format library over the given formats, by the names that expressions have for them. */
export function formatLibrary(formats: Readonly<Record<string, NamedFormat>>): readonly Overload[] {
  const values = new Map(Object.entries(formats).map(([name, format]) => [name, new FormatValue(format)]))
  return [
    overload('format-named', 'format.named(string): optional(format)', (name: string) => {
      const value = values.get(name)
      return value ? new Optional(value) : Optional.none
    }),
    overload(
      'format-validate',
      'format::validate(string): optional(list(string))',
      ({ format }: FormatValue, text: string) => {
        const problems = format.problems(text)
        return problems.length === 0 ? Optional.none : new Optional(new ArrayList(problems))
      },
    ),
    ...[...values].map(([name, value]) =>
      overload(`format.${name}`, `format.${name}(): format`, () => value),
    ),
  ]
}
