import { isAscii } from 'node:buffer'
import { decodeProtobuf } from '../../kube/protobuf/decode.ts'
import { JsonSyntaxError, MAX_DEPTH, parseStrictJson } from '../../kube/strict-json.ts'
import { kubernetesYaml } from '../../kube/yaml-options.ts'
import { yamlDuplicates } from './yaml-duplicates.ts'
import { apiError } from '../../kube/status.ts'
import type { RequestOptions } from '../request.ts'
import { PROTOBUF } from './accept.ts'

export interface DecodedBody {
  value: unknown
  warnings: readonly string[]
  /** What a strict request is refused for, together with its unknown fields. */
  duplicates?: readonly string[]
  /** The text in which they are, where that is JSON. */
  source?: string
}

const patchTypes = {
  'application/merge-patch+json': 'merge',
  'application/json-patch+json': 'json',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
} as const

/** The kind of patch that a content type stands for. */
export function patchTypeOf(contentType: string): (typeof patchTypes)[keyof typeof patchTypes] {
  const type = patchTypes[mediaType(contentType) as keyof typeof patchTypes]
  if (type) return type
  throw unsupported(Object.keys(patchTypes))
}

/** `application/json` of `application/json; charset=utf-8`. */
export const mediaType = (contentType: string): string =>
  (contentType.split(';', 1)[0] ?? '').trim().toLowerCase()

const unsupported = (accepted: readonly string[]) =>
  apiError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  )

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The value of a body in JSON, YAML or Kubernetes' protobuf; undefined for an empty one. */
export async function decodeBody(
  body: Buffer,
  contentType: string,
  options: RequestOptions & { kind?: string },
): Promise<DecodedBody> {
  if (body.length === 0) return { value: undefined, warnings: [] }
  switch (mediaType(contentType)) {
    case '':
    case 'application/json':
      return json(textOf(body), options)
    case 'application/merge-patch+json':
    case 'application/json-patch+json':
    case 'application/strategic-merge-patch+json':
      return json(textOf(body), options, 'error decoding patch')
    case 'application/yaml':
    case 'application/apply-patch+yaml':
      return yaml(textOf(body), options)
    case PROTOBUF:
      return protobuf(body)
    default:
      throw unsupported(['application/json', 'application/yaml', PROTOBUF])
  }
}

/** Protobuf cannot carry fields that are unknown by name, nor any twice. */
const protobuf = (body: Buffer): DecodedBody => ({ value: decodeProtobuf(body).object, warnings: [] })

function textOf(body: Buffer): string {
  // Nearly every body is, and copying is several times as fast as decoding.
  if (isAscii(body)) return body.toString('latin1')
  try {
    return utf8.decode(body)
  } catch (error) {
    throw apiError('BadRequest', 'the body of the request is not valid UTF-8', undefined, error)
  }
}

function json(
  text: string,
  options: RequestOptions & { kind?: string },
  problem = `the object provided is unrecognized (must be of type ${options.kind ?? 'Object'}): couldn't get version/kind; json parse error`,
): DecodedBody {
  try {
    return strictJson(text, options)
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    throw apiError('BadRequest', `${problem}: ${error.message}`, undefined, error)
  }
}

/** Throws JsonSyntaxError. */
function strictJson(text: string, options: RequestOptions): DecodedBody {
  const { value, duplicates } = parseStrictJson(text)
  const problems = duplicates.map(path => `duplicate field ${JSON.stringify(path)}`)
  return { value, ...told(problems, options), ...(problems.length > 0 ? { source: text } : {}) }
}

async function yaml(text: string, options: RequestOptions): Promise<DecodedBody> {
  // JSON is what kubectl sends under the name of YAML. What looks like it may be YAML all the same: `{a: 1,}`.
  if (/^\s*\{/.test(text)) {
    try {
      return strictJson(text, options)
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error
    }
  }
  const [{ LineCounter, parseDocument }, { nestsTooDeep, TOO_DEEP }] = await Promise.all([
    import('yaml'),
    import('../../kube/yaml-depth.ts'),
  ])
  if (nestsTooDeep(text)) throw apiError('BadRequest', `error parsing YAML: ${TOO_DEEP}`)
  const lineCounter = new LineCounter()
  const read = { ...kubernetesYaml, uniqueKeys: false, prettyErrors: true, lineCounter }
  const document = parseDocument(text, read)
  const [error] = document.errors
  if (error) throw apiError('BadRequest', `error parsing YAML: ${error.message}`, undefined, error)
  const twice = await yamlDuplicates(document, lineCounter)
  const problems = twice.length > 0 ? [`yaml: unmarshal errors:\n  ${twice.join('\n  ')}`] : []
  try {
    const value: unknown = document.toJS({ maxAliasCount: 1000 })
    requireJson(value)
    return { value, ...told(problems, options) }
  } catch (failure) {
    // An alias without its anchor, so many of them that the document is a bomb, or what JSON has no words for.
    throw apiError('BadRequest', `error parsing YAML: ${(failure as Error).message}`, undefined, failure)
  }
}

/** Refuses infinity, which would be kept as null, and what aliases have nested too deep. Throws Error. */
function requireJson(value: unknown, levels = MAX_DEPTH): void {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`unsupported value: ${value}`)
  if (typeof value !== 'object' || value === null) return
  if (levels === 0) throw new Error(`nested deeper than ${MAX_DEPTH} levels`)
  for (const child of Object.values(value)) requireJson(child, levels - 1)
}

/** Warned of, or kept to refuse the request with, as it asks. */
function told(
  problems: readonly string[],
  { fieldValidation = 'Warn' }: RequestOptions,
): Pick<DecodedBody, 'warnings' | 'duplicates'> {
  if (problems.length === 0 || fieldValidation === 'Ignore') return { warnings: [] }
  return fieldValidation === 'Strict' ? { warnings: [], duplicates: problems } : { warnings: problems }
}
