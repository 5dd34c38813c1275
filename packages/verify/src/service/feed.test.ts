import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createVerifier, type Settings, type Verifier } from '../index.js'
import { type Issuer, jwksPath, openIssuer, verifierKey } from '../trial/issuer.js'
import { type Feed, followFeed, type Pace } from './feed.js'
import { knownSettings } from './settings.js'

let issuer: Issuer
let logged: string[]
const open: { close(): void }[] = []
beforeEach(async () => {
  issuer = await openIssuer()
  logged = []
})
afterEach(async () => {
  for (const one of open.splice(0)) one.close()
  await issuer.down()
})

const settings = (more: Partial<Settings> = {}): Settings => ({
  issuer: issuer.url,
  audience: 'api',
  revocation: 'feed',
  verifierKey,
  now: () => issuer.now,
  log: (message) => logged.push(message),
  ...more,
})
function create(more: Partial<Settings> = {}): Verifier {
  const verify = createVerifier(settings(more))
  open.push(verify)
  return verify
}
const told = async (answer: ReturnType<Verifier['token']>) => {
  const said = await answer
  return said.ok ? 'ok' : `${said.status} ${said.code} ${said.reason}`
}
const stale = '503 verifier_unavailable revocation_unavailable'
const ended = '401 session_ended revoked'

