// Tokens of an earlier backend, on a contract whose own tokens are signed with the same secret: the hardest case to tell
// apart.
import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import type { Contract } from '@sallyport/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { plainWire, said } from '../../testing/plain-wire.js'
import { openSallyport, type Sallyport } from '../../testing/sallyport.js'
import { stoppedClock } from '../../util/clock.js'
import { sessions, users } from '../tables.js'

const secret = 'the secret of the old backend'
const wire = (more: Partial<Contract> = {}): Contract => {
  const plain = plainWire({
    tokens: {
      algorithm: 'HS256',
      keys: 'one',
      access: { claims: { user_id: '$object_id', scope: 'access' } },
      refresh: { claims: { user_id: '$object_id', scope: 'refresh' } },
    },
    ...more,
  })
  const tokens = [{ from: 'bearer', kind: 'access' }] as const
  const refresh = [{ from: 'bearer', kind: 'refresh' }] as const
  const leaving = [...refresh, ...tokens]
  const pair = { access_token: '$access_token', refresh_token: '$refresh_token' }
  return {
    ...plain,
    routes: [
      ...plain.routes,
      { operation: 'refresh', on: 'POST /w/refresh', tokens: refresh, reply: { status: 200, body: pair } },
      { operation: 'logout', on: 'POST /w/logout', tokens: leaving, reply: { status: 200 } },
      { operation: 'password.change', on: 'POST /w/password.change', tokens, reply: { status: 200 } },
      { operation: 'email.change', on: 'POST /w/email.change', tokens, reply: { status: 200 } },
    ],
  }
}

