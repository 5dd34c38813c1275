import { expect, test } from 'vitest'
import { banner, eventLine, styleFor } from './lines.js'

const style = styleFor({ isTTY: false }, {})
const time = new Date(2030, 0, 1, 12, 4, 31).getTime()
const line = (facts: Record<string, unknown>) => eventLine({ level: 'info', time, ...facts }, style)

test('an event is one line: time, room, what happened, facts', () => {
  const facts = {
    event: 'login.succeeded',
    msg: 'signed in',
    ip: '::1',
    userId: '019a1111-2222-7333-8444-555566667777',
  }
  expect(line(facts)).toBe('12:04:31 login    signed in  ip ::1, userId …66667777\n')
})

test('an event that is its own message is not said twice', () => {
  expect(line({ event: 'session.reuse_detected', msg: 'session.reuse_detected' })).toBe(
    '12:04:31 session  reuse detected\n',
  )
})

test('a request is told by its method, path, status and time', () => {
  const request = { method: 'GET', path: '/v1/me', status: 200, ms: 3.4, msg: 'request', operation: 'me.get' }
  expect(line(request)).toBe('12:04:31 http     GET /v1/me 200 3 ms  operation me.get\n')
})

test('a warning is told by its level, whatever room it came from', () => {
  expect(line({ level: 'warn', room: 'store', msg: 'slow' })).toBe('12:04:31 warn     slow\n')
})

test('a failure brings its stack, indented', () => {
  expect(line({ level: 'error', msg: 'failed', err: { stack: 'Error: no\n  at x' } })).toBe(
    '12:04:31 error    failed\n    Error: no\n      at x\n',
  )
})

test('a logged text can neither break the line nor reach the terminal', () => {
  const said = line({ msg: 'a\u001b[2Jb\r\nc', userAgent: '\u009b31m\u202e\n12:00:00 root' })
  expect(said.match(/\n/g)).toHaveLength(1)
  for (const control of ['\u001b', '\u009b', '\r', '\u202e']) expect(said).not.toContain(control)
})

test('colours are for terminals whose owner has not switched them off', () => {
  const tty = { isTTY: true }
  expect(styleFor(tty, {}).bold('x')).toBe('\u001b[1mx\u001b[22m')
  for (const [stream, env] of [
    [tty, { NO_COLOR: '1' }],
    [tty, { TERM: 'dumb' }],
    [{}, {}],
  ] as const)
    expect(styleFor(stream, env).bold('x')).toBe('x')
})

test('the banner names the version, the data and every URL, in columns', () => {
  const urls = [
    { label: 'Server', url: 'http://localhost:4400' },
    { label: 'API docs', url: 'http://localhost:4400/openapi.json', note: 'OpenAPI 3.1' },
  ]
  const lines = banner('0.1.0', './.sallyport', urls, style).split('\n')
  expect(lines[1]).toBe('  Sallyport 0.1.0 (development)   data ./.sallyport')
  expect(lines[3]).toBe('  Server     http://localhost:4400')
  expect(lines[4]).toBe('  API docs   http://localhost:4400/openapi.json   OpenAPI 3.1')
  expect(banner('0.1.0', './.sallyport', urls, style)).not.toContain('►')
  expect(banner('0.1.0', './.sallyport', urls, style, 'do this').trimEnd().split('\n').at(-1)).toBe(
    '  ► do this',
  )
})
