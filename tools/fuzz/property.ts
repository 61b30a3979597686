import type { Random } from './random.ts'

/** Something that must hold for every input. Inputs are JSON values, so that they can be printed and made smaller. */
export interface Property<Input = unknown> {
  name: string
  generate(random: Random): Input
  /** Throws where it does not hold. */
  check(input: Input): void | Promise<void>
}

/** One kind of fuzzing: its properties take turns. */
export interface Fuzz {
  properties: readonly Property[]
  /** What must hold once all inputs have been tried; throws where it does not. */
  finish?(): Promise<void>
}

/** A property did not hold; its message says how. */
export class Broken extends Error {
  override name = 'Broken'
}

export function holds(condition: boolean, how: string): asserts condition {
  if (!condition) throw new Broken(how)
}

/** The properties of different inputs in one list. The runner gives each only what it generated, or less of it. */
export const property = <Input>(value: Property<Input>): Property => value as Property

/** Runs the code; an error of these classes is an answer (undefined), any other one is a finding. */
export function answered<T>(
  run: () => T,
  ...expected: readonly (abstract new (
    ...given: never[]
  ) => Error)[]
): T | undefined {
  try {
    return run()
  } catch (error) {
    if (expected.some(kind => error instanceof kind)) return undefined
    throw error
  }
}
