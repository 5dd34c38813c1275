import { createPublicKey, verify } from 'node:crypto'
import { expect, it } from 'vitest'
import { plainWire, said } from '../../testing/plain-wire.js'
import { openSallyport } from '../../testing/sallyport.js'

const signedUp = { email: 'ada@example.com', password: 'correct horse battery' }

const shape = { claims: { user_id: '$id' } }
const signedWith = (algorithm: 'RS256' | 'HS256') =>
  plainWire({ tokens: { algorithm, keys: 'one', access: shape, refresh: shape } })

it('the public key of a contract verifies its tokens', async () => {
  const sallyport = await openSallyport({ contracts: [signedWith('RS256')] })
  const { public_key } = (await sallyport.browser().post('/w/keys.pem', {})).json
  expect(public_key).toMatch(/^-----BEGIN PUBLIC KEY-----\n/)
  const token = (await sallyport.browser().post('/w/signup', signedUp)).json.access_token as string
  const [header, claims, signature] = token.split('.') as [string, string, string]
  const key = createPublicKey(public_key)
  const good = verify('sha256', Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url'))
  expect(good).toBe(true)
  await sallyport.close()
})

it('there is none where a secret signs', async () => {
  const sallyport = await openSallyport({ contracts: [signedWith('HS256')] })
  expect(said(await sallyport.browser().post('/w/keys.pem', {}))).toBe('404 not_found')
  await sallyport.close()
})
