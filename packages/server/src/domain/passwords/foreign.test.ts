import { afterAll, describe, expect, test } from 'vitest'
import { firebaseExample, foreignHashes } from '../../testing/foreign-hashes.js'
import { firebaseHash, foreignCaps, readForeign } from './foreign.js'
import { createHasher } from './hasher.js'
import { costInPlaceOf, defaultCost, readStoredHash } from './phc.js'
import { preparePassword } from './policy.js'

const hasher = createHasher({ argon2: { memory: 64, passes: 1, parallelism: 1 }, maxWait: 60_000 })
afterAll(() => hasher.close())
const verdict = (stored: string, typed: string) => hasher.verify(preparePassword(typed)!, stored, typed)

const refusal = (text: string) => {
  const read = readStoredHash(text)
  return read.usable ? undefined : read.refused
}
const hashOf = (spelling: string) => foreignHashes.find((one) => one.spelling === spelling)!.hash

describe('a hash that another program made', () => {
  test.each(foreignHashes)('fits its password and no other: $spelling', async ({ hash, password }) => {
    expect(await verdict(hash, password)).toEqual({ ok: true, rehash: true })
    for (const wrong of [`${password}!`, password.slice(0, -1), `x${password}`, ''])
      expect((await verdict(hash, wrong)).ok, wrong).toBe(false)
  })

  test.each(foreignHashes)('no longer fits when its digest or salt is another: $spelling', async (one) => {
    const { spelling, hash, password } = one
    const end = hash.replace(/=+$/, '').length - 6
    for (const at of spelling.startsWith('PBKDF2 with') ? [40] : [end, hash.lastIndexOf('$') + 5]) {
      const other = hash.slice(0, at) + (hash[at] === '5' ? '6' : '5') + hash.slice(at + 1)
      expect((await verdict(other, password)).ok, other).toBe(false)
    }
  })

  test('of Firebase fits, and does not hold the signer key', async () => {
    const { password, salt, hash, signerKey, saltSeparator, rounds, memCost } = firebaseExample
    const bytes = (text: string) => Buffer.from(text, 'base64')
    const project = { signerKey: bytes(signerKey), saltSeparator: bytes(saltSeparator), rounds, memCost }
    const stored = firebaseHash(project, bytes(salt), bytes(hash))!
    expect(stored).toMatch(/^\$firebase-scrypt\$ln=14,r=8,p=1\$/)
    expect(stored).not.toContain(signerKey.slice(0, 20))
    expect(await verdict(stored, password)).toEqual({ ok: true, rehash: true })
    expect((await verdict(stored, 'user2password')).ok).toBe(false)
    const another = firebaseHash({ ...project, saltSeparator: bytes('CA==') }, bytes(salt), bytes(hash))!
    expect((await verdict(another, password)).ok).toBe(false)
    expect(firebaseHash(project, bytes(salt), bytes(hash).subarray(1))).toBeUndefined()
  })

  test('of bcrypt looks at 72 bytes and no further, as it did where it was made', async () => {
    // The vector that Openwall publishes for this.
    const hash = '$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui'
    const long =
      '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored'
    expect((await verdict(hash, long)).ok).toBe(true)
    expect((await verdict(hash, `${long.slice(0, 72)} and another tail`)).ok).toBe(true)
    expect((await verdict(hash, long.slice(0, 71))).ok).toBe(false)
  })

  test('is tried with what was typed where that was hashed, and with its usual spelling', async () => {
    // Of «cafe» with a combining accent, and of «café»: from the crypt(3) of the system.
    const decomposed = '$2b$05$abcdefghijklmnopqrstuukYd4qNHyZ/ow.11gfHuCEngbXKNA6ZG'
    const composed = '$2b$05$abcdefghijklmnopqrstuuwHEBwfBlpMyMqr2sl9Cm4E5Zt4e9XUe'
    expect((await verdict(decomposed, 'cafe\u0301')).ok).toBe(true)
    expect((await verdict(decomposed, 'caf\u00e9')).ok).toBe(false)
    expect((await verdict(composed, 'cafe\u0301')).ok).toBe(true)
    expect((await verdict(composed, 'caf\u00e9')).ok).toBe(true)
  })

  test('is never made again at a lower cost', async () => {
    const inPlaceOf = (text: string) => costInPlaceOf(text, defaultCost)
    expect(inPlaceOf(hashOf('argon2i'))).toEqual({ memory: 65_536, passes: 2, parallelism: 1 })
    expect(inPlaceOf(hashOf('argon2i').replace('t=2', 't=1'))).toMatchObject({ memory: 65_536, passes: 2 })
    expect(inPlaceOf(hashOf('bcrypt 2b'))).toEqual(defaultCost)
    const made = await hasher.hash(preparePassword('anything')!, hashOf('argon2i').replace('65536', '128'))
    expect(made).toMatch(/^\$argon2id\$v=19\$m=128,t=2,p=1\$/)
  })
})

