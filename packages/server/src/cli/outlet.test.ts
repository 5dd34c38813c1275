import { expect, it } from 'vitest'
import { createOutlet, type Pass } from './outlet.js'

/** A reader that takes a text whenever it is told to. */
function slowReader() {
  const passed: string[] = []
  let last: ((error?: Error) => void) | undefined
  const pass: Pass = (text, done) => {
    passed.push(text)
    last = done
  }
  const take = (error?: Error) => {
    const done = last
    last = undefined
    done?.(error)
  }
  return { passed, pass, take }
}

const line = `${'x'.repeat(999)}\n`
const unexpected = () => expect.unreachable()

it('a log line waits for others, and all of them are passed on in their order', async () => {
  const { passed, pass, take } = slowReader()
  const outlet = createOutlet(pass, unexpected)
  outlet.write('one\n')
  outlet.write('two\n')
  expect(passed).toEqual([])
  const flushed = outlet.flush()
  outlet.write('three\n')
  take()
  await flushed
  expect(passed).toEqual(['one\ntwo\n'])
  const again = outlet.flush()
  take()
  await again
  expect(passed).toEqual(['one\ntwo\n', 'three\n'])
  await outlet.flush()
})

it('a large piece of log does not wait', async () => {
  const { passed, pass, take } = slowReader()
  const outlet = createOutlet(pass, unexpected)
  for (let count = 0; count < 40; count++) outlet.write(line)
  expect(passed).toHaveLength(1)
  const flushed = outlet.flush()
  take()
  take()
  await flushed
  expect(passed.join('')).toBe(line.repeat(40))
})

it('what a reader that does not read cannot take is lost, counted, and owned up to when it reads again', () => {
  const { passed, pass, take } = slowReader()
  const owned: number[] = []
  const outlet = createOutlet(pass, (lost) => owned.push(lost))
  for (let count = 0; count < 6600; count++) outlet.write(line)
  expect(passed).toHaveLength(1)
  expect(owned).toEqual([])
  take()
  const [lost = 0] = owned
  expect(owned).toHaveLength(1)
  for (let count = 0; count < 1000; count++) take()
  expect(passed.join('').length).toBeLessThan(5_000_000)
  expect(passed.join('')).toBe(line.repeat(6600 - lost))
})

it('what cannot be written is lost and counted, and the next piece is tried', async () => {
  const { passed, pass, take } = slowReader()
  const owned: number[] = []
  const outlet = createOutlet(pass, (lost) => owned.push(lost))
  outlet.write('one\n')
  outlet.write('two\n')
  const flushed = outlet.flush()
  take(new Error('the disk is full'))
  await flushed
  outlet.write('three\n')
  void outlet.flush()
  expect(owned).toEqual([])
  take()
  expect(owned).toEqual([2])
  expect(passed).toEqual(['one\ntwo\n', 'three\n'])
})
