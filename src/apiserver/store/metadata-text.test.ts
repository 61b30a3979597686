import { expect, it } from 'vitest'
import { metadataText } from './metadata-text.ts'

it.each([
  { name: 'a' },
  { name: 'a', labels: { 'x"}{': '\\' }, annotations: { json: '{"a":"\\"}"}', slashes: '\\\\"' } },
  { name: 'é', managedFields: [{ fieldsV1: { 'k:{"port":443,"protocol":"TCP"}': { '.': {} } } }] },
])('finds %j as it was written', metadata => {
  const object = { kind: 'Pod', apiVersion: 'v1', metadata, spec: { metadata: { name: 'other' } } }
  expect(metadataText(JSON.stringify(object))).toBe(JSON.stringify(metadata))
})

it('finds nothing where metadata stands elsewhere', () => {
  expect(metadataText('{"spec":{"metadata":{}},"kind":"Pod","metadata":{"name":"a"}}')).toBeUndefined()
  expect(metadataText('{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"')).toBeUndefined()
})
