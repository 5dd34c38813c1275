// The refresh token's salted hash chain, as pure functions: no store, no clock, no randomness of its own.
// A token is base64url(sid 16 | generation 4 | secret 28 | tag 16). The tag turns forgeries away before anything is
// read; a successor follows from its predecessor, a salt and a key, so an answer can be given twice although the store
// holds hashes alone. What the guarded update decides is features/refresh's; `judge` says what its failure means.

import { createSecretKey, type KeyObject } from 'node:crypto'
import { fromBase64url, toBase64url } from '../../util/base64url.js'
import { deriveKey, equalBytes, hmac, sha256 } from '../../util/hash.js'
import { uuidFromBytes, uuidToBytes } from '../../util/ids.js'

/** One master secret's keys for the chain: KeyObjects, since an HMAC under bare bytes costs several times as much on Node 24. */
export interface ChainKeys {
  readonly tag: KeyObject
  readonly next: KeyObject
}

/** A refresh token whose tag holds. */
export interface ParsedToken {
  /** The session's id, a UUID. */
  readonly sid: string
  readonly generation: number
  readonly secret: Buffer
  /** Which of the keys made the tag. */
  readonly keyIndex: number
  /** sid, generation and secret as they stand in the token. */
  readonly body: Buffer
}

const SID = 16
const BODY = 48
const TOKEN = 64
const TOKEN_CHARACTERS = 86
const JTI_CHARACTERS = 64
const SECRET = 28
const TAG = 16

export function chainKeys(secret: Uint8Array): ChainKeys {
  const key = (label: string) => createSecretKey(deriveKey(secret, label))
  return { tag: key('refresh-tag'), next: key('refresh-next') }
}

/** The first token of a session, generation 0: its id in 16 bytes and 28 random bytes. */
export function firstToken(keys: ChainKeys, sid: Uint8Array, secret: Uint8Array): string {
  if (sid.length !== SID || secret.length !== SECRET)
    throw new RangeError('a session id has 16 bytes, a secret 28')
  const token = Buffer.allocUnsafe(TOKEN)
  token.set(sid, 0)
  token.writeUInt32BE(0, SID)
  token.set(secret, SID + 4)
  return sealed(keys, token)
}

/** The token's parts where it is spelled canonically and its tag holds under one of the keys, else undefined. */
export function parse(text: string, keys: readonly ChainKeys[]): ParsedToken | undefined {
  if (text.length !== TOKEN_CHARACTERS) return undefined
  const token = fromBase64url(text)
  if (token === undefined) return undefined
  const body = token.subarray(0, BODY)
  const tag = token.subarray(BODY)
  const keyIndex = keys.findIndex((candidate) => equalBytes(tagOf(candidate, body), tag))
  if (keyIndex < 0) return undefined
  const secret = body.subarray(SID + 4)
  return { sid: uuidFromBytes(token), generation: body.readUInt32BE(SID), secret, keyIndex, body }
}

/** The one successor of a token under a salt of 16 bytes. Throws RangeError past generation 2^32 - 1. */
export function successor(keys: ChainKeys, parsed: ParsedToken, salt: Uint8Array): string {
  const token = Buffer.allocUnsafe(TOKEN)
  parsed.body.copy(token, 0, 0, SID)
  token.writeUInt32BE(parsed.generation + 1, SID)
  hmac(keys.next, parsed.body, salt).copy(token, SID + 4, 0, SECRET)
  return sealed(keys, token)
}

/** What the store knows of a token. */
export function hashToken(token: string): Buffer {
  return sha256(token)
}

/** A token without its session id, as the `jti` of a refresh token that a wire contract wants as a JWT: 64 characters. */
export function toJti(token: string): string {
  return toBase64url(Buffer.from(token, 'base64url').subarray(SID))
}

/** The opaque token behind a `jti`, or undefined where it cannot be one. `parse` still has to find the tag right. */
export function fromJti(sid: string, jti: string): string | undefined {
  if (jti.length !== JTI_CHARACTERS) return undefined
  const rest = fromBase64url(jti)
  const id = uuidToBytes(sid)
  return rest && id.length === SID ? toBase64url(Buffer.concat([id, rest])) : undefined
}

function tagOf(keys: ChainKeys, body: Uint8Array): Buffer {
  return hmac(keys.tag, body).subarray(0, TAG)
}

function sealed(keys: ChainKeys, token: Buffer): string {
  tagOf(keys, token.subarray(0, BODY)).copy(token, BODY)
  return token.toString('base64url')
}

/** What `judge` reads of a session's row. `rotated_at` in milliseconds. */
export interface ChainRow {
  readonly generation: number
  readonly current_hash: Uint8Array
  readonly previous_hash: Uint8Array | null
  readonly attempt_hash: Uint8Array | null
  readonly rotated_at: number
}

export interface Presented {
  /** The row as it stands after the update that changed nothing; the session is alive. */
  readonly row: ChainRow
  readonly hash: Uint8Array
  readonly generation: number
  /** SHA-256 of the attempt id that came with the token. */
  readonly attemptHash: Uint8Array | null
  readonly now: number
  readonly graceMs: number
}

/**
 * `repeat`: answer the same successor again. `rolled_back`: the store has forgotten this token's rotation.
 * `duplicate`: refuse and end nothing. `reuse`: a token already spent, the session ends.
 */
export type Judgement = 'repeat' | 'rolled_back' | 'duplicate' | 'reuse'

/** A duplicated request is not a thief; two seconds tell them apart. Milliseconds. */
const DUPLICATE = 2000

/** What a token means that the guarded update did not spend. Its tag holds, its session is alive. */
export function judge({ row, hash, generation, attemptHash, now, graceMs }: Presented): Judgement {
  if (row.previous_hash !== null && equalBytes(row.previous_hash, hash)) {
    // A clock that went back makes the age negative, which counts as young.
    const age = now - row.rotated_at
    if (graceMs > 0 && age <= graceMs) return 'repeat'
    // No time limit: previous_hash still being this token's means that nobody has used the successor.
    if (attemptHash !== null && row.attempt_hash !== null && equalBytes(row.attempt_hash, attemptHash))
      return 'repeat'
    return age < DUPLICATE ? 'duplicate' : 'reuse'
  }
  if (generation > row.generation) return 'rolled_back'
  // The newest token itself was not spent by anybody: the update met something else, and trying again is right.
  return equalBytes(row.current_hash, hash) ? 'duplicate' : 'reuse'
}
