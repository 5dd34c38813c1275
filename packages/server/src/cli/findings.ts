// What `sallyport doctor` makes of the facts: each finding with what was seen and, where something is wrong, what mends
// it. Pure; the facts are gathered in doctor.ts.
import type { Offset } from '../util/offset.js'
import { type Answered, isCertificate, type Silent, whySilent } from './probe.js'

export interface Finding {
  readonly about: string
  readonly verdict: 'ok' | 'warn' | 'fail'
  readonly says: string
  /** The command or the change that mends it. */
  readonly fix?: string
}

export const ok = (about: string, says: string): Finding => ({ about, verdict: 'ok', says })
export const warn = (about: string, says: string, fix: string): Finding => ({
  about,
  verdict: 'warn',
  says,
  fix,
})
export const bad = (about: string, says: string, fix: string): Finding => ({
  about,
  verdict: 'fail',
  says,
  fix,
})

const loopback = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/
const DAY = 86_400_000

/** The public URL by itself. */
export function aboutIssuer(issuer: string): Finding {
  const { protocol, hostname, host } = new URL(issuer)
  if (loopback.test(hostname))
    return warn(
      'issuer',
      `${issuer} is reached from this machine only`,
      'Set the public URL: SALLYPORT_ISSUER=https://auth.example.com',
    )
  if (protocol === 'https:') return ok('issuer', issuer)
  const fix = `Put a proxy with TLS in front and set SALLYPORT_ISSUER=https://${host}`
  return bad('issuer', `${issuer}: tokens and cookies can be read on the way`, fix)
}

/** Whether a server answers behind the public URL, and whether it is this one. */
export function aboutServer(issuer: string, metadata: Answered | Silent): Finding {
  if ('failed' in metadata) {
    const says = `nothing answers at ${issuer}: ${whySilent(metadata)}`
    if (isCertificate(metadata))
      return bad('tls', says, `See what it shows: openssl s_client -connect ${new URL(issuer).host}`)
    return warn('server', says, 'sallyport serve, and see that its proxy forwards to it')
  }
  const told = (metadata.body as { issuer?: unknown } | undefined)?.issuer
  if (metadata.status === 200 && told === issuer) return ok('server', `answers at ${issuer}`)
  const says =
    typeof told === 'string'
      ? `the server at ${issuer} calls itself ${told}`
      : `what answers at ${issuer} is not Sallyport (${metadata.status})`
  return bad(
    'server',
    says,
    'Give the server and this command the same issuer, and see where the proxy sends',
  )
}

export function aboutCertificate(end: number | undefined, now: number): Finding {
  if (end === undefined)
    return warn('tls', 'the certificate could not be seen', 'sallyport doctor, once more')
  const days = Math.floor((end - now) / DAY)
  const says = `the certificate is good for ${days} more days`
  return days >= 14 ? ok('tls', says) : warn('tls', says, 'See why it was not renewed by now')
}

/** Our clock against the server's. Dates of HTTP are whole seconds. */
export function aboutClock(served: number, now: number): Finding {
  const off = Math.abs(now - served) < 1500 ? 0 : Math.round((now - served) / 1000)
  if (Math.abs(off) <= 2) return ok('clock', 'agrees with the server’s')
  const says = `is ${Math.abs(off)} s ${off > 0 ? 'ahead of' : 'behind'} the server’s`
  const fix = 'Keep both by NTP: timedatectl status'
  return Math.abs(off) > 30 ? bad('clock', says, fix) : warn('clock', says, fix)
}

/** In words how this machine's clock is to the database's. */
export function clockToDatabase({ offset }: Offset): string {
  const off = Math.round(Math.abs(offset))
  if (off <= 5) return 'agrees with the database’s'
  const much = off < 1000 ? `${off} ms` : `${(off / 1000).toFixed(1)} s`
  return `is ${much} ${offset > 0 ? 'behind' : 'ahead of'} the database’s`
}

