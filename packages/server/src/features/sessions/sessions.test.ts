import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openSallyport, type Sallyport, type SignedUp } from '../../testing/sallyport.js'
import { pointers, told } from '../../testing/told.js'

const day = 86_400_000
let sallyport: Sallyport
let user: SignedUp
beforeAll(async () => {
  sallyport = await openSallyport({ settings: { 'limits.login_account.max': '100000' } })
})
afterAll(() => sallyport.close())
beforeEach(async () => {
  user = await sallyport.signUp()
})

const logIn = async (agent = 'curl/8'): Promise<SignedUp> => {
  const { email: identifier, password } = user
  sallyport.clock.advance(1)
  return (await sallyport.browser().post('/v1/login', { identifier, password }, { 'user-agent': agent })).json
}
const list = (tokens: { access_token: string }, query = '') =>
  sallyport.as(tokens).get(`/v1/me/sessions${query}`)
const ids = (items: { id: string }[]) => items.map(({ id }) => id)

describe('the list of sessions', () => {
  it('says of each where and when, the newest first, and which one is asking', async () => {
    const phone = await logIn('Phone/1.0')
    const answer = await list(user)
    expect(told(answer)).toBe('200')
    expect(ids(answer.json.items)).toEqual([phone.session_id, user.session_id])
    const [newest] = answer.json.items
    const now = sallyport.clock.now()
    expect(newest).toEqual({
      id: phone.session_id,
      current: false,
      user_agent: 'Phone/1.0',
      ip: '127.0.0.1',
      created_at: new Date(now).toISOString(),
      last_seen_at: new Date(now).toISOString(),
      expires_at: new Date(now + 14 * day).toISOString(),
      amr: ['pwd'],
    })
    expect(answer.json.items[1].current).toBe(true)
  })

  it('moves last_seen_at with a refresh', async () => {
    sallyport.clock.advance(60_000)
    const { refresh_token } = user
    const fresh = (await sallyport.browser().post('/v1/refresh', { refresh_token })).json
    const [one] = (await list(fresh)).json.items
    expect(Date.parse(one.last_seen_at) - Date.parse(one.created_at)).toBe(60_000)
  })

  it('comes in pages that miss none and repeat none', async () => {
    const others = [await logIn(), await logIn(), await logIn(), await logIn()]
    const seen: string[] = []
    let cursor = ''
    do {
      const answer = await list(user, `?limit=2${cursor && `&cursor=${cursor}`}`)
      expect(answer.json.items.length).toBeLessThanOrEqual(2)
      seen.push(...ids(answer.json.items))
      cursor = answer.json.next_cursor ?? ''
    } while (cursor !== '')
    expect(seen).toEqual([...others.map(({ session_id }) => session_id).reverse(), user.session_id])
  })

  it.each([
    ['?limit=0', '/limit'],
    ['?limit=101', '/limit'],
    ['?limit=x', '/limit'],
    ['?cursor=nonsense', '/cursor'],
    ['?cursor=W10', '/cursor'],
  ])('refuses %s', async (query, pointer) => {
    const answer = await list(user, query)
    expect(told(answer)).toBe('400 invalid_request')
    expect(pointers(answer)).toEqual([pointer])
  })

  it('leaves out what has expired or ended', async () => {
    const ended = await logIn()
    await sallyport.as(ended).post('/v1/logout')
    sallyport.clock.advance(15 * day)
    const later = await logIn()
    expect(ids((await list(later)).json.items)).toEqual([later.session_id])
  })

  it('never shows another user’s', async () => {
    const other = await sallyport.signUp()
    expect(ids((await list(other)).json.items)).toEqual([other.session_id])
  })
})

describe('ending a session', () => {
  const end = (tokens: { access_token: string }, id: string) =>
    sallyport.as(tokens).send('DELETE', `/v1/me/sessions/${id}`)

  it('by its id kills both of its tokens at once', async () => {
    const phone = await logIn()
    expect(told(await end(user, phone.session_id))).toBe('204')
    expect(told(await sallyport.as(phone).get('/v1/me'))).toBe('401 session_ended')
    const { refresh_token } = phone
    expect(told(await sallyport.browser().post('/v1/refresh', { refresh_token }))).toBe('401 session_ended')
    expect(told(await end(user, phone.session_id))).toBe('404 not_found')
  })

  it('of somebody else looks like one that never was, and goes on', async () => {
    const other = await sallyport.signUp()
    const foreign = await end(user, other.session_id)
    const unknown = await end(user, '01940000-0000-7000-8000-000000000000')
    expect(told(foreign)).toBe('404 not_found')
    expect({ ...foreign.json, instance: '' }).toEqual({ ...unknown.json, instance: '' })
    expect(told(await end(user, 'x'))).toBe('404 not_found')
    expect(told(await end(user, other.session_id.toUpperCase()))).toBe('404 not_found')
    expect(told(await sallyport.as(other).get('/v1/me'))).toBe('200')
  })

  it('can be one’s own', async () => {
    expect(told(await end(user, user.session_id))).toBe('204')
    expect(told(await list(user))).toBe('401 session_ended')
  })

  it('for all but this one leaves exactly this one', async () => {
    const [phone, tablet] = [await logIn(), await logIn()]
    const answer = await sallyport.as(phone).send('DELETE', '/v1/me/sessions')
    expect(told(answer)).toBe('204')
    for (const gone of [user, tablet]) {
      expect(told(await sallyport.as(gone).get('/v1/me'))).toBe('401 session_ended')
      const { refresh_token } = gone
      expect(told(await sallyport.browser().post('/v1/refresh', { refresh_token }))).toBe('401 session_ended')
    }
    expect(ids((await list(phone)).json.items)).toEqual([phone.session_id])
    const { refresh_token } = phone
    expect(told(await sallyport.browser().post('/v1/refresh', { refresh_token }))).toBe('200')
  })

  it('for all but this one, five times at once, is done and ends nothing here', async () => {
    const phone = await logIn()
    const end = () => sallyport.as(phone).send('DELETE', '/v1/me/sessions')
    const answers = await Promise.all([end(), end(), end(), end(), end()])
    expect(answers.map(told)).toEqual(Array(5).fill('204'))
    expect(ids((await list(phone)).json.items)).toEqual([phone.session_id])
  })

  it('for all but this one from two sessions at once leaves one of them', async () => {
    const phone = await logIn()
    const end = (one: SignedUp) => sallyport.as(one).send('DELETE', '/v1/me/sessions')
    const answers = await Promise.all([end(phone), end(user)])
    expect(answers.map(told).sort()).toEqual(['204', '401 session_ended'])
    const winner = answers[0]!.status === 204 ? phone : user
    expect(ids((await list(winner)).json.items)).toEqual([winner.session_id])
  })
})