/** The id of a session that began then, milliseconds. */
function sessionAt(time: number, tail = '7000-8000-000000000001'): string {
  const hex = time.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-${tail}`
}

/** A verifier whose feed is current. */
async function following(more: Partial<Settings> = {}): Promise<Verifier> {
  const verify = create(more)
  const ready = verify.ready()
  await issuer.followed(1)
  issuer.say('current', {}, '1')
  expect(await ready).toBe(true)
  return verify
}
/** Waits until everything that was said has been heard: what is said last makes the feed less stale. */
async function heard(verify: Verifier): Promise<void> {
  issuer.now += 1
  issuer.say('current', {}, '2')
  await expect.poll(() => verify.staleness()).toBe(0)
}

describe('what the feed says', () => {
  it('ends a session: new tokens and known ones, and no others', async () => {
    const verify = await following()
    const [mine, other] = [issuer.tokens.token({ sid: 'mine' }), issuer.tokens.token({ sid: 'other' })]
    expect(await told(verify.token(mine))).toBe('ok')
    issuer.say('session_revoked', { sid: 'mine' }, '2')
    await expect.poll(() => told(verify.token(mine))).toBe(ended)
    expect(await told(verify.token(issuer.tokens.token({ sid: 'mine' })))).toBe(ended)
    expect(await told(verify.token(other))).toBe('ok')
  })

  it('ends a user’s sessions that began before, but for one; a token whose session tells no time among them', async () => {
    const verify = await following()
    const at = issuer.now
    const kept = sessionAt(at - 5, '7000-8000-0000000000aa')
    issuer.say('user_changed', { sub: 'ada', before: at, except: kept }, '2')
    await heard(verify)
    const of = (sid: string | undefined, sub = 'ada') => told(verify.token(issuer.tokens.token({ sub, sid })))
    expect(await of(sessionAt(at))).toBe(ended)
    expect(await of(sessionAt(at - 1000))).toBe(ended)
    expect(await of(sessionAt(at + 1))).toBe('ok')
    expect(await of(kept)).toBe('ok')
    expect(await of(sessionAt(at), 'bob')).toBe('ok')
    expect(await of(undefined)).toBe(ended)
    expect(await of('a session of another kind')).toBe(ended)
  })

  it('drops a key and what it signed, though the key set still has it', async () => {
    const verify = await following()
    const token = issuer.tokens.token()
    expect(await told(verify.token(token))).toBe('ok')
    issuer.say('key_removed', { kid: issuer.tokens.settings.keys[0]?.kid }, '2')
    await heard(verify)
    expect(await told(verify.token(token))).toBe('401 access_token_invalid unknown_key')
    issuer.now += 30_000
    issuer.say('current', {}, '3')
    expect(await told(verify.token(token))).toBe('401 access_token_invalid unknown_key')
    expect(issuer.asked.filter((path) => path === jwksPath)).toHaveLength(3)
  })

  it('means the same when it is said again, late or in another order', async () => {
    const verify = await following()
    const at = issuer.now
    const kept = sessionAt(at, '7000-8000-0000000000aa')
    const events: [string, object][] = [
      ['user_changed', { sub: 'ada', before: at }],
      ['user_changed', { sub: 'ada', before: at - 60_000, except: kept }],
      ['user_changed', { sub: 'bob', before: at, except: kept }],
      ['user_changed', { sub: 'bob', before: at, except: sessionAt(at, '7000-8000-0000000000bb') }],
      ['session_revoked', { sid: 'mine' }],
    ]
    for (const [name, data] of [...events, ...events.toReversed(), ...events]) issuer.say(name, data)
    await heard(verify)
    for (const claims of [{ sub: 'ada', sid: kept }, { sub: 'bob', sid: kept }, { sid: 'mine' }])
      expect(await told(verify.token(issuer.tokens.token(claims)))).toBe(ended)
  })

  it('is kept for as long as a token can live, and no longer', () => {
    const feed = direct()
    feed.ended.session('mine')
    issuer.now += 900_000 + 60_000 + 60_000
    feed.ended.forget()
    expect(feed.ended.has({ exp: 0, sid: 'mine' })).toBe(true)
    issuer.now += 120_000
    feed.ended.forget()
    expect(feed.ended.size).toBe(0)
  })
})

describe('a feed that is not current', () => {
  it('is waited for a moment at the start, and what it says meanwhile counts', async () => {
    const verify = create()
    const answer = told(verify.token(issuer.tokens.token({ sid: 'mine' })))
    await issuer.followed(1)
    issuer.say('session_revoked', { sid: 'mine' })
    issuer.say('current', {}, '1')
    expect(await answer).toBe(ended)
  })

  it('refuses with 503 twenty seconds after the last word, and goes on with the next', async () => {
    const verify = await following()
    const token = issuer.tokens.token()
    issuer.now += 20_000
    expect(await told(verify.token(token))).toBe('ok')
    issuer.now += 1
    expect(await told(verify.token(token))).toBe(stale)
    expect(await told(verify.token(issuer.tokens.forged()))).toBe('401 access_token_invalid signature')
    expect(verify.staleness()).toBe(20_001)
    await heard(verify)
    expect(await told(verify.token(token))).toBe('ok')
  })

  it('is no younger by a clock that was put back', async () => {
    const verify = await following()
    const token = issuer.tokens.token({ iat: Math.floor(issuer.now / 1000) - 60 })
    issuer.now -= 20_001
    expect(await told(verify.token(token))).toBe(stale)
  })

  it('lets pass where the operator chose so, and says it once', async () => {
    const verify = await following({ whenStale: 'open', staleAfter: 5000 })
    issuer.now += 5001
    issuer.say('session_revoked', { sid: 'mine' })
    for (let again = 0; again < 3; again++) expect(await told(verify.token(issuer.tokens.token()))).toBe('ok')
    await expect.poll(() => told(verify.token(issuer.tokens.token({ sid: 'mine' })))).toBe(ended)
    expect(logged).toEqual(['nobody can say which sessions have ended, and tokens are accepted all the same'])
  })

  it('is what a wrong verifier key makes', async () => {
    const verify = create({ verifierKey: `vk_${'x'.repeat(32)}` })
    expect(await told(verify.token(issuer.tokens.token()))).toBe(stale)
    expect(logged).toEqual(['the feed of revocations was cut: it answered 401'])
    expect(await verify.ready()).toBe(false)
  })
})

/** The feed alone, which comes back without waiting. */
function direct(pace: Pace = {}): Feed {
  const feed = followFeed(knownSettings(settings()), () => {}, { wait: async () => {}, ...pace })
  open.push(feed)
  return feed
}

describe('a feed that is cut', () => {
  it('comes back with the id of what it heard last, and hears what it missed', async () => {
    const feed = direct()
    await issuer.followed(1)
    issuer.say('session_revoked', { sid: 'first' }, '41')
    issuer.say('current', {}, '42')
    issuer.say('session_revoked', { sid: 'without an id' })
    await expect.poll(() => feed.ended.size).toBe(2)
    issuer.cut()
    await issuer.followed(2)
    expect(issuer.resumed).toEqual([undefined, '42'])
    issuer.say('session_revoked', { sid: 'missed' })
    issuer.say('current', {}, '43')
    await expect.poll(() => feed.ended.has({ exp: 0, sid: 'missed' })).toBe(true)
    await expect
      .poll(() => logged)
      .toEqual(['the feed of revocations was cut: it ended', 'the feed of revocations is back'])
  })

  it.each<[string, string, unknown]>([
    ['no JSON', 'session_revoked', '{'],
    ['null', 'session_revoked', null],
    ['a sid that is a number', 'session_revoked', { sid: 7 }],
    ['no sid', 'session_revoked', {}],
    ['a before that is a text', 'user_changed', { sub: 'ada', before: '7' }],
    ['an except that is null', 'user_changed', { sub: 'ada', before: 7, except: null }],
    ['no kid', 'key_removed', {}],
    ['more than an event may hold', 'session_revoked', { sid: 'x'.repeat(70_000) }],
    ['a line without an end', 'x'.repeat(70_000), {}],
  ])('is what it becomes by %s', async (_name, event, data) => {
    const feed = direct()
    await issuer.followed(1)
    issuer.say(event, data, '666')
    await issuer.followed(2)
    expect(feed.ended.size).toBe(0)
    expect(feed.staleness()).toBe(Number.POSITIVE_INFINITY)
    expect(issuer.resumed[1]).toBeUndefined()
    expect(logged[0]).toContain('was cut')
  })

  it('is what it becomes when nothing comes any more, though the connection stands', async () => {
    direct({ silence: 5 })
    await issuer.followed(3)
    expect(logged[0]).toContain('was cut')
  })

  it('takes no offence at events that it does not know, at comments and at other line ends', async () => {
    const feed = direct()
    await issuer.followed(1)
    issuer.say('a new kind', {}, '7')
    issuer.say('x\r\n: a comment\r\nevent:session_revoked\r\nretry: 7', { sid: 'mine' }, '8')
    await expect.poll(() => feed.ended.has({ exp: 0, sid: 'mine' })).toBe(true)
    expect(issuer.resumed).toHaveLength(1)
  })

  it('is no younger by an answer that is played again, whose endings count all the same', async () => {
    const feed = direct()
    await issuer.followed(1)
    issuer.say('current', {}, '2000000')
    await expect.poll(() => feed.staleness()).toBe(0)
    issuer.cut()
    await issuer.followed(2)
    issuer.now += 1000
    issuer.say('session_revoked', { sid: 'mine' }, '1939998')
    issuer.say('current', {}, '1939999')
    await issuer.followed(3)
    expect(feed.staleness()).toBe(1000)
    expect(feed.ended.has({ exp: 0, sid: 'mine' })).toBe(true)
    expect(issuer.resumed).toEqual([undefined, '2000000', '2000000'])
    expect(logged).toEqual(['the feed of revocations was cut: it ended'])
    issuer.say('current', {}, '1940000')
    await expect.poll(() => feed.staleness()).toBe(0)
    expect(logged.at(-1)).toBe('the feed of revocations is back')
  })

  it('is no younger by an answer that is played again and again, nor by one without an id', async () => {
    const feed = direct()
    await issuer.followed(1)
    issuer.say('current', {}, '2000000')
    await expect.poll(() => feed.staleness()).toBe(0)
    issuer.now += 60_000
    issuer.say('current', {}, '2000000')
    await expect.poll(() => feed.staleness()).toBe(0)
    issuer.now += 1
    issuer.say('current', {}, '2000000')
    await issuer.followed(2)
    issuer.say('current', {})
    await issuer.followed(3)
    issuer.say('current', {}, 'another’s')
    await issuer.followed(4)
    expect(feed.staleness()).toBe(1)
    expect(issuer.resumed.at(-1)).toBe('2000000')
    issuer.say('current', {}, '2060001')
    await expect.poll(() => feed.staleness()).toBe(0)
  })

  it('is current again when the clock of the issuer, which was years ahead, has been set', async () => {
    const feed = direct()
    await issuer.followed(1)
    issuer.say('current', {}, String(issuer.now + 1e11))
    await expect.poll(() => feed.staleness()).toBe(0)
    issuer.now += 61_000
    issuer.say('current', {}, String(issuer.now - 60_001))
    await issuer.followed(2)
    expect(feed.staleness()).toBe(61_000)
    issuer.say('current', {}, String(issuer.now - 5))
    await expect.poll(() => feed.staleness()).toBe(0)
    issuer.cut()
    await issuer.followed(3)
    expect(issuer.resumed.at(-1)).toBe(String(issuer.now - 5))
  })

  it.each([undefined, 'text/html', 'text/event-streams'])(
    'is what an answer of the type %s is',
    async (type) => {
      issuer.answers.set('/v1/revocations', (_request, response) => {
        response.writeHead(200, type === undefined ? {} : { 'content-type': type })
        response.end('event: current\nid: 7\ndata: {}\n\n')
      })
      const verify = create()
      expect(await told(verify.token(issuer.tokens.token()))).toBe(stale)
      expect(logged).toEqual(['the feed of revocations was cut: it answered no text/event-stream'])
    },
  )

  it('ends for good when it is closed', async () => {
    const feed = direct()
    await issuer.followed(1)
    const before = issuer.asked.length
    feed.close()
    await issuer.down()
    await issuer.up()
    expect(issuer.asked).toHaveLength(before)
    expect(logged).toEqual([])
  })
})
