import { describe, expect, it } from 'vitest'
import { createJar, matchCookies, readSetCookie } from './cookies.js'
import { fill, fillMatcher, fillText } from './fill.js'
import { decodeJwt } from './jwt.js'
import { match } from './match.js'
import { wireRequest } from './request.js'

const values = { name: 'Ädä', age: 36, user: { id: 1 }, token: 'aaaa.bbbb.cccc', word: '$any' }

describe('references', () => {
  it('are the value itself where they are all of a text, and text elsewhere', () => {
    expect(fill({ a: '${age}', b: 'x${age}', '${name}': ['${user}'] }, values)).toEqual({
      a: 36,
      b: 'x36',
      Ädä: [{ id: 1 }],
    })
    expect(() => fillText('${nobody}', values)).toThrow('${nobody} was never given')
    expect(() => fillText('${constructor}', values)).toThrow('was never given')
  })

  it('go through codecs', () => {
    expect(fillText('${name|base64} ${name|base64url} ${name|url} ${name|upper} ${name|lower}', values)).toBe(
      'w4Rkw6Q= w4Rkw6Q %C3%84d%C3%A4 ÄDÄ ädä',
    )
    const [head, claims, signature] = fillText('${token|tampered}', values).split('.')
    expect([head, claims, signature?.length]).toEqual(['aaaa', 'bbbb', 4])
    expect(signature).not.toBe('cccc')
    const unsigned = fillText('${token|unsigned}', { token: 'eyJhIjoxfQ.eyJzdWIiOiJhIn0.cccc' })
    expect(decodeJwt(unsigned)).toEqual({
      header: { alg: 'none', typ: 'JWT' },
      claims: { sub: 'a' },
      signature: '',
    })
  })

  it('never become words of a matcher, and stand for whole objects', () => {
    const matcher = fillMatcher('${word}', values)
    expect(match('$any', matcher, '')).toEqual([])
    expect(match('x', matcher, '')).toHaveLength(1)
    expect(match({ id: 1, more: 2 }, fillMatcher('${user}', values), '')).toHaveLength(1)
  })
})

describe('a request', () => {
  const wire = (request: object) => wireRequest({ send: 'POST /a?b=${age}', ...request }, values, createJar())

  it('carries its body as it was worded', () => {
    expect(wire({ json: { a: '${age}' } })).toEqual({
      method: 'POST',
      path: '/a?b=36',
      headers: { 'content-type': 'application/json' },
      body: '{"a":36}',
    })
    expect(wire({ form: { 'a b': '${name} &=+' } }).body).toBe('a+b=%C3%84d%C3%A4+%26%3D%2B')
    const { headers, body } = wire({ multipart: { a: '${name}' } })
    const [, boundary] = /^multipart\/form-data; boundary=(.+)$/.exec(headers['content-type']!)!
    expect(body).toBe(
      `--${boundary}\r\ncontent-disposition: form-data; name="a"\r\n\r\nÄdä\r\n--${boundary}--\r\n`,
    )
    const raw = wire({ raw: '{"a":', headers: { 'Content-Type': 'text/plain' }, bearer: '${token}' })
    expect(raw.headers).toEqual({ 'content-type': 'text/plain', authorization: 'Bearer aaaa.bbbb.cccc' })
    expect(wire({})).toEqual({ method: 'POST', path: '/a?b=36', headers: {} })
  })

  it('carries the cookies of its client, those that it names instead, or none', () => {
    const jar = createJar()
    jar.keep([readSetCookie('sid=1; Path=/')], '/login')
    const cookie = (request: object) =>
      wireRequest({ send: 'GET /me', ...request }, values, jar).headers.cookie
    expect(cookie({})).toBe('sid=1')
    expect(cookie({ cookies: { sid: '${age}', x: 'y' } })).toBe('sid=36; x=y')
    expect(cookie({ cookies: {} })).toBeUndefined()
  })
})

describe('a jar', () => {
  it('keeps cookies by path, and lets go of those that are cleared', () => {
    const jar = createJar()
    const keep = (line: string, path = '/auth/login') => jar.keep([readSetCookie(line)], path)
    keep('a=1; Path=/')
    keep('b=2')
    keep('__Host-c=3; Path=/v1')
    expect([jar.header('/'), jar.header('/auth'), jar.header('/auth/x'), jar.header('/v10')]).toEqual([
      'a=1',
      'a=1; b=2',
      'a=1; b=2',
      'a=1',
    ])
    expect(jar.value('c')).toBe('3')
    keep('a=; Max-Age=0; Path=/auth')
    expect(jar.value('a')).toBe('1')
    keep('a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/')
    keep('b=; Max-Age=0')
    expect(jar.header('/auth')).toBe('')
  })
})

describe('cookies of an answer', () => {
  const expected = {
    sid: { value: '$text', attributes: { 'Max-Age': 9, Path: '/', HttpOnly: true, Secure: 'https' } },
  } as const
  const paths = (secure: boolean, ...lines: string[]) =>
    matchCookies(lines.map(readSetCookie), expected, secure).map(({ path }) => path)

  it.each<[string, string[]]>([
    ['sid=1; max-age=9; path=/; httponly', []],
    ['sid=1; Max-Age=9; Path=/; HttpOnly; Expires=Thu, 01 Jan 2099 00:00:00 GMT', []],
    ['sid=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT; Path=/; HttpOnly', ['Max-Age', 'Expires']],
    ['sid=; Max-Age=9; Path=/; HttpOnly', ['value']],
    ['sid=1; Max-Age=8; Path=/a', ['Max-Age', 'Path', 'HttpOnly']],
    ['sid=1; Max-Age=9; Path=/; HttpOnly; Secure', ['Secure']],
    ['sid=1; Max-Age=9; Path=/; HttpOnly; SameSite=Lax; Domain=x', ['SameSite', 'Domain']],
  ])('%s is compared whole', (line, differing) => {
    expect(paths(false, line)).toEqual(differing.map((name) => `cookies/sid/${name}`))
  })

  it('are Secure over https where they have to be, exactly once there, and no others', () => {
    const line = 'sid=1; Max-Age=9; Path=/; HttpOnly'
    expect(paths(true, `${line}; Secure`)).toEqual([])
    expect(paths(true, line)).toEqual(['cookies/sid/Secure'])
    expect(paths(false, line, line)).toEqual(['cookies/sid'])
    expect(paths(false)).toEqual(['cookies/sid'])
    expect(paths(false, line, 'other=')).toEqual(['cookies/other'])
    expect(matchCookies([readSetCookie(line)], undefined, false)).toHaveLength(1)
    expect(matchCookies([readSetCookie(line)], '$any', false)).toEqual([])
  })
})
