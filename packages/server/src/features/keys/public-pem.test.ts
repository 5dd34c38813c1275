import { createPublicKey, verify } from 'node:crypto'
import { expect, it } from 'vitest'
import { plainWire, said } from '../../testing/plain-wire.js'
import { openSallyport } from '../../testing/sallyport.js'

const signedUp = { email: 'ada@example.com', password: 'correct horse battery' }

it('the public key of a contract verifies its tokens', async () => {
  const settings = { 'access-token.alg': 'RS256' }
  const sallyport = await openSallyport({ contracts: [plainWire()], settings })
  const { public_key } = (await sallyport.browser().post('/w/keys.pem', {})).json
  expect(public_key).toMatch(/^-----BEGIN PUBLIC KEY-----\n/)
  const token = (await sallyport.browser().post('/w/signup', signedUp)).json.access_token as string
  const [header, claims, signature] = token.split('.') as [string, string, string]
  const key = createPublicKey(public_key)
  const good = verify('sha256', Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url'))
  expect(good).toBe(true)
  await sallyport.close()
})

it('is the contract’s own where it has a pair of its own, and none where it has secrets', async () => {
  const claims = { sub: '$id' }
  const tokens = { keys: 'one', access: { claims }, refresh: { claims } } as const
  const open = (algorithm: 'RS256' | 'HS256') =>
    openSallyport({ contracts: [plainWire({ tokens: { ...tokens, algorithm } })] })
  const own = await open('RS256')
  const { public_key } = (await own.browser().post('/w/keys.pem', {})).json
  const { access_token } = (await own.browser().post('/w/signup', signedUp)).json
  const [header, body, signature] = access_token.split('.') as [string, string, string]
  const data = Buffer.from(`${header}.${body}`)
  expect(verify('sha256', data, createPublicKey(public_key), Buffer.from(signature, 'base64url'))).toBe(true)
  await own.close()
  const secret = await open('HS256')
  expect(said(await secret.browser().post('/w/keys.pem', {}))).toBe('404 not_found')
  await secret.close()
})

it('there is none where a secret signs', async () => {
  const settings = { 'access-token.alg': 'HS256' }
  const sallyport = await openSallyport({ contracts: [plainWire()], settings })
  expect(said(await sallyport.browser().post('/w/keys.pem', {}))).toBe('404 not_found')
  await sallyport.close()
})
