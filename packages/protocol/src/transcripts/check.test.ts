import { expect, it } from 'vitest'
import { nativeTranscript } from '../contracts/native.transcript.js'
import { checkTranscript } from './check.js'

const step = {
  send: 'POST /login',
  json: { name: '${name}' },
  expect: { status: 200 },
  save: { token: '/token' },
}
const of = (...steps: object[]) => ({
  contract: 'x',
  scenes: [{ title: 'a scene', values: { name: 'ada-${unique}' }, steps }],
})

it('finds nothing wrong with a transcript', () => {
  expect(checkTranscript(nativeTranscript)).toEqual([])
  expect(checkTranscript(of(step, { ...step, bearer: '${token|tampered}' }))).toEqual([])
})

it.each<[unknown, string]>([
  [null, '/: must be an object'],
  [{ contract: 'x' }, '/scenes: is missing'],
  [{ contract: 'x', scenes: [] }, '/scenes: must be a list that is not empty'],
  [of(), '/scenes/0/steps: must be a list that is not empty'],
  [of({}), 'must have one of send, together, advance, mail, admin'],
  [of({ ...step, expects: {} }), '/scenes/0/steps/0/expects: is unknown here'],
  [of({ ...step, send: 'POST' }), '/scenes/0/steps/0/send: must be METHOD /path'],
  [of({ ...step, expect: {} }), '/expect/status: is missing'],
  [of({ ...step, expect: { status: '200' } }), '/expect/status: must be a list'],
  [of({ ...step, expect: { status: 200, body: { a: '$txt' } } }), '/body/a: $txt is no word of a matcher'],
  [of({ ...step, expect: { status: 200, body: { $exact: {} } } }), '/body: $exact is no rule of a matcher'],
  [of({ ...step, expect: { status: 200, body: { $match: '(' } } }), 'is no regular expression'],
  [of({ ...step, expect: { status: 200, body: { $not: 'a', b: 1 } } }), '/body/b: is unknown here'],
  [of({ ...step, expect: { status: 200, headers: { Allow: '$text' } } }), 'lower-case here'],
  [
    of({ ...step, expect: { status: 200, cookies: { a: { value: '', attributes: { path: '/' } } } } }),
    '/cookies/a/attributes/path: is unknown here',
  ],
  [of({ ...step, bearer: '${token}' }), '/scenes/0/steps/0: ${token} is not known here'],
  [of({ ...step, bearer: '${name|rot13}' }), 'rot13 is no codec'],
  [of({ ...step, save: { token: 'token' } }), 'must be a JSON pointer'],
  [of({ together: { send: 'GET /' }, times: 2, expect: [{ status: 200 }] }), '/count: is missing'],
  [of({ mail: { to: '${name}' } }), '/mail/save: is missing'],
  [of({ admin: { act: 'kill', user: '${name}' } }), '/admin/act: must be "disable" or'],
  [of({ advance: -1 }), '/advance: must be a whole number'],
])('of %j it says what is wrong', (value, says) => {
  const problems = checkTranscript(value)
  expect(problems.join('\n')).toContain(says)
})
