import { expect, it } from 'vitest'
import { openapiV2Part, withOpenapiV2Part } from './openapi-v2-part.ts'

const ref = (name: string) => ({ $ref: `#/definitions/${name}` })
const extension = {
  paths: {
    '/apis/g/v1/things': { get: { responses: { 200: { schema: ref('Thing') } } } },
    '/apis/g/v2/things': { get: {} },
  },
  definitions: {
    Thing: { properties: { meta: ref('Meta'), parts: { items: ref('Thing') } } },
    Meta: { type: 'object' },
    Other: {},
  },
}

it('takes the paths of a group version, and what they refer to', () => {
  const { paths, definitions } = openapiV2Part(extension, '/apis/g/v1/') as Record<string, object>
  expect(Object.keys(paths ?? {})).toEqual(['/apis/g/v1/things'])
  expect(Object.keys(definitions ?? {}).sort()).toEqual(['Meta', 'Thing'])
})

it('joins what is the same, and renames what means something else', () => {
  const own = {
    swagger: '2.0',
    paths: { '/api/': {}, '/apis/g/v1/things': 'mine' },
    definitions: { Meta: { type: 'string' }, Meta_v2: {}, Thing: extension.definitions.Thing },
  }
  const part = openapiV2Part(extension, '/apis/g/v1/')
  expect(withOpenapiV2Part(own, part)).toEqual({
    swagger: '2.0',
    paths: { '/api/': {}, '/apis/g/v1/things': 'mine' },
    definitions: {
      Meta: { type: 'string' },
      Meta_v2: {},
      Meta_v3: { type: 'object' },
      Thing: extension.definitions.Thing,
    },
  })
  const renamed = withOpenapiV2Part({ definitions: { Meta: { type: 'string' } } }, part)
  expect(renamed.definitions).toMatchObject({ Thing: { properties: { meta: ref('Meta_v2') } } })
})
