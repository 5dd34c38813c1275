// The codes are the server's: one that it gains and the client does not know would be called `unexpected_answer`.
import { errors } from '@sallyport/protocol'
import { expect, it } from 'vitest'
import { codes, narrow, SallyportError, spoken } from './errors.js'

it('knows every code of the server’s catalogue, and no other', () => {
  expect([...spoken].sort()).toEqual(Object.keys(errors).sort())
})

it('narrows a code that a method never promised, and keeps what it came with', () => {
  const error = new SallyportError('phone_taken', 'no', { status: 409, requestId: 'r1' })
  expect(narrow(error, codes.signUp)).toBe(error)
  expect(narrow(error, codes.signIn)).toMatchObject({
    code: 'unexpected_answer',
    status: 409,
    requestId: 'r1',
    retryable: true,
  })
})
