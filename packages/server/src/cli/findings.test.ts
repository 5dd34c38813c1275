import { describe, expect, test } from 'vitest'
import {
  aboutCertificate,
  aboutClock,
  aboutCookies,
  aboutDatabaseClock,
  aboutDevelopment,
  aboutDisk,
  aboutIssuer,
  aboutMail,
  aboutModes,
  aboutPasswords,
  aboutProxies,
  aboutRedis,
  aboutServer,
  type Finding,
} from './findings.js'

const issuer = 'https://auth.example.com'
const now = Date.UTC(2030, 0, 1)
const times = (count: number, ip: string) => Array<string>(count).fill(ip)
const served = (status: number, body?: unknown) => ({ status, body })

/** A Redis that keeps what it is given, with what is different about it. */
const redis = (different: Partial<Parameters<typeof aboutRedis>[0]>) =>
  aboutRedis({
    host: 'cache:6379',
    sessions: false,
    codes: false,
    isOpen: false,
    policy: 'noeviction',
    persists: true,
    ...different,
  }).at(-1)!

describe('doctor judges', () => {
  test.each<[string, Finding, Finding['verdict'], string]>([
    ['a public issuer', aboutIssuer(issuer), 'ok', issuer],
    ['a local one', aboutIssuer('http://localhost:4400'), 'warn', 'this machine only'],
    ['a plain one', aboutIssuer('http://auth.example.com'), 'fail', 'can be read on the way'],
    ['itself', aboutServer(issuer, served(200, { issuer })), 'ok', issuer],
    ['a silent one', aboutServer(issuer, { failed: 'ECONNREFUSED' }), 'warn', 'nothing listens there'],
    ['a certificate', aboutServer(issuer, { failed: 'CERT_HAS_EXPIRED' }), 'fail', 'has expired'],
    ['another one', aboutServer(issuer, served(200, { issuer: 'https://b.example' })), 'fail', 'b.example'],
    ['a stranger', aboutServer(issuer, served(502)), 'fail', 'not Sallyport (502)'],
    ['a fresh certificate', aboutCertificate(now + 30 * 86_400_000, now), 'ok', '30 more days'],
    ['an old certificate', aboutCertificate(now + 3 * 86_400_000, now), 'warn', '3 more days'],
    ['one that is unseen', aboutCertificate(undefined, now), 'warn', 'could not be seen'],
    ['the rounding of dates', aboutClock(now - 999, now), 'ok', 'agrees'],
    ['a clock ahead', aboutClock(now - 10_000, now), 'warn', '10 s ahead'],
    ['a clock far behind', aboutClock(now + 90_000, now), 'fail', '90 s behind'],
    ['a clock that is the database’s', aboutDatabaseClock({ offset: -3, error: 1 }), 'ok', 'agrees'],
    ['one that is nearly', aboutDatabaseClock({ offset: 400, error: 1 }), 'ok', '400 ms behind'],
    ['one that is not', aboutDatabaseClock({ offset: -50_000, error: 1 }), 'warn', '50.0 s ahead of'],
    ['a database too slow to tell', aboutDatabaseClock(undefined), 'warn', 'too slowly'],
    ['no proxy', aboutProxies('http://localhost:4400', [], times(20, '127.0.0.1')), 'ok', 'none is trusted'],
    ['a trusted proxy', aboutProxies(issuer, ['10.0.0.1'], ['192.0.2.1', '192.0.2.2']), 'ok', '10.0.0.1'],
    ['trust in everybody', aboutProxies(issuer, ['10.0.0.1', '::/0'], []), 'fail', '::/0'],
    ['a proxy unnamed', aboutProxies(issuer, [], []), 'warn', 'trusted_proxies is empty'],
    ['one visitor for all', aboutProxies(issuer, [], times(10, '10.0.0.1')), 'fail', '10.0.0.1'],
    ['a proxy that tells nothing', aboutProxies(issuer, ['10.0.0.1'], times(10, '10.0.0.1')), 'fail', 'all'],
    ['one public visitor', aboutProxies(issuer, ['10.0.0.1'], times(10, '192.0.2.1')), 'ok', 'trusted'],
    ['an origin beside us', aboutCookies(issuer, ['https://app.example.com']), 'ok', 'alone'],
    ['an origin elsewhere', aboutCookies(issuer, ['https://app.example.org']), 'warn', 'app.example.org'],
    ['a plain origin', aboutCookies(issuer, ['http://app.example.com']), 'warn', 'over http'],
    ['usual passwords', aboutPasswords([{ of: 'native', min: 8 }]), 'ok', 'native 8'],
    ['short passwords', aboutPasswords([{ of: 'old', min: 6 }]), 'warn', 'old 6'],
    ['room', aboutDisk('/data', 2 ** 34, 2 ** 35), 'ok', '16384 MiB of 32768 MiB'],
    ['little room', aboutDisk('/data', 2 ** 29, 2 ** 35), 'warn', '512 MiB'],
    ['hardly any', aboutDisk('/data', 2 ** 20, 2 ** 35), 'fail', '1 MiB'],
    ['closed files', aboutModes([{ path: '/data', mode: 0o40700 }]), 'ok', 'closed'],
    ['open files', aboutModes([{ path: '.env', mode: 0o100644 }]), 'fail', '.env (644)'],
    ['mail that gets out', aboutMail('mail.example:587', undefined, 0), 'ok', 'mail.example:587'],
    ['mail that nobody carries', aboutMail(undefined, undefined, 0), 'warn', 'reach nobody'],
    ['mail that is not taken', aboutMail('mail.example:587', '535 no', 0), 'fail', '535 no'],
    ['mail that was given up', aboutMail('mail.example:587', undefined, 3), 'warn', '3 messages'],
    ['a Redis that keeps', redis({ sessions: true }), 'ok', 'keeps its data'],
    ['one that forgets limits', redis({ persists: false, policy: 'allkeys-lru' }), 'ok', 'allkeys-lru'],
    ['one that forgets sessions', redis({ persists: false, sessions: true }), 'warn', 'sessions are there'],
    ['one that evicts codes', redis({ policy: 'allkeys-lru', codes: true }), 'warn', 'codes are there'],
    ['one that is away', redis({ trouble: 'no answer' }), 'warn', 'counts its limits alone'],
    ['one that is needed', redis({ trouble: 'no answer', codes: true }), 'fail', 'codes are there'],
    ['production’s settings', aboutDevelopment([]), 'ok', 'are on'],
    ['development’s settings', aboutDevelopment(['limits.enabled']), 'warn', 'limits.enabled'],
  ])('%s', (_, { verdict, says, fix }, expected, told) => {
    expect(verdict).toBe(expected)
    expect(says).toContain(told)
    expect(fix === undefined).toBe(verdict === 'ok')
  })
})
