import { describe, expect, it } from 'vitest'
import { IndexSet } from './index-set.ts'

describe('IndexSet', () => {
  it.each([
    ['', ''],
    ['0', '0'],
    ['0,1', '0,1'],
    ['0,1,2', '0-2'],
    ['5,1-3,2', '1-3,5'],
    ['1-3,4', '1-4'],
    ['7,x,8-y', '7'],
    ['8-20', '8,9'],
    ['10-12', ''],
  ])('reads %s as %s', (text, expected) => {
    expect(String(IndexSet.parse(text, 10))).toBe(expected)
  })
  it('knows its members and its size', () => {
    const set = IndexSet.parse('1-3,7', 10)
    expect([0, 1, 3, 4, 7, 8].filter(index => set.has(index))).toEqual([1, 3, 7])
    expect(set.size).toBe(4)
    expect(IndexSet.empty.has(0)).toBe(false)
  })
  it('joins and overlaps', () => {
    const set = IndexSet.parse('1-3,7', 10)
    expect(String(set.with([4, 0, 9]))).toBe('0-4,7,9')
    expect(set.overlap(IndexSet.parse('3-7', 10))).toBe(2)
    expect(set.overlap(IndexSet.parse('0-9', 10))).toBe(4)
    expect(String(set)).toBe('1-3,7')
  })
  it('finds what is absent', () => {
    const set = IndexSet.parse('1-3,7', 10)
    expect(set.firstAbsent(3, 10)).toEqual([0, 4, 5])
    expect(set.firstAbsent(9, 9)).toEqual([0, 4, 5, 6, 8])
    expect(set.firstAbsent(9, 3)).toEqual([0])
  })
})
