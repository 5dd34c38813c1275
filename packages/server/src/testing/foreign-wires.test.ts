// What transcripts of foreign wires cannot show: bodies too large to print, switches of a contract, and the hosted pages in
// the place of an earlier front end's.
import { type Contract, contracts } from '@sallyport/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { newest } from './mailed.js'
import { openSallyport, type Sallyport } from './sallyport.js'

let sallyport: Sallyport
afterEach(() => sallyport.close())

const known = (name: string): Contract => contracts.find(({ contract }) => contract.name === name)!.contract
const open = async (contract: Contract) => {
  sallyport = await openSallyport({ contracts: [contract] })
  return sallyport.browser()
}
const large = { email: 'x'.repeat(65 * 1024) }

it('a body of more than 64 KiB is refused in the words of StariFoto', async () => {
  const browser = await open(known('starifoto'))
  const { status, json } = await browser.post('/api/auth/login', large)
  expect(status).toBe(413)
  expect(Object.keys(json)).toEqual(['timestamp', 'status', 'error', 'message', 'path'])
  expect(json).toMatchObject({ status: 413, path: '/api/auth/login' })
})

it('a body of more than 64 KiB is refused in the words of Auth-system', async () => {
  const browser = await open(known('auth-system'))
  const { status, json } = await browser.post('/register', large)
  expect([status, json]).toEqual([413, { detail: expect.any(String) }])
})

describe('StariFoto’s double submit, switched on', () => {
  const strict = (): Contract => {
    const contract = known('starifoto')
    return { ...contract, csrf: { ...contract.csrf!, strict: true } }
  }

  it('asks for the cookie’s value in the header, and for nothing where it is switched off', async () => {
    const browser = await open(strict())
    const send = (headers: Record<string, string>) =>
      browser.post('/api/auth/google', { credential: 'x' }, headers)
    expect((await send({})).json.message).toBe('Access Denied')
    expect((await browser.get('/api/csrf')).json).toEqual({ result: 'csrf' })
    const token = browser.cookies.get('XSRF-TOKEN')!
    expect((await send({ 'x-xsrf-token': `${token}x` })).json.message).toBe('Access Denied')
    expect((await send({ 'x-xsrf-token': token })).status).toBe(404)
    await sallyport.close()
    expect(
      (await (await open(known('starifoto'))).post('/api/auth/google', { credential: 'x' })).status,
    ).toBe(404)
  })
})

describe('Auth-system’s paths that were pages', () => {
  const looking = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', accept: 'text/html' }

  it.each([
    ['/register', '/sign-up'],
    ['/login', '/sign-in'],
    ['/email-verify?token=abc', '/verify/link?token=abc'],
    ['/profile', '/account'],
  ])('%s leads a browser to %s', async (from, to) => {
    const answer = await (await open(known('auth-system'))).get(from, looking)
    expect([answer.status, answer.headers.location]).toEqual([303, to])
  })

  it('the link that was mailed leads to the page that proves the address', async () => {
    const browser = await open(known('auth-system'))
    const account = { email: 'ada@example.com', password: 'a door behind the ivy' }
    await browser.post('/register', account)
    const { pathname, search } = new URL((await newest(sallyport, account.email)).link)
    expect(pathname).toBe('/email-verify')
    const { headers } = await browser.get(pathname + search, looking)
    const { status, text } = await browser.get(String(headers.location), looking)
    expect(status).toBe(200)
    expect(text).toContain(account.email)
  })

  it('are the API for everybody else', async () => {
    const browser = await open(known('auth-system'))
    const { status, json } = await browser.get('/profile', { 'sec-fetch-mode': 'cors' })
    expect([status, json]).toEqual([401, { detail: 'Not authenticated' }])
  })
})
