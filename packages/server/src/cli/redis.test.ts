// What doctor and status say of a Redis beside the database, and that no command shows its password.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../testing/port.js'
import { type Home, makeHome } from '../testing/program.js'
import { missing, type OwnRedis, onRedis, startRedis } from '../testing/redis.js'

// skipped: testing/redis.ts says why no Redis is there, and fails in CI
describe.skipIf(missing !== undefined)('a Redis beside the database', () => {
  let home: Home
  let redis: OwnRedis
  let env: Record<string, string>

  beforeAll(async () => {
    home = makeHome()
    const port = await freePort()
    redis = await startRedis(port)
    env = { SALLYPORT_EPHEMERAL_URL: `redis://default:hunter2@127.0.0.1:${port}` }
    await home.run(['init', '--issuer', 'http://localhost:9'])
    await home.run(['migrate'])
    await onRedis(redis.url, async (send) => {
      await send('ACL', 'SETUSER', 'default', '>hunter2')
    })
  })
  afterAll(async () => {
    await redis.kill()
    await home.remove()
  })

  const found = async (more: Record<string, string> = {}) => {
    const { out, err } = await home.run(['doctor', '--json'], { ...env, ...more })
    expect(out + err).not.toContain('hunter2')
    const { findings } = JSON.parse(out) as { findings: { about: string; verdict: string; says: string }[] }
    return findings.filter(({ about }) => about === 'redis')
  }
  const sessions = { SALLYPORT_EPHEMERAL_SESSIONS: 'true' }

  test('answers, and is warned of where it forgets what it is trusted with', async () => {
    expect(await found()).toEqual([
      { about: 'redis', verdict: 'ok', says: expect.stringContaining('answers') },
    ])
    const says = expect.stringMatching(/keeps nothing on disk: sessions are there and will be lost/)
    expect(await found(sessions)).toEqual([expect.objectContaining({ verdict: 'warn', says })])
    const status = await home.run(['status'], { ...env, ...sessions })
    expect(status.out).toMatch(
      /redis +127\.0\.0\.1:\d+: ok, maxmemory-policy noeviction, keeps nothing on disk/,
    )
    expect(status.out).not.toContain('hunter2')
  })

  test('is no secret keeper where CONFIG is forbidden, and says so', async () => {
    const url = redis.url.replace('//', '//default:hunter2@')
    await onRedis(url, (send) => send('ACL', 'SETUSER', 'default', '-config'))
    const [finding] = await found()
    expect(finding?.says).toContain('does not say whether it keeps data (CONFIG is forbidden)')
  })

  test('that is away is told as what it is, and not as a database with a full disk', async () => {
    const away = { SALLYPORT_EPHEMERAL_URL: 'redis://me:hunter2@127.0.0.1:1', ...sessions }
    const { code, err } = await home.run(['restore', '--after', '--yes'], away)
    expect([code, err]).toEqual([1, expect.stringMatching(/^sallyport: Redis at 127\.0\.0\.1:1: /)])
    expect(err).toContain('→ See whether it runs and lets this machine in: sallyport doctor')
    expect(err).not.toMatch(/hunter2|database|disk/)
  })

  test('that is away, or whose URL cannot be used, is told by what is wrong with it', async () => {
    const away = { SALLYPORT_EPHEMERAL_URL: 'redis://me:hunter2@127.0.0.1:1' }
    expect(await found({ ...away, ...sessions })).toEqual([expect.objectContaining({ verdict: 'fail' })])
    const wrong = { SALLYPORT_EPHEMERAL_URL: 'redis://me:hunter2@127.0.0.1/?tls=1' }
    const { err } = await home.run(['status'], { ...env, ...wrong })
    expect(err).toMatch(/^sallyport: ephemeral_url knows no tls: /)
    expect(err).not.toContain('hunter2')
  })
})
