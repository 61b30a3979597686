import { describe, expect, it } from 'vitest'
import type { RequestOptions } from '../request.ts'
import { encodePosition } from './continue-token.ts'
import { listPage } from './list-page.ts'

const NEWEST = 100
const token = encodePosition({ revision: 40, start: 'c1\0' })
const inconsistent = encodePosition({ revision: -1, start: 'c1\0' })

describe('the page of a list', () => {
  // "resourceVersion parameter, list" of https://kubernetes.io/docs/reference/using-api/api-concepts/
  it.each<[RequestOptions, number, number | undefined]>([
    [{}, NEWEST, undefined],
    [{ limit: 2 }, NEWEST, 2],
    [{ resourceVersion: '0' }, NEWEST, undefined],
    [{ resourceVersion: '0', limit: 2 }, NEWEST, undefined],
    [{ resourceVersion: '50' }, NEWEST, undefined],
    [{ resourceVersion: '50', limit: 2 }, 50, 2],
    [{ resourceVersion: '50', resourceVersionMatch: 'Exact' }, 50, undefined],
    [{ resourceVersion: '50', resourceVersionMatch: 'NotOlderThan' }, NEWEST, undefined],
    [{ resourceVersion: '50', resourceVersionMatch: 'NotOlderThan', limit: 2 }, NEWEST, 2],
    [{ continue: token, limit: 2 }, 40, 2],
    [{ continue: token, limit: 2, resourceVersion: '0' }, 40, undefined],
    [{ continue: inconsistent }, NEWEST, undefined],
  ])('%j is as of %i, at most %s', (options, revision, limit) => {
    const page = listPage(options, NEWEST)
    expect(page).toMatchObject({ revision, limit })
    expect(page.start).toBe(options.continue ? 'c1\0' : undefined)
  })

  it.each<[RequestOptions, number, string]>([
    [{ resourceVersion: '101' }, 504, 'Timeout: Too large resource version: 101, current: 100'],
    [{ resourceVersion: 'abc' }, 400, 'strconv.ParseUint: parsing "abc": invalid syntax'],
    [{ continue: token, resourceVersion: '5' }, 400, 'specifying resource version is not allowed'],
    [{ continue: 'junk' }, 400, 'invalid continue token: continue key is not valid'],
    [{ continue: encodePosition({ revision: 5, start: '../secrets' }) }, 400, 'continue key is not valid'],
    [{ continue: encodePosition({ revision: 0, start: 'a' }) }, 400, 'incorrect encoded start'],
  ])('%j is refused', (options, code, why) => {
    const refused = expect(() => listPage(options, NEWEST))
    refused.toThrow(expect.objectContaining({ code }))
    refused.toThrow(why)
  })
})
