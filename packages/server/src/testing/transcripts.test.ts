// Every contract that comes with the product, spoken with a whole server as its transcript says. That a transcript is
// worth something is shown in planted.test.ts.
import {
  checkTranscript,
  contracts,
  differencesOf,
  play,
  type Step,
  type Transcript,
} from '@sallyport/protocol'
import { beforeAll, describe, expect, it } from 'vitest'
import { backendOf, openFor } from './transcript.js'

describe.each(contracts.map((one) => [one.contract.name, one] as const))('the wire %s', (name, known) => {
  let transcript: Transcript
  beforeAll(async () => {
    transcript = JSON.parse(JSON.stringify(await known.transcript()))
  })

  it('has a transcript of its own that is data and has no slips', async () => {
    expect(transcript).toStrictEqual(await known.transcript())
    expect(transcript.contract).toBe(name)
    expect(checkTranscript(transcript)).toEqual([])
  })

  it('is spoken by our server as its transcript says, and no scene is left out', async () => {
    const sallyport = await openFor(transcript)
    const played = await play(transcript, await backendOf(sallyport))
    expect(differencesOf(played)).toEqual([])
    expect(played).toHaveLength(transcript.scenes.length)
    await sallyport.close()
  })
})

const one = (...steps: Step[]): Transcript => ({ contract: 'native', scenes: [{ title: 'one', steps }] })
const user = 'ada_${unique}'
const signUp: Step = {
  send: 'POST /v1/signup',
  json: { preferred_username: user, email: `${user}@example.com`, password: 'a door behind the ivy' },
  expect: { status: 201, body: '$any' },
  save: { token: '/access_token' },
}
const me = (status: number, body: object): Step => ({
  send: 'GET /v1/me',
  bearer: '${token}',
  expect: { status, body: body as { [member: string]: string } },
})

it('whatever an operator does to a user is done', async () => {
  const transcript = one(
    signUp,
    { admin: { act: 'grant', user, role: 'editor' } },
    { admin: { act: 'confirm', user: `${user}@example.com` } },
    me(200, { roles: ['editor'], email_verified: true }),
    { admin: { act: 'revoke', user, role: 'editor' } },
    me(200, { roles: [] }),
    { admin: { act: 'disable', user } },
    me(401, { code: 'session_ended' }),
    { admin: { act: 'enable', user } },
    {
      send: 'POST /v1/login',
      json: { identifier: user, password: 'a door behind the ivy' },
      expect: { status: 200, body: '$any' },
      save: { token: '/access_token' },
    },
    { admin: { act: 'delete', user } },
    me(401, { code: 'session_ended' }),
  )
  expect(checkTranscript(transcript)).toEqual([])
  const sallyport = await openFor(transcript)
  const backend = await backendOf(sallyport)
  expect(differencesOf(await play(transcript, backend))).toEqual([])
  const nobody = await play(one({ admin: { act: 'disable', user: 'nobody_at_all' } }), backend)
  expect(nobody[0]!.steps[0]!.differences[0]!.got).toBe('no user nobody_at_all')
  const unwritten = await play(one({ mail: { to: 'nobody@example.com', save: { code: '(.)' } } }), backend)
  expect(unwritten[0]!.steps[0]!.differences[0]!.path).toBe('mail')
  await sallyport.close()
})
