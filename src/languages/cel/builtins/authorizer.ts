import { type Overload, overload } from '../overload.ts'
import { Opaque } from '../value.ts'

/** What an expression asks about: a path, or a verb on a resource. */
export interface AuthorizationQuestion {
  /** `[namespace, name]`, where it is not about the user of the request. */
  readonly serviceAccount?: readonly [namespace: string, name: string]
  readonly path?: string
  readonly group?: string
  readonly resource?: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
  readonly fieldSelector?: string
  readonly labelSelector?: string
  readonly verb?: string
}

interface AuthorizationAnswer {
  readonly allowed: boolean
  readonly reason: string
  /** Set where the question could not be answered. */
  readonly error?: string
}

/** Who may do what; given to an expression as a value of the variable `authorizer`. */
export interface Authorizer {
  decide(question: AuthorizationQuestion): AuthorizationAnswer
}

type Part = 'Authorizer' | 'PathCheck' | 'GroupCheck' | 'ResourceCheck'

/** An authorizer with a question that is not asked yet. */
class Question extends Opaque {
  override readonly typeName: string
  readonly authorizer: Authorizer
  readonly question: AuthorizationQuestion
  constructor(part: Part, authorizer: Authorizer, question: AuthorizationQuestion) {
    super()
    this.typeName = `kubernetes.authorization.${part}`
    this.authorizer = authorizer
    this.question = question
  }
  override equals(other: Opaque): boolean {
    return other === this
  }
}

class Decision extends Opaque {
  override readonly typeName = 'kubernetes.authorization.Decision'
  readonly answer: AuthorizationAnswer
  constructor(answer: AuthorizationAnswer) {
    super()
    this.answer = answer
  }
  override equals(other: Opaque): boolean {
    return other === this
  }
}

/** The value of a variable of type `authorizerType`. */
export const authorizerValue = (authorizer: Authorizer): Opaque => new Question('Authorizer', authorizer, {})

const adding =
  (part: Part, key: keyof AuthorizationQuestion) =>
  ({ authorizer, question }: Question, text: string) =>
    new Question(part, authorizer, { ...question, [key]: text })

const check = ({ authorizer, question }: Question, verb: string) =>
  new Decision(authorizer.decide({ ...question, verb }))

/** The value of a variable of type `resourceCheckType`, which asks about one resource. */
export const requestResourceValue = (authorizer: Authorizer, question: AuthorizationQuestion): Opaque =>
  new Question('ResourceCheck', authorizer, question)

/** Kubernetes' authorizer library. */
export const authorization: readonly Overload[] = [
  overload('authorizer_path', 'authorizer::path(string): pathCheck', adding('PathCheck', 'path')),
  overload('authorizer_group', 'authorizer::group(string): groupCheck', adding('GroupCheck', 'group')),
  overload(
    'authorizer_serviceaccount',
    'authorizer::serviceAccount(string, string): authorizer',
    ({ authorizer, question }: Question, namespace: string, name: string) =>
      new Question('Authorizer', authorizer, { ...question, serviceAccount: [namespace, name] }),
  ),
  overload(
    'groupcheck_resource',
    'groupCheck::resource(string): resourceCheck',
    adding('ResourceCheck', 'resource'),
  ),
  ...(['subresource', 'namespace', 'name', 'fieldSelector', 'labelSelector'] as const).map(key =>
    overload(
      `resourcecheck_${key}`,
      `resourceCheck::${key}(string): resourceCheck`,
      adding('ResourceCheck', key),
    ),
  ),
  overload('pathcheck_check', 'pathCheck::check(string): decision', check),
  overload('resourcecheck_check', 'resourceCheck::check(string): decision', check),
  overload('decision_allowed', 'decision::allowed(): bool', ({ answer }: Decision) => answer.allowed),
  overload('decision_reason', 'decision::reason(): string', ({ answer }: Decision) => answer.reason),
  overload(
    'decision_errored',
    'decision::errored(): bool',
    ({ answer }: Decision) => answer.error !== undefined,
  ),
  overload('decision_error', 'decision::error(): string', ({ answer }: Decision) => answer.error ?? ''),
]
