// The work behind a foreign hash: whether a password leads to it. Synchronous and slow on purpose, so only a hashing
// thread calls this. What a recipe may cost has been judged by foreign.ts.
import { createCipheriv, createHash, createHmac, hash, pbkdf2Sync, scryptSync } from 'node:crypto'
import bcrypt from 'bcryptjs'
import { equalBytes } from '../../util/hash.js'
import { type Before, itoa64, type Recipe } from './foreign.js'

/** Whether the password is the one that was hashed. Passwords go in as UTF-8, as every one of these systems has them. */
export function fitsForeign(recipe: Recipe, password: string): boolean {
  switch (recipe.kind) {
    case 'bcrypt':
      // bcrypt looks at 72 bytes and no further: what is longer fitted there, so it fits here.
      return same(bcrypt.hashSync(prepare(password, recipe.before), recipe.salt).slice(-31), recipe.digest)
    case 'pbkdf2': {
      const { salt, rounds, digest } = recipe
      return equalBytes(pbkdf2Sync(password, salt, rounds, digest.length, recipe.hash), digest)
    }
    case 'scrypt':
      return equalBytes(scrypt(recipe, password), recipe.digest)
    case 'phpass':
      return same(phpass(recipe.salt, recipe.log, password), recipe.digest)
  }
}

const same = (one: string, other: string) => equalBytes(Buffer.from(one), Buffer.from(other))

function prepare(password: string, before: Before): string {
  if (before === 'sha256_hex') return createHash('sha256').update(password).digest('hex')
  if (before === 'nothing') return password
  // PHP's trim(): blank, tab, line feed, carriage return, NUL, vertical tab.
  const trimmed = password.replace(/^[ \t\n\r\0\v]+|[ \t\n\r\0\v]+$/g, '')
  return createHmac('sha384', 'wp-sha384').update(trimmed).digest('base64')
}

function scrypt({ cost, salt, digest, streamed }: Recipe & { kind: 'scrypt' }, password: string): Buffer {
  const { N, r, p } = cost
  const maxmem = 128 * r * (N + p + 2) + 1024 * 1024
  const key = scryptSync(password, salt, streamed ? 32 : digest.length, { N, r, p, maxmem })
  if (!streamed) return key
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(digest.length))
}

/** Portable hashes of phpass: MD5 over and over, in an order of bits of its own. */
function phpass(salt: string, log: number, password: string): string {
  const secret = Buffer.from(password)
  let state: Buffer = hash('md5', Buffer.concat([Buffer.from(salt), secret]), 'buffer')
  const again = Buffer.concat([state, secret])
  for (let left = 2 ** log; left > 0; left -= 1) {
    state = hash('md5', again, 'buffer')
    again.set(state)
  }
  let text = ''
  for (let at = 0; at < 16; at += 3) {
    const value = state[at]! | ((state[at + 1] ?? 0) << 8) | ((state[at + 2] ?? 0) << 16)
    for (let digit = 0; digit < (at === 15 ? 2 : 4); digit += 1) text += itoa64[(value >> (6 * digit)) & 63]
  }
  return text
}