const entry = (kind: 'access' | 'refresh', more = {}) => ({
  contract: 'plain',
  kind,
  algorithm: 'HS256',
  key: secret,
  user: 'user_id',
  claims: { scope: kind },
  until: '2100-01-01',
  ...more,
})

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** As the old backend made them: no kid, no jti, no mark of ours. */
function old(
  scope: string,
  claims: object,
  key = secret,
  header: object = { alg: 'HS256', typ: 'JWT' },
): string {
  const input = `${base64url(header)}.${base64url({ scope, ...claims })}`
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`
}

const open: Sallyport[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

const oldId = '5f1a2b3c4d5e6f7081920a1b'
const signedUp = { email: 'ada@example.com', password: 'correct horse battery' }

/** A server on which Ada was taken over, with her old tokens. */
async function takenOver(options: { entries?: object[]; contract?: Contract; mark?: boolean } = {}) {
  const { entries = [entry('access'), entry('refresh')], contract = wire(), mark = true } = options
  const clock = stoppedClock()
  const sallyport = await openSallyport({
    contracts: [contract],
    clock,
    settings: { 'trusted-proxies': '127.0.0.1' },
    env: {
      SALLYPORT_LEGACY_TOKENS: JSON.stringify(entries),
      SALLYPORT_CONTRACT_SECRETS: `plain=old:${secret}`,
    },
  })
  open.push(sallyport)
  const browser = sallyport.browser()
  const made = await browser.post('/w/signup.register', signedUp)
  const { id } = made.json.user as { id: string }
  const { store } = sallyport.server.context
  await store.update(users, { id }, { external_id: oldId, ...(mark && { taken_over_at: clock.now() }) })
  const iat = Math.floor(clock.now() / 1000)
  const claims = { user_id: oldId, iat, exp: iat + 300 }
  return {
    sallyport,
    clock,
    id,
    claims,
    access: old('access', claims),
    refresh: old('refresh', { ...claims, exp: iat + 86_400 }),
    post: async (name: string, bearer: string, body: object = {}) =>
      sallyport.as({ access_token: bearer }).post(`/w/${name}`, body),
  }
}

describe('an access token of the earlier backend', () => {
  it('is good until it runs out, for whoever was taken over', async () => {
    const { post, access, clock } = await takenOver()
    expect((await post('profile.get', access)).json).toMatchObject({ email: 'ada@example.com' })
    clock.advance(301_000)
    expect(said(await post('profile.get', access))).toBe('401 access_token_expired')
  })

  it('passes the gate, until its bearer logs out', async () => {
    const { sallyport, post, access, id, claims } = await takenOver()
    const asks = { 'x-original-url': 'http://app.example.com/', 'x-original-method': 'GET' }
    const gate = async (token: string) => {
      const { status, headers } = await sallyport.as({ access_token: token }).get('/gate/nginx', asks)
      return [status, headers['remote-user']]
    }
    expect(await gate(access)).toEqual([200, id])
    expect(await gate(old('access', claims, 'another'))).toEqual([401, undefined])
    expect((await post('logout', access)).status).toBe(200)
    expect(await gate(access)).toEqual([401, undefined])
  })

  it.each<[string, (claims: Record<string, unknown>) => string]>([
    ['signed with another secret', (claims) => old('access', claims, 'another')],
    [
      'without a signature',
      (claims) => `${old('access', claims, secret, { alg: 'none' }).split('.').slice(0, 2).join('.')}.`,
    ],
    ['that says another algorithm', (claims) => old('access', claims, secret, { alg: 'HS512' })],
    ['of the other kind', (claims) => old('refresh', claims)],
    ['without an end', ({ exp: _, ...claims }) => old('access', claims)],
    ['from the future', (claims) => old('access', { ...claims, iat: Number(claims.iat) + 600 })],
    ['not good yet', (claims) => old('access', { ...claims, nbf: Number(claims.iat) + 600 })],
    ['that names nobody', ({ user_id: _, ...claims }) => old('access', claims)],
    ['that names a list', (claims) => old('access', { ...claims, user_id: [oldId] })],
    ['with our own mark in it', (claims) => old('access', { ...claims, knd: 'a' })],
  ])('%s is refused', async (_what, make) => {
    const { post, claims } = await takenOver()
    expect(said(await post('profile.get', make(claims)))).toMatch(/^401 access_token_invalid/)
  })

  it('of somebody unknown here says that the session has ended', async () => {
    const { post, claims } = await takenOver()
    const stranger = old('access', { ...claims, user_id: 'ffffffffffffffffffffffff' })
    expect(said(await post('profile.get', stranger))).toBe('401 session_ended')
  })

  it('counts for nobody who was not taken over, though they are called the same', async () => {
    const { post, access, refresh } = await takenOver({ mark: false })
    expect(said(await post('profile.get', access))).toBe('401 session_ended')
    expect(said(await post('refresh', refresh))).toBe('401 session_ended')
  })

  it('does not let in where a recent proof is asked for', async () => {
    const { post, access, clock } = await takenOver()
    clock.advance(299_000)
    const asked = await post('email.change', access, { email: 'eve@example.com' })
    expect(asked.status).toBe(401)
  })

  it('does not let in there either where the contract does without such proofs', async () => {
    const contract = wire({ sessions: { proof: 'session' } })
    const { post, access, id, sallyport } = await takenOver({ contract })
    const move = { id, email: 'eve@example.com' }
    expect(said(await post('users.edit', access, move))).toBe('401 session_ended')
    await sallyport.server.context.store.update(users, { id }, { password_hash: null })
    const chosen = { new_password: 'another horse battery' }
    expect(said(await post('password.replace', access, chosen))).toBe('401 session_ended')
  })

  it('is refused from the day on that the setting names', async () => {
    const entries = [entry('access', { until: '2020-01-01' })]
    const { post, access } = await takenOver({ entries })
    expect(said(await post('profile.get', access))).toMatch(/^401 access_token_invalid/)
  })

  it('may name the user by address, and be signed with a key pair', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const key = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const entries = [entry('access', { algorithm: 'RS256', key, user: 'sub', by: 'email', claims: {} })]
    const { post, claims } = await takenOver({ entries })
    const input = `${base64url({ alg: 'RS256' })}.${base64url({ ...claims, sub: 'ADA@example.com' })}`
    const token = `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`
    expect((await post('profile.get', token)).status).toBe(200)
    // The public key as the secret of an HMAC, the oldest trick there is.
    expect(
      (await post('profile.get', old('access', { ...claims, sub: 'ada@example.com' }, key))).status,
    ).toBe(401)
  })
})

describe('a refresh token of the earlier backend', () => {
  it('is traded for a session of ours, once, however many ask at the same time', async () => {
    const { post, refresh } = await takenOver()
    const answers = await Promise.all(Array.from({ length: 10 }, () => post('refresh', refresh)))
    const good = answers.filter(({ status }) => status === 200)
    expect(good).toHaveLength(1)
    expect(answers.filter((answer) => said(answer) === '401 refresh_token_reused')).toHaveLength(9)
    const pair = good[0]?.json as { access_token: string; refresh_token: string }
    expect((await post('profile.get', pair.access_token)).status).toBe(200)
    expect((await post('refresh', pair.refresh_token)).status).toBe(200)
  })

  it('that comes back later ends the session that it was traded for', async () => {
    const { post, refresh, clock, sallyport } = await takenOver()
    const { refresh_token } = (await post('refresh', refresh)).json as { refresh_token: string }
    clock.advance(3000)
    expect(said(await post('refresh', refresh))).toBe('401 refresh_token_reused')
    expect(said(await post('refresh', refresh_token))).toBe('401 session_ended')
    expect(sallyport.events).toContain('session.reuse_detected')
  })

  it('proves nothing lately: what asks for that is refused to its session, too', async () => {
    const { post, refresh } = await takenOver()
    const { access_token } = (await post('refresh', refresh)).json as { access_token: string }
    const asked = await post('email.change', access_token, { email: 'eve@example.com' })
    expect(said(asked)).toBe('401 step_up_required')
  })

  it('may say its end in parts of a second, but not one that no clock reaches', async () => {
    const { post, claims } = await takenOver()
    const ending = (exp: number) => old('refresh', { ...claims, exp })
    expect(said(await post('refresh', ending(claims.exp + 0.1234567)))).toBe('200')
    expect(said(await post('refresh', ending(1e300)))).toBe('401 refresh_token_invalid')
  })

  it('is refused when it has run out, and is no access token', async () => {
    const { post, refresh, clock } = await takenOver()
    expect(said(await post('profile.get', refresh))).toMatch(/^401 access_token_invalid/)
    clock.advance(86_401_000)
    expect(said(await post('refresh', refresh))).toBe('401 refresh_token_expired')
  })
})

describe('the window closes at once', () => {
  const refusedNow = async ({ post, access, refresh }: Awaited<ReturnType<typeof takenOver>>) => {
    expect(said(await post('profile.get', access))).toBe('401 session_ended')
    expect(said(await post('refresh', refresh))).toBe('401 session_ended')
  }

  it('when the bearer logs out with an old access token', async () => {
    const server = await takenOver()
    expect((await server.post('logout', server.access)).status).toBe(200)
    await refusedNow(server)
    expect(server.sallyport.events).toContain('legacy.closed')
  })

  it('when the bearer logs out with an old refresh token', async () => {
    const server = await takenOver()
    expect((await server.post('logout', server.refresh)).status).toBe(200)
    await refusedNow(server)
  })

  it('when what the bearer leaves with has run out', async () => {
    for (const [which, seconds] of [
      ['access', 301],
      ['refresh', 86_401],
    ] as const) {
      const server = await takenOver()
      server.clock.advance(seconds * 1000)
      expect((await server.post('logout', server[which])).status).toBe(200)
      const later = old('refresh', { ...server.claims, exp: server.claims.exp + 1_000_000 })
      expect(said(await server.post('refresh', later))).toBe('401 session_ended')
    }
  })

  it('and ends the session that the old refresh token was traded for', async () => {
    const server = await takenOver()
    const { refresh_token } = (await server.post('refresh', server.refresh)).json
    expect((await server.post('logout', server.refresh)).status).toBe(200)
    expect(said(await server.post('refresh', refresh_token))).toBe('401 session_ended')
    await refusedNow(server)
  })

  it('when the session that they log out of has ended before', async () => {
    const server = await takenOver()
    const { access_token } = (await server.post('login', '', { identifier: signedUp.email, ...signedUp }))
      .json
    await server.sallyport.server.context.store.remove(sessions, { user_id: server.id })
    expect((await server.post('logout', access_token)).status).toBe(200)
    await refusedNow(server)
  })

  it('when they log out of a session of ours', async () => {
    const server = await takenOver()
    const { access_token } = (await server.post('login', '', { identifier: signedUp.email, ...signedUp }))
      .json
    expect((await server.post('logout', access_token)).status).toBe(200)
    await refusedNow(server)
  })

  it('when the password changes', async () => {
    const server = await takenOver()
    const { access_token } = (await server.post('login', '', { identifier: signedUp.email, ...signedUp }))
      .json
    const body = { current_password: signedUp.password, new_password: 'another horse battery' }
    expect((await server.post('password.change', access_token, body)).status).toBe(200)
    await refusedNow(server)
  })

  it('when the user is disabled, and stays closed afterwards', async () => {
    const server = await takenOver()
    const { store } = server.sallyport.server.context
    await store.update(users, { id: server.id }, { status: 'disabled', epoch: { add: 1 } })
    await refusedNow(server)
    await store.update(users, { id: server.id }, { status: 'active' })
    await refusedNow(server)
  })
})

describe('a token of ours', () => {
  it('that was refused does not come in as an older one, though the secret is the same', async () => {
    const contract = wire({ sessions: { check: 'live' } })
    const server = await takenOver({ contract })
    const { post, sallyport, id, clock } = server
    const { access_token } = (await post('login', '', { identifier: signedUp.email, ...signedUp })).json
    expect((await post('profile.get', access_token)).status).toBe(200)
    await sallyport.server.context.store.update(users, { id }, { roles: ['editor'] })
    clock.advance(6000)
    expect(said(await post('profile.get', access_token))).toMatch(/^401 access_token_invalid/)
  })
})

describe('the setting', () => {
  const start = (entries: unknown) =>
    openSallyport({ contracts: [wire()], env: { SALLYPORT_LEGACY_TOKENS: JSON.stringify(entries) } })

  it.each<[string, unknown]>([
    ['no list', {}],
    ['an unknown member', [entry('access', { colour: 1 })]],
    ['an unknown kind', [{ ...entry('access'), kind: 'id' }]],
    ['no end', [{ ...entry('access'), until: 'some day' }]],
    ['an unpinned algorithm', [entry('access', { algorithm: 'none' })]],
    ['a public key as an HMAC secret', [entry('access', { key: '-----BEGIN PUBLIC KEY-----' })]],
    ['no bytes for a secret', [entry('access', { key: 'base64:' })]],
    ['a secret that is no base64', [entry('access', { key: 'base64:!!!!' })]],
    ['a secret as a public key', [entry('access', { algorithm: 'RS256' })]],
    ['a contract that is not open', [entry('access', { contract: 'closed' })]],
    ['a key that is none', [entry('access', { algorithm: 'RS256', key: '-----BEGIN PUBLIC KEY-----\nx' })]],
  ])('stops the start and names itself with %s', async (_what, entries) => {
    await expect(start(entries)).rejects.toThrow(/legacy_tokens|LEGACY_TOKENS/)
  })
})
