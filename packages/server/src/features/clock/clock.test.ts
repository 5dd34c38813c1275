import { expect, it } from 'vitest'
import { openSallyport } from '../../testing/sallyport.js'
import { pointers, told } from '../../testing/told.js'

it('moves with testing.clock, and tokens expire by it', async () => {
  const sallyport = await openSallyport({ settings: { 'testing.clock': 'true' } })
  const user = await sallyport.signUp()
  const answer = await sallyport.browser().post('/dev/clock', { advance: '301s' })
  expect(told(answer)).toBe('200')
  expect(answer.json).toEqual({ now: '2030-01-01T00:05:01.000Z' })
  expect(told(await sallyport.as(user).get('/v1/me'))).toBe('401 access_token_expired')
  expect((await sallyport.browser().post('/dev/clock', { advance: '2h' })).json.now).toBe(
    '2030-01-01T02:05:01.000Z',
  )
  await sallyport.close()
})

it('refuses what is no duration', async () => {
  const sallyport = await openSallyport({ settings: { 'testing.clock': 'true' } })
  for (const advance of ['soon', '-5s', '5 weeks', '', 301, null]) {
    const answer = await sallyport.browser().post('/dev/clock', { advance })
    expect(told(answer)).toBe('400 invalid_request')
    expect(pointers(answer)).toEqual(['/advance'])
  }
  await sallyport.close()
})

it('is not there without the setting, and the setting is not there in production', async () => {
  const plain = await openSallyport()
  expect(told(await plain.browser().post('/dev/clock', { advance: '1s' }))).toBe('404 not_found')
  await plain.close()
  const production = openSallyport({ mode: 'production', settings: { 'testing.clock': 'true' } })
  await expect(production).rejects.toThrow(/testing\.clock/)
})
