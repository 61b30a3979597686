import { expect, it } from 'vitest'
import { Heap } from './heap.ts'

it('yields what it was given in order', () => {
  const heap = new Heap<number>((a, b) => a < b)
  const numbers = Array.from({ length: 200 }, (_, index) => (index * 7919) % 101)
  for (const number of numbers) heap.push(number)
  expect(heap.peek()).toBe(0)
  const popped: number[] = []
  for (let next = heap.pop(); next !== undefined; next = heap.pop()) popped.push(next)
  expect(popped).toEqual([...numbers].sort((a, b) => a - b))
  expect(heap.pop()).toBeUndefined()
})
