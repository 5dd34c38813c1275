// What a token means: its algorithm (TK1), type (TK2), claims (TK3) and times (TK4).
import { createPublicKey } from 'node:crypto'
import {
  algs,
  asymmetric,
  changed,
  claims,
  good,
  headerOf,
  instead,
  now,
  options,
  printed,
  seconds,
  segments,
  withClaims,
  withHeader,
  without,
  withText,
} from './good.mjs'

const signatures = (keys) => [
  withHeader(
    'HS256 with an empty secret',
    'algorithm',
    { alg: 'HS256' },
    { signAs: 'HS256', signWith: { k: '' } },
  ),
  good('signed by a stranger under a known id', 'signature', { signWith: keys.stranger }),
  good('HS256 by another secret', 'signature', { key: 'hs256', signWith: { k: keys.hs512.k } }),
  good('the right signature of the other key', 'signature', {
    keys: ['es256', 'es256b'],
    signWith: keys.es256b,
  }),
  changed('one bit of the signature', 'signature', (token) =>
    segments(token, ([h, p, s]) => [h, p, (s[0] === 'A' ? 'B' : 'A') + s.slice(1)]),
  ),
  changed('the signature is all zero', 'signature', (token) =>
    segments(token, ([h, p]) => [h, p, 'A'.repeat(86)]),
  ),
  changed('another payload under the signature', 'signature', (token) =>
    segments(token, ([h, , s]) => [
      h,
      Buffer.from(printed.replace('"user"', '"admin"')).toString('base64url'),
      s,
    ]),
  ),
]

export const tk1 = (keys) => [
  ...Object.keys(algs).map((key) => good(`${algs[key]} by its own key ${key}`, undefined, { key })),
  good('five keys in the set', undefined, { keys: ['eddsa', 'rs256', 'es256', 'hs256', 'hs512'] }),
  withHeader('alg none without a signature', 'malformed', { alg: 'none' }, { unsigned: true }),
  withHeader('alg none with a signature', 'algorithm', { alg: 'none' }),
  withHeader('alg NONE', 'algorithm', { alg: 'NONE' }),
  ...['es256', 'ES512', 'PS256', 'RS512', 'HS384', 'Ed25519', '', 'constructor'].map((alg) =>
    withHeader(`alg ${JSON.stringify(alg)}`, 'algorithm', { alg }),
  ),
  good('no alg', 'header', { header: without(headerOf('es256'), 'alg') }),
  withHeader('alg is a list', 'header', { alg: ['ES256'] }),
  withHeader('alg is null', 'header', { alg: null }),
  ...asymmetric.map((key) =>
    withHeader(
      `HS256 keyed with the PEM of the public key (${key})`,
      'algorithm',
      { alg: 'HS256' },
      {
        key,
        signAs: 'HS256',
        signWith: {
          raw: createPublicKey({ key: keys[key], format: 'jwk' }).export({ type: 'spki', format: 'pem' }),
        },
      },
    ),
  ),
  withHeader('RS256 said over an ES256 key', 'algorithm', { alg: 'RS256' }),
  withHeader(
    'HS512 said over an HS256 key',
    'algorithm',
    { alg: 'HS512' },
    { key: 'hs256', signAs: 'HS512' },
  ),
  ...signatures(keys),
]

/** Another payload under the signature of a token that was overheard. */
const overheard = (name, more) =>
  changed(name, 'signature', (token) =>
    segments(token, ([h, , s]) => [
      h,
      Buffer.from(JSON.stringify({ ...claims, ...more })).toString('base64url'),
      s,
    ]),
  )

export const tk2 = (keys) => [
  ...['at+jwt', 'JWT', 'refresh+jwt', 'id+jwt', 'application/at+jwt'].map((typ) =>
    withHeader(`typ ${typ} by a stranger`, 'signature', { typ }, { signWith: keys.stranger }),
  ),
  changed('typ written into a token that had another', 'signature', (token) =>
    segments(token, ([, p, s]) => [
      Buffer.from(JSON.stringify(headerOf('es256', { typ: 'JWT' }))).toString('base64url'),
      p,
      s,
    ]),
  ),
  withHeader('typ application/at+jwt', 'type', { typ: 'application/at+jwt' }),
  withHeader('typ JWT where at+jwt is due', 'type', { typ: 'JWT' }),
  withHeader('typ AT+JWT', 'type', { typ: 'AT+JWT' }),
  ...['refresh+jwt', 'id+jwt', 'logout+jwt', 'state+jwt', 'mfa+jwt', ''].map((typ) =>
    withHeader(`typ ${JSON.stringify(typ)}`, 'type', { typ }),
  ),
  good('no typ', 'type', { header: without(headerOf('es256'), 'typ') }),
  withHeader('typ is null', 'header', { typ: null }),
  withHeader('typ is a number', 'header', { typ: 1 }),
  withHeader(
    'typ JWT where a contract says so',
    undefined,
    { typ: 'JWT' },
    { options: { ...options, types: ['JWT', null] } },
  ),
  good('no typ where a contract says so', undefined, {
    header: without(headerOf('es256'), 'typ'),
    options: { ...options, types: ['JWT', null] },
  }),
  good('at+jwt where a contract wants JWT', 'type', { options: { ...options, types: ['JWT', null] } }),
]

