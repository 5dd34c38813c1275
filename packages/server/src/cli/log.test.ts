import { expect, it } from 'vitest'
import { gather } from './log.js'

it('a log line waits for others, and all of them are passed on in their order', () => {
  const passed: string[] = []
  const { write, flush } = gather((text) => passed.push(text))
  write('one\n')
  write('two\n')
  expect(passed).toEqual([])
  flush()
  flush()
  expect(passed).toEqual(['one\ntwo\n'])
})

it('a large piece of log does not wait', () => {
  const passed: string[] = []
  const { write, flush } = gather((text) => passed.push(text))
  const line = `${'x'.repeat(999)}\n`
  for (let count = 0; count < 40; count++) write(line)
  expect(passed).toHaveLength(1)
  flush()
  expect(passed.join('')).toBe(line.repeat(40))
})
