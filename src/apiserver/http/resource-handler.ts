import { isBelowBuiltinGroup } from './builtin-group.ts'
import { apiError } from '../../kube/status.ts'
import { deleteOptionsFrom } from '../pipeline/delete-options.ts'
import { dispatch } from '../pipeline/dispatch.ts'
import type { Outcome } from '../pipeline/outcome.ts'
import { responseOf } from '../pipeline/response.ts'
import { requireVerb } from '../pipeline/target.ts'
import type { ApiRequest, UserInfo } from '../request.ts'
import { type Form, formOf, PROTOBUF } from './accept.ts'
import { readBody } from './body.ts'
import { connectSubresource } from './connect-subresource.ts'
import { type DecodedBody, decodeBody, patchTypeOf } from './decode-body.ts'
import type { Exchange } from './handler.ts'
import { optionsFrom } from './query.ts'
import { wantsPretty } from './pretty.ts'
import { render, textOf } from './render.ts'
import { deprecations } from './deprecations.ts'
import { addWarnings, send, sendPieces, sendPageNotFound } from './reply.ts'
import { verbOf } from './request-attributes.ts'
import type { ResourcePath } from './route.ts'
import type { TableOptions } from './table.ts'
import { watchSink } from './watch-sink.ts'
import { streamWatch } from './watch-stream.ts'

const noBody: DecodedBody = { value: undefined, warnings: [] }

/** Answers a request for a resource. Yields its verb and resource, for metrics. */
export async function handleResource(
  exchange: Exchange,
  path: ResourcePath,
  user: UserInfo,
): Promise<{ verb: string; resource: string }> {
  const { core, query, request, response } = exchange
  const resource =
    core.registry.find(path.group, path.version, path.plural) ?? (await latecomer(exchange, path))
  if (!resource) {
    if (isBelowBuiltinGroup(core.registry, exchange.path))
      throw apiError('NotFound', 'the server could not find the requested resource', {})
    sendPageNotFound(response)
    return { verb: request.method ?? '', resource: '' }
  }
  const verb = verbOf(request.method ?? 'GET', path, query)
  const label = { verb, resource: `${resource.plural}${path.subresource ? `/${path.subresource}` : ''}` }
  if (await connectSubresource(exchange, resource, { path, user })) return label
  if (verb === '')
    throw apiError('MethodNotAllowed', 'the server does not allow this method on the requested resource', {})
  if (path.rest !== undefined)
    throw apiError('NotFound', 'the server could not find the requested resource', {})
  if (verb === 'create' && path.name !== undefined && path.subresource === undefined)
    throw apiError('MethodNotAllowed', 'the server does not allow this method on the requested resource', {})
  const form = formOf(request.headers.accept)
  const table = tableOptions(exchange)
  const { group, version, plural, namespace, name, subresource } = path
  const userAgent = request.headers['user-agent']?.split('/', 1)[0]
  const patchType = verb === 'patch' ? patchTypeOf(request.headers['content-type'] ?? '') : undefined
  const options = optionsFrom(query, verb, patchType)
  if (verb === 'watch') {
    requireVerb(resource, verb, subresource)
    if (!options.resourceVersion) await core.store.catchUp()
    exchange.audit?.stage('ResponseStarted')
    addWarnings(response, deprecations(resource))
    const sink = watchSink(exchange)
    await streamWatch({
      core,
      resource,
      request: { user, group, version, plural, namespace, name, subresource, userAgent, options },
      sink,
      form,
      table,
      signal: exchange.signal,
    })
    return label
  }
  const body = hasBody(verb) ? await bodyOf(exchange, options, resource.kind) : noBody
  exchange.audit?.requestBody(body.value)
  const apiRequest: ApiRequest = {
    user,
    verb,
    group,
    version,
    plural,
    namespace,
    name,
    subresource,
    userAgent,
    options: optionsWith(body, verb, options),
    body: body.value,
    patchType,
    annotate: exchange.audit && ((...annotation) => exchange.audit?.annotate(...annotation)),
  }
  // Who is refused is told of what is given up all the same.
  addWarnings(response, deprecations(resource))
  const outcome = await dispatch(core, apiRequest)
  exchange.audit?.responseBody(() => responseOf(outcome).body)
  addWarnings(response, [...body.warnings, ...outcome.warnings])
  await reply(exchange, outcome, form, table)
  return label
}

/** Another server may have been given the definition of what is not known here yet. */
async function latecomer({ core }: Exchange, { group, version, plural }: ResourcePath) {
  await core.store.catchUp()
  return core.registry.find(group, version, plural)
}

const hasBody = (verb: ApiRequest['verb']) => verb !== 'get' && verb !== 'list'

async function bodyOf(
  { core, request }: Exchange,
  options: ApiRequest['options'],
  kind: string,
): Promise<DecodedBody> {
  const contentType = request.headers['content-type'] ?? ''
  return decodeBody(await readBody(request, core.hooks), contentType, { ...options, kind })
}

function optionsWith(
  { value, duplicates, source }: DecodedBody,
  verb: string,
  options: ApiRequest['options'],
): ApiRequest['options'] {
  if (verb === 'delete' || verb === 'deletecollection') return deleteOptionsFrom(value, options)
  return duplicates ? { ...options, duplicateFields: duplicates, source } : options
}

function tableOptions({ core, query }: Exchange): TableOptions {
  const include = query.get('includeObject')
  return {
    includeObject: include === 'None' || include === 'Object' ? include : 'Metadata',
    now: core.clock.now(),
  }
}

async function reply(exchange: Exchange, outcome: Outcome, form: Form, table: TableOptions): Promise<void> {
  const { query, request, response } = exchange
  const isPretty = wantsPretty(query, request.headers['user-agent'])
  if (form.media === 'application/yaml') {
    const { stringify } = await import('yaml')
    send(response, outcome.code, 'application/yaml', stringify(JSON.parse(textOf(outcome, form, table))))
  } else if (form.media === PROTOBUF) {
    const { encodeProtobuf } = await import('../../kube/protobuf/encode.ts')
    send(response, outcome.code, PROTOBUF, encodeProtobuf(JSON.parse(textOf(outcome, form, table))))
  } else if (isPretty) {
    const value: unknown = JSON.parse(textOf(outcome, form, table))
    send(response, outcome.code, 'application/json', `${JSON.stringify(value, undefined, 2)}\n`)
  } else if (outcome.kind === 'list' && request.method !== 'HEAD')
    await sendPieces(exchange, outcome.code, render(outcome, form, table))
  else send(response, outcome.code, 'application/json', textOf(outcome, form, table))
}
