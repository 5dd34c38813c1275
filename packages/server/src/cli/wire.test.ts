// The player over real HTTP, against a tiny backend that is right, wrong or worse.
import {
  type Backend,
  differencesOf,
  type Expectation,
  plantEverywhere,
  play,
  type Transcript,
} from '@sallyport/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openToy, type Toy, toyTranscript } from '../testing/toy.js'
import { everyPlantedAnswerFails } from '../testing/transcript.js'
import { wireTo } from './wire.js'

let toy: Toy
beforeAll(async () => {
  toy = await openToy()
})
afterAll(() => toy.close())

const backend = (path = ''): Backend => ({ secure: false, send: wireTo(new URL(toy.url + path)) })
const one = (expected: Expectation): Transcript => ({
  contract: 'toy',
  scenes: [{ title: 'one', steps: [{ send: 'GET /me', expect: expected }] }],
})
const differences = async (path: string) =>
  differencesOf(await play(one({ status: 200, body: { name: '$text' } }), backend(path), { patience: 300 }))

describe('a transcript', () => {
  it('is played again and again, each time with new people', async () => {
    for (const _ of [1, 2]) expect(differencesOf(await play(toyTranscript, backend()))).toEqual([])
  })

  it('fails at each wrong answer that is planted', async () => {
    await everyPlantedAnswerFails(toyTranscript, backend())
    const { kinds, planted } = await plantEverywhere(toyTranscript, backend())
    expect(kinds).toEqual(
      expect.arrayContaining([
        'another status',
        'a success in place of a refusal',
        'a missing member',
        'a further member',
        'a wrong type',
        'a wrong text',
        'a wrong lifetime',
        'a missing cookie',
        'a wrong cookie attribute',
        'a cookie cleared that was to stay',
        'a secret told',
        'the value of before',
      ]),
    )
    expect(planted).toBeGreaterThan(100)
  })

  it('that is too weak is told of', async () => {
    const weak = one({ status: 401, body: { error: { $contains: '' } } })
    await expect(everyPlantedAnswerFails(weak, backend())).rejects.toThrow(
      /^1 of \d+ wrong answers passed:\nscene 1, step 1: a wrong text \(body\/error\)$/,
    )
    const bare = one({ status: 401, body: '$any', cookies: '$any' })
    await expect(everyPlantedAnswerFails(bare, backend())).rejects.toThrow('kinds of fault')
  })

  it('is not planted on a backend that is wrong itself', async () => {
    await expect(plantEverywhere(one({ status: 200 }), backend())).rejects.toThrow('not right itself')
  })

  it('counts answers to requests that were sent at once', async () => {
    const [scene] = toyTranscript.scenes.slice(1)
    const [first, second] = scene!.steps as [object, { together: object }]
    const expected = [
      { count: 1, status: 200, body: '$any', cookies: '$any' },
      { count: { from: 0, to: 2 }, status: 403, body: { error: 'no' } },
    ]
    const steps = [first, { ...second, times: 3, expect: expected }] as Transcript['scenes'][0]['steps']
    const played = await play({ contract: 'toy', scenes: [{ ...scene!, steps }] }, backend())
    expect(played[0]!.steps[1]!.differences).toEqual([
      { path: 'count of 200', expected: '1', got: '0' },
      { path: 'count of 403', expected: '0 to 2', got: '3' },
    ])
  })

  it('skips aloud what a backend does not let it do, and asks nothing of it then', async () => {
    const steps = [{ send: 'GET /me', expect: { status: 401 } }, { advance: 5 }]
    const before = toy.requests.length
    const [played] = await play({ contract: 'toy', scenes: [{ title: 'later', steps }] }, backend())
    expect(played).toMatchObject({ outcome: 'skipped', reason: 'its clock cannot be moved' })
    expect(toy.requests.length).toBe(before)
  })

  it('stops a scene where a value is missing, and says which', async () => {
    const steps = [
      { send: 'GET /me', expect: { status: 401, body: '$any' }, save: { token: '/token' } },
      { send: 'GET /me', bearer: '${token}', expect: { status: 401, body: '$any' } },
      { send: 'GET /me', expect: { status: 401, body: '$any' } },
    ] as const
    const [played] = await play({ contract: 'toy', scenes: [{ title: 'one', steps }] }, backend())
    expect(played!.reason).toBe('stopped at step 2: ${token} was never given')
    expect(played!.steps.map((step) => step.differences.length)).toEqual([1, 1])
  })
})

describe('a backend that', () => {
  it.each([
    ['/mute', 'no answer within 300 ms'],
    ['/cut', 'aborted'],
    ['/rubbish', 'Parse Error'],
    ['/huge', 'more than 1048576 bytes'],
    ['/html', 'expected JSON'],
    ['/moved', 'status: expected 200, got 302'],
    ['/odd', 'body: expected an object, got [null]'],
  ])('answers like %s is said to differ, and nothing throws', async (path, says) => {
    expect((await differences(path)).join('\n')).toContain(says)
  })

  it('is not there at all is said to', async () => {
    const gone: Backend = { secure: false, send: wireTo(new URL('http://127.0.0.1:1')) }
    const told = differencesOf(await play(one({ status: 200 }), gone))
    expect(told.join('\n')).toContain('ECONNREFUSED')
  })
})