describe('what a foreign hash may ask for', () => {
  const above = {
    'bcrypt of cost 15': hashOf('bcrypt 2b').replace('$05', '$15'),
    'bcrypt of cost 31': hashOf('bcrypt of WordPress').replace('$05', '$31'),
    'too many rounds': hashOf('pbkdf2_sha256 of Django').replace('1200', String(foreignCaps.pbkdf2 + 1)),
    'rounds beyond counting': hashOf('pbkdf2:sha256 of Werkzeug').replace('1200', '9999999999'),
    'too much memory': hashOf('scrypt of Werkzeug').replace('1024:8:1', '524288:8:1'),
    'memory beyond counting': hashOf('scrypt as PHC').replace('ln=10', 'ln=63'),
    'blocks beyond counting': hashOf('scrypt as PHC').replace('r=8', 'r=9999999999'),
    'too many passes': hashOf('scrypt of Django').replace('$8$1$', '$8$64$'),
    'too many rounds of MD5': hashOf('phpass').replace('$P$9', '$P$J'),
  }
  test.each(Object.entries(above))('%s is above the caps', async (_what, text) => {
    expect(refusal(text)).toBe('cost_too_high')
    expect(await verdict(text, 'anything')).toEqual({ ok: false, rehash: false, refused: 'cost_too_high' })
  })

  test('what stands at the caps is taken', () => {
    for (const text of [
      hashOf('bcrypt 2b').replace('$05', '$14'),
      hashOf('pbkdf2_sha256 of Django').replace('1200', String(foreignCaps.pbkdf2)),
      hashOf('scrypt of Werkzeug').replace('1024:8:1', '262144:8:2'),
      hashOf('phpass').replace('$P$9', '$P$I'),
    ])
      expect(refusal(text), text).toBeUndefined()
  })
})

test('what is malformed is refused', () => {
  const bcrypt = hashOf('bcrypt 2b')
  for (const text of [
    bcrypt.slice(0, -1),
    `${bcrypt}.`,
    `${bcrypt}\n`,
    ` ${bcrypt}`,
    bcrypt.replace('2b', '2x'),
    bcrypt.replace('2b', '2'),
    bcrypt.replace('$05', '$03'),
    bcrypt.replace('$05', '$5'),
    bcrypt.replace('abc', 'a+c'),
    hashOf('pbkdf2_sha256 of Django').slice(0, -2),
    hashOf('pbkdf2_sha256 of Django').replace('1200', '0'),
    hashOf('pbkdf2_sha256 of Django').replace('1200', '-5'),
    hashOf('pbkdf2_sha256 of Django').replace('sha256', 'md5'),
    hashOf('pbkdf2:sha256 of Werkzeug').slice(0, -1),
    hashOf('pbkdf2:sha256 of Werkzeug').replace(':1200', ''),
    hashOf('scrypt of Werkzeug').replace('1024', '1023'),
    hashOf('scrypt as PHC').replace('r=8,', ''),
    hashOf('phpass').slice(0, -1),
    hashOf('phpass').replace('$P$9', '$P$.'),
    'pbkdf2_sha256$1200$$W6p4nxNuPKm6OCv6gkqfF5zidNoujsgZUQY2hvlWAsU=',
    'pbkdf2_sha256$1200$seasalt$AAAA',
    `pbkdf2_sha256$1200$${'s'.repeat(600)}$W6p4nxNuPKm6OCv6gkqfF5zidNoujsgZUQY2hvlWAsU=`,
    '5f4dcc3b5aa765d61d8327deb882cf99',
    'sha1$seasalt$cff36ea83f5706ce9aa7454e63e431fc726b2dc8',
  ]) {
    expect(refusal(text), text).toBe('unknown_format')
    expect('refused' in readForeign(text), text).toBe(true)
  }
})