/** Our clock against that of the database's server; undefined where its answers were too slow to tell. */
export function aboutDatabaseClock(found: Offset | undefined): Finding {
  const fix = 'Keep both by NTP: timedatectl status'
  if (!found) return warn('db clock', 'the database answers too slowly to compare clocks', fix)
  const says = clockToDatabase(found)
  return Math.abs(found.offset) <= 1000
    ? ok('db clock', says)
    : warn('db clock', `${says}, by which servers go`, fix)
}

/**
 * Whether visitors are told apart. The server sees whom it speaks to; behind a proxy that is always the proxy, unless
 * it is trusted. `seen` are the addresses of recent strangers in the audit log, the newest first.
 */
export function aboutProxies(issuer: string, trusted: readonly string[], seen: readonly string[]): Finding {
  const everybody = trusted.find((network) => /\/0$/.test(network))
  if (everybody)
    return bad(
      'proxies',
      `trusted_proxies holds ${everybody}: every visitor chooses the address that limits go by`,
      'List the proxy’s own addresses only: SALLYPORT_TRUSTED_PROXIES=127.0.0.1',
    )
  const one = seen[0]
  const alike = seen.length >= 10 && seen.every((ip) => ip === one)
  const isPrivate = /^(10\.|127\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|::1$|f[cd])/i
  const isBehind = issuer.startsWith('https:')
  const fix = `Name the proxy: SALLYPORT_TRUSTED_PROXIES=${one ?? '127.0.0.1'}`
  if (alike && isBehind && isPrivate.test(one!)) {
    const says = `the last ${seen.length} visitors all came from ${one}: the proxy’s address, and one limit for all`
    return trusted.length === 0
      ? bad('proxies', says, fix)
      : bad('proxies', says, 'See that the proxy sets X-Forwarded-For and stands in trusted_proxies')
  }
  if (isBehind && trusted.length === 0)
    return warn(
      'proxies',
      'TLS ends at a proxy, but trusted_proxies is empty: visitors share its limits',
      fix,
    )
  return ok('proxies', trusted.length === 0 ? 'none is trusted' : `trusted: ${trusted.join(', ')}`)
}

/** Whether browsers of the listed origins send our cookies along; the sites are told apart by their last two labels. */
export function aboutCookies(issuer: string, origins: readonly string[]): Finding {
  const site = (url: string) => new URL(url).hostname.split('.').slice(-2).join('.')
  const plain = origins.filter(
    (origin) => origin.startsWith('http:') && !loopback.test(new URL(origin).hostname),
  )
  if (plain.length > 0)
    return warn(
      'cookies',
      `${plain.join(', ')}: pages over http can be changed on the way`,
      'Serve them by https',
    )
  const foreign = origins.filter((origin) => site(origin) !== site(issuer))
  const { hostname } = new URL(issuer)
  if (foreign.length === 0) return ok('cookies', `belong to ${hostname} alone`)
  return warn(
    'cookies',
    `belong to ${hostname}, and browsers do not send them from another site: ${foreign.join(', ')}`,
    'Move the application or this server under one domain, or send tokens in the body there',
  )
}

export interface PasswordRule {
  /** A contract's name, or `password.min_length`. */
  readonly of: string
  readonly min: number
}

/** What is said aloud: any wire that accepts a password of fewer than 8 characters. */
export function aboutPasswords(rules: readonly PasswordRule[]): Finding {
  const short = rules.filter(({ min }) => min < 8)
  const told = rules.map(({ of, min }) => `${of} ${min}`).join(', ')
  if (short.length === 0) return ok('passwords', `characters at least: ${told}`)
  return warn(
    'passwords',
    `fewer than 8 characters are accepted: ${short.map(({ of, min }) => `${of} ${min}`).join(', ')}`,
    'Ask for more on every contract: SALLYPORT_PASSWORD__MIN_LENGTH=9',
  )
}

