import { equalJson } from '../copy.ts'
import type { LabelSelector } from '../generated/meta-v1.ts'
import { type IntOrString, isPercent } from '../int-or-string.ts'
import { labelValueProblems, portNameProblems, portNumberProblems, qualifiedNameProblems } from '../names.ts'
import {
  type FieldError,
  forbidden,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from '../schema/field-error.ts'

/** Collects what is wrong with an object; each method adds at most one error for one rule. */
export class Rules {
  readonly errors: FieldError[] = []

  add(...errors: readonly FieldError[]): void {
    this.errors.push(...errors)
  }
  /** False, with an error, where the value is absent or empty. */
  required(field: string, value: unknown, detail = ''): boolean {
    const isMissing =
      value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
    if (isMissing) this.errors.push(required(field, detail))
    return !isMissing
  }
  oneOf(field: string, value: string | undefined, supported: readonly string[]): void {
    if (value === undefined || value === '') this.errors.push(required(field))
    else if (!supported.includes(value)) this.errors.push(notSupported(field, value, supported))
  }
  /** As `oneOf`, for fields of which upstream takes an empty one for an unknown one. */
  among(field: string, value: string | undefined, supported: readonly string[]): void {
    if (!supported.includes(value ?? '')) this.errors.push(notSupported(field, value ?? '', supported))
  }
  tooLong(field: string, limit: number): void {
    this.errors.push(tooLong(field, limit))
  }
  /** An integer from 1 (or 0) to the largest of 32 bits. */
  between(field: string, value: number | undefined, [min, max]: readonly [number, number]): void {
    if (value !== undefined && (value < min || value > max))
      this.invalid(field, value, [`must be between ${min} and ${max}, inclusive`])
  }
  /** One error for each problem. */
  invalid(field: string, value: unknown, problems: readonly string[]): void {
    for (const problem of problems) this.errors.push(invalidValue(field, value, problem))
  }
  forbidden(field: string, detail: string): void {
    this.errors.push(forbidden(field, detail))
  }
  notNegative(field: string, value: number | undefined): void {
    if (value !== undefined && value < 0) this.invalid(field, value, ['must be greater than or equal to 0'])
  }
  positive(field: string, value: number | undefined): void {
    if (value !== undefined && value <= 0) this.invalid(field, value, ['must be greater than 0'])
  }
  immutable(field: string, value: unknown, previous: unknown, detail = 'field is immutable'): void {
    if (!equalJson(value, previous)) this.invalid(field, value, [detail])
  }
  /** A name checked by one of the rules of `names.ts`; required. */
  name(field: string, value: string | undefined, problems: (text: string) => readonly string[]): void {
    if (this.required(field, value)) this.invalid(field, value, problems(value ?? ''))
  }
  port(field: string, value: IntOrString | undefined): void {
    if (value === undefined) this.errors.push(required(field))
    else
      this.invalid(
        field,
        value,
        typeof value === 'number' ? portNumberProblems(value) : portNameProblems(value),
      )
  }
  countOrPercent(field: string, value: IntOrString | undefined): void {
    if (typeof value === 'number') this.notNegative(field, value)
    else if (value !== undefined && !isPercent(value))
      this.invalid(field, value, [
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
      ])
  }
  /** A percentage of all is no more than all. */
  atMostAll(field: string, value: IntOrString | undefined): void {
    if (value !== undefined && isPercent(value) && Number(value.slice(0, -1)) > 100)
      this.invalid(field, value, ['must not be greater than 100%'])
  }
  labels(field: string, labels: Record<string, string> | undefined): void {
    for (const [key, value] of Object.entries(labels ?? {})) {
      this.invalid(field, key, qualifiedNameProblems(key))
      this.invalid(field, value, labelValueProblems(value))
    }
  }
  selector(field: string, selector: LabelSelector | undefined): void {
    this.labels(`${field}.matchLabels`, selector?.matchLabels)
    for (const [index, { key, operator, values }] of (selector?.matchExpressions ?? []).entries()) {
      const at = `${field}.matchExpressions[${index}]`
      if (operator === 'In' || operator === 'NotIn')
        this.required(`${at}.values`, values, "must be specified when `operator` is 'In' or 'NotIn'")
      else if (operator === 'Exists' || operator === 'DoesNotExist') {
        if (values?.length)
          this.forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
      } else this.invalid(`${at}.operator`, operator ?? '', ['not a valid selector operator'])
      this.invalid(`${at}.key`, key ?? '', qualifiedNameProblems(key ?? ''))
      for (const [position, value] of (values ?? []).entries())
        this.invalid(`${at}.values[${position}]`, value, labelValueProblems(value))
    }
  }
}