const required = ['iss', 'aud', 'exp', 'iat', 'sub', 'jti', 'client_id']
export const tk3 = (keys) => [
  overheard('another user written into it', { sub: '0193f5a0-0000-7000-8000-00000000000f' }),
  overheard('another session written into it', { sid: '0193f5a0-0000-7000-8000-00000000000f' }),
  overheard('a role written into it', { roles: ['user', 'admin'] }),
  overheard('a scope written into it', { scope: 'read write admin' }),
  overheard('our audience written into a token for another', { aud: [options.audience, 'other'] }),
  good('all claims right, by a stranger', 'signature', { signWith: keys.stranger }),
  ...required.map((name) => good(`no ${name}`, 'claims', { payload: without(claims, name) })),
  ...['iss', 'sub', 'jti', 'client_id', 'sid', 'scope'].map((name) =>
    withClaims(`${name} is a number`, 'claims', { [name]: 7 }),
  ),
  ...['iss', 'sub', 'aud', 'iat', 'roles'].map((name) =>
    withClaims(`${name} is null`, 'claims', { [name]: null }),
  ),
  ...['exp', 'iat', 'nbf', 'auth_time'].map((name) =>
    withClaims(`${name} is text`, 'claims', { [name]: String(seconds + 60) }),
  ),
  withClaims('aud is a list with a number', 'claims', { aud: [options.audience, 7] }),
  withClaims('aud is an object', 'claims', { aud: { 0: options.audience } }),
  withClaims('roles is text', 'claims', { roles: 'admin' }),
  withClaims('roles holds an object', 'claims', { roles: [{ name: 'admin' }] }),
  withClaims('amr is text', 'claims', { amr: 'pwd' }),
  withText('the payload is a list', 'malformed', '[]'),
  withText('the payload is text', 'malformed', '"claims"'),
  withText('claims hidden under __proto__', 'claims', `{"__proto__":${printed}}`),
  withClaims('aud is a list with us in it', undefined, { aud: ['https://other.example', options.audience] }),
  withClaims('aud is an empty list', 'audience', { aud: [] }),
  withClaims('another audience', 'audience', { aud: 'https://api.example/' }),
  withClaims('audience in another case', 'audience', { aud: 'https://API.example' }),
  withClaims('another issuer', 'issuer', { iss: 'https://auth.example/' }),
  withClaims('an empty issuer', 'issuer', { iss: '' }),
  good('one of two audiences of ours', undefined, {
    options: { ...options, audience: ['x', options.audience] },
  }),
  good('another required claim is missing', 'claims', { options: { ...options, required: ['user_id'] } }),
  good('a contract without iss and aud', undefined, {
    payload: { user_id: 'a', exp: seconds + 60 },
    options: { issuer: null, audience: null, required: ['user_id'] },
  }),
]

const strict = { ...options, expiryLeeway: 0, startLeeway: 60_000 }
const times = (name, reason, more, parts) => withClaims(name, reason, more, { options: strict, ...parts })
export const tk4 = (keys) => [
  overheard('a later exp written into it', { exp: seconds + 600 }),
  overheard('exp in the year 10^300 written into it', { exp: 1e300 }),
  overheard('a fresh auth_time written into it', { auth_time: seconds }),
  overheard('an earlier iat written into it', { iat: seconds - 600 }),
  withClaims(
    'a long life, by a stranger',
    'signature',
    { exp: seconds + 86_400 },
    { signWith: keys.stranger },
  ),
  times('exp is now', 'expired', { exp: seconds }),
  times('exp is one second ahead', undefined, { exp: seconds + 1 }),
  times('one millisecond before exp', undefined, { exp: seconds + 1 }, { now: now + 999 }),
  times('exp was a second ago', 'expired', { exp: seconds - 1 }),
  withClaims('exp within the leeway of 15 s', undefined, { exp: seconds - 14 }),
  withClaims('exp at the end of the leeway', 'expired', { exp: seconds - 15 }),
  times('nbf ahead by the leeway', undefined, { nbf: seconds + 60 }),
  times('nbf ahead by more', 'not_yet', { nbf: seconds + 61 }),
  times('iat ahead by the leeway', undefined, { iat: seconds + 60 }),
  times('iat ahead by more', 'issued_in_future', { iat: seconds + 61 }),
  times('a lifetime of 15 minutes', undefined, { iat: seconds, exp: seconds + 900 }),
  times('a lifetime of 15 minutes and a second', 'lifetime', { iat: seconds, exp: seconds + 901 }),
  times(
    'a lifetime over a cap of one minute',
    'lifetime',
    {},
    { options: { ...strict, maxLifetime: 60_000 } },
  ),
  times('fractions of a second', undefined, { iat: seconds - 0.5, exp: seconds + 0.5 }),
  times('exp in the year 10^300', 'lifetime', { exp: 1e300 }),
  times('iat far in the past', 'lifetime', { iat: -1e300 }),
  withText('exp is 1e400', 'claims', instead('exp', '"exp":1e400')),
  withText('iat is -1e400', 'claims', instead('iat', '"iat":-1e400')),
  withText('exp is the word Infinity', 'malformed', instead('exp', '"exp":Infinity')),
  withText('exp is NaN', 'malformed', instead('exp', '"exp":NaN')),
]
