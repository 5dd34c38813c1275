import { describe, expect, test } from 'vitest'
import { systemClock } from '../../../util/clock.js'
import { StoreUnavailable } from '../../store.js'
import { openRedis } from './redis.js'

const open = (url: string) => openRedis({ url, prefix: 'x:', clock: systemClock })

describe('a URL of Redis', () => {
  test.each([
    ['redis://me:hush@host/zero', 'names a database that is no number'],
    ['redis://me:hush@host/0?family=6', 'knows no family'],
    ['redis://me:hush@host/0?sslrootcert=/x.pem', 'names /x.pem as sslrootcert'],
    ['redis://me:hush%@host', 'holds a % that stands for nothing'],
    ['redis://me:hush@host:99999', 'cannot be read'],
    ['redis://me:1?hush@host', 'cannot be read'],
  ])('%s is refused with what is wrong and without the password', async (url, what) => {
    const error = await open(url).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(StoreUnavailable)
    expect(error.message).toContain(`ephemeral_url ${what}`)
    expect(error.message).not.toContain('hush')
  })

  test('of a server that is not there opens all the same, and every call fails at once', async () => {
    const engine = await open('redis://me:hush@127.0.0.1:1')
    const error = await engine.ping().catch((thrown) => thrown)
    expect(error).toBeInstanceOf(StoreUnavailable)
    expect(error.message).toContain('Redis at 127.0.0.1:1: ')
    expect(error.message).not.toContain('hush')
    await engine.close()
  })
})
