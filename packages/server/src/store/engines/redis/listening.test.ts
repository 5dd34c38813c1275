import { expect, it } from 'vitest'
import { BEAT, createListening } from './listening.js'

/** A listener of 250 ms whose timer is as late as is said, and a call that began at once. */
function listen() {
  let now = 1000
  const listening = createListening(250, () => now)
  const since = listening.listened()
  return {
    listening,
    isOver: () => listening.isOver(since),
    /** Lets the timer come `times` times, each so many milliseconds after the one before. */
    beats: (times: number, every = BEAT) => {
      for (let i = 0; i < times; i++) {
        now += every
        listening.beat()
      }
    },
    pass: (milliseconds: number) => {
      now += milliseconds
    },
  }
}

it('a call is over after its limit and not before, where the timer is on time or a little late', () => {
  for (const every of [BEAT, BEAT + 3, 2 * BEAT]) {
    const { beats, isOver } = listen()
    beats(Math.ceil(250 / every) - 1, every)
    expect(isOver()).toBe(false)
    beats(1, every)
    expect(isOver()).toBe(true)
  }
})

it('a call that comes later is over later, counted from when it was made', () => {
  const { listening, beats, pass } = listen()
  beats(20)
  pass(BEAT / 2)
  const since = listening.listened()
  pass(BEAT / 2)
  listening.beat()
  beats(24)
  expect(listening.isOver(since)).toBe(false)
  beats(1)
  expect(listening.isOver(since)).toBe(true)
})

it('a process that stood still has heard nothing, and takes none of that for silence', () => {
  const { beats, isOver } = listen()
  beats(24)
  beats(1, 60_000)
  // It would be over, and is read for once more: what came meanwhile lies there.
  expect(isOver()).toBe(false)
  beats(1)
  expect(isOver()).toBe(true)
})

it('a process that is busy with what it reads waits longer, and one that is always late not for ever', () => {
  const { beats, isOver } = listen()
  beats(49, 70)
  expect(isOver()).toBe(false)
  beats(1, 70)
  expect(isOver()).toBe(true)
})

it('what passed while nobody waited counts for nobody', () => {
  const { listening, beats, pass } = listen()
  pass(60_000)
  listening.start()
  const since = listening.listened()
  beats(24)
  expect(listening.isOver(since)).toBe(false)
  beats(1)
  expect(listening.isOver(since)).toBe(true)
})
