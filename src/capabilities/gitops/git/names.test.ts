import { describe, expect, it } from 'vitest'
import { checkRepositoryUrl, isRefName, isRepositoryName, withoutCredentials } from './names.ts'

describe('names given to git', () => {
  it.each([
    ['main', true],
    ['feature/one', true],
    ['v1.2.3', true],
    ['--upload-pack=x', false],
    ['a..b', false],
    ['a b', false],
    ['a\nb', false],
    ['a:b', false],
    ['a/.b', false],
    ['a.lock', false],
    ['x@{1}', false],
    ['/a', false],
    ['', false],
  ])('ref %j is allowed: %j', (name, allowed) => expect(isRefName(name)).toBe(allowed))

  it.each([
    ['meetups', true],
    ['a.b-c', true],
    ['../etc', false],
    ['a..b', false],
    ['A', false],
    ['x.git', false],
    ['a/b', false],
    ['.hidden', false],
  ])('repository %j is allowed: %j', (name, allowed) => expect(isRepositoryName(name)).toBe(allowed))

  it.each([
    'https://github.com/a/b.git',
    'http://127.0.0.1:8180/x.git',
    'ssh://git@host/x',
    'git@github.com:a/b.git',
  ])('accepts %s', url => {
    expect(() => checkRepositoryUrl(url)).not.toThrow()
  })

  it.each([
    'ext::sh -c id',
    'ext::id',
    '--upload-pack=id',
    'ssh://-oProxyCommand=id/x',
    'file:///etc',
    '/etc',
    'ftp://a/b',
    '',
  ])('refuses %s', url => {
    expect(() => checkRepositoryUrl(url)).toThrow('repository URL')
  })

  it('hides credentials', () => {
    expect(withoutCredentials('https://u:p@host/x')).toBe('https://host/x')
  })
})
