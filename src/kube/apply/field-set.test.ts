import { describe, expect, it } from 'vitest'
import {
  difference,
  eachMember,
  equalSets,
  type FieldSet,
  intersection,
  pathToString,
  union,
} from './field-set.ts'

/** Every path of the set as text, so that expectations do not depend on the form. */
const members = (set: FieldSet): string[] => {
  const found: string[] = []
  eachMember(set, path => found.push(pathToString(path)))
  return found
}
const a = { 'f:x': {}, 'f:y': { '.': {}, 'f:z': {}, 'k:{"name":"n"}': { '.': {}, 'f:name': {} } } }
const b = { 'f:y': { 'f:z': {}, 'f:w': {} }, 'f:v': {} }

describe('field sets', () => {
  it('list their members', () =>
    expect(members(a)).toEqual(['.x', '.y', '.y.z', '.y[name="n"]', '.y[name="n"].name']))
  it('unite', () =>
    expect(members(union(a, b))).toEqual([
      '.v',
      '.x',
      '.y',
      '.y.w',
      '.y.z',
      '.y[name="n"]',
      '.y[name="n"].name',
    ]))
  it('unite a member with a container', () => {
    expect(members(union({ 'f:a': {} }, { 'f:a': { 'f:b': {} } }))).toEqual(['.a', '.a.b'])
    expect(members(union({ 'f:a': { 'f:b': {} } }, { 'f:a': {} }))).toEqual(['.a', '.a.b'])
  })
  it('subtract', () => {
    expect(members(difference(a, b))).toEqual(['.x', '.y', '.y[name="n"]', '.y[name="n"].name'])
    expect(members(difference(a, { 'f:y': {} }))).toEqual(['.x', '.y.z', '.y[name="n"]', '.y[name="n"].name'])
    expect(difference({ 'f:y': { 'f:z': {} } }, b)).toEqual({})
    expect(difference({ 'f:y': { '.': {}, 'f:z': {} } }, { 'f:y': { 'f:z': {} } })).toEqual({ 'f:y': {} })
  })
  it('intersect', () => expect(members(intersection(a, union(b, { 'f:y': {} })))).toEqual(['.y', '.y.z']))
  it('share what does not change', () => {
    expect(union(a, { 'f:x': {} })).toBe(a)
    expect(difference(a, { 'f:q': {} })).toBe(a)
  })
  it('compare', () => {
    expect(equalSets(a, structuredClone(a))).toBe(true)
    expect(equalSets(a, b)).toBe(false)
  })
})
