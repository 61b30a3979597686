import { expect, it } from 'vitest'
import { identityHeaders } from './identity-headers.ts'

it('tells who asks', () => {
  const user = {
    username: 'eve',
    uid: '7',
    groups: ['dev', 'system:authenticated'],
    extra: { 'example.com/scopes': ['a', 'b'], '100%': ['c'] },
  }
  expect(identityHeaders(user)).toEqual({
    'X-Remote-User': 'eve',
    'X-Remote-Uid': '7',
    'X-Remote-Group': ['dev', 'system:authenticated'],
    'X-Remote-Extra-example.com%2Fscopes': ['a', 'b'],
    'X-Remote-Extra-100%25': ['c'],
  })
})

it('leaves out what is not known, and writes names as UTF-8', () => {
  expect(identityHeaders({ username: 'Zoë', groups: [] })).toEqual({ 'X-Remote-User': 'Zo\u00c3\u00ab' })
})