/** Free space where the data lies, in bytes. */
export function aboutDisk(directory: string, free: number, size: number): Finding {
  const mebi = (bytes: number) => `${Math.floor(bytes / 2 ** 20)} MiB`
  const says = `${mebi(free)} of ${mebi(size)} are free in ${directory}`
  const fix = `Make room: df -h ${directory}`
  if (free < 100 * 2 ** 20) return bad('disk', says, fix)
  return free < 2 ** 30 ? warn('disk', says, fix) : ok('disk', says)
}

/** Files that only their owner may read. */
export function aboutModes(files: readonly { path: string; mode: number }[]): Finding {
  const open = files.filter(({ mode }) => (mode & 0o077) !== 0)
  if (open.length === 0) return ok('modes', 'what is kept is closed to other users')
  const says = open.map(({ path, mode }) => `${path} (${(mode & 0o777).toString(8)})`).join(', ')
  const fix = `chmod go= ${open.map(({ path }) => path).join(' ')}`
  return bad('modes', `other users of this machine may reach ${says}`, fix)
}

/** Settings that only development may have. */
export function aboutDevelopment(on: readonly string[]): Finding {
  if (on.length === 0) return ok('limits', 'are on, and nothing is set that is for development only')
  const says = `${on.join(', ')}: for development only, and sallyport serve refuses it`
  return warn('limits', says, 'Take it out of sallyport.yaml, .env and the environment before production')
}

/** Whether mail gets out: what carries it, whether that takes us just now, and how many messages were given up lately. */
export function aboutMail(way: string | undefined, trouble: string | undefined, failed: number): Finding {
  if (way === undefined)
    return warn(
      'mail',
      'nothing is configured that sends it: codes and links reach nobody',
      'Set SALLYPORT_SMTP__HOST and SALLYPORT_SMTP__FROM, or delivery.webhook.url',
    )
  if (trouble !== undefined)
    return bad('mail', `${way} does not take us: ${trouble}`, 'Mend smtp.*, then: sallyport doctor')
  if (failed > 0)
    return warn(
      'mail',
      `${way}: ${failed} messages were given up lately`,
      'sallyport mail list --state failed',
    )
  return ok('mail', `goes out by ${way}`)
}

export interface Beside {
  readonly host: string
  /** Whether sessions, codes live there. */
  readonly sessions: boolean
  readonly codes: boolean
  /** Whether it is reached over a network in the clear. */
  readonly isOpen: boolean
  readonly trouble?: string
  readonly version?: string
  readonly policy?: string
  readonly persists?: boolean
}

/** The Redis beside the database: whether it answers, and whether it keeps what it is trusted with. */
export function aboutRedis(beside: Beside): Finding[] {
  const { host, sessions, codes, isOpen, trouble } = beside
  const trusted = [...(sessions ? ['sessions'] : []), ...(codes ? ['codes'] : [])].join(' and ')
  const open = isOpen
    ? [warn('redis', `${host} is another machine, and redis:// is in the clear`, 'Write rediss://, with TLS')]
    : []
  if (trouble !== undefined) {
    const fix = `See whether it answers and takes writes: redis-cli -h ${host.replace(/:\d+$/, '')} ping`
    if (trusted === '')
      return [...open, warn('redis', `${trouble}; each server counts its limits alone`, fix)]
    return [...open, bad('redis', `${trouble}; ${trusted} are there`, fix)]
  }
  const says = `${host} answers, ${kept(beside)}`
  const loses = beside.persists === false || (beside.policy ?? 'noeviction') !== 'noeviction'
  if (trusted === '' || !loses) return [...open, ok('redis', says)]
  return [
    ...open,
    warn(
      'redis',
      `${says}: ${trusted} are there and will be lost`,
      'In redis.conf: appendonly yes, maxmemory-policy noeviction',
    ),
  ]
}

/** What a Redis does with what it is given, in words. */
export function kept({ policy, persists }: Pick<Beside, 'policy' | 'persists'>): string {
  const full = policy === undefined ? 'does not say what it evicts' : `maxmemory-policy ${policy}`
  if (persists === undefined) return `${full}, does not say whether it keeps data (CONFIG is forbidden)`
  return `${full}, ${persists ? 'keeps its data' : 'keeps nothing on disk'}`
}
