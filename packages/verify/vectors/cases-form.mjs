// What a token looks like: its header (TK5), its shape (TK6) and its one spelling (TK7).
import {
  algs,
  changed,
  good,
  headerOf,
  instead,
  nested,
  printed,
  segments,
  spareBit,
  withClaims,
  withHeader,
  without,
  withText,
} from './good.mjs'

/** An id that is known, over a signature that is not its key’s. */
const ofAnother = (keys) => [
  ...['es-1', 'es-2'].map((kid) =>
    withHeader(
      `kid ${kid} said over the key of another issuer`,
      'signature',
      { kid },
      {
        keys: ['es256', 'es256b'],
        signWith: keys.stranger,
      },
    ),
  ),
  withHeader('kid of another key of the set', 'signature', { kid: 'es-2' }, { keys: ['es256', 'es256b'] }),
]

export const tk5 = (keys) => [
  good('no kid', 'unknown_key', { header: without(headerOf('es256'), 'kid') }),
  ...[
    '',
    'ES-1',
    'es-1 ',
    'es-1\u0000',
    '../../dev/null',
    '__proto__',
    'constructor',
    'hasOwnProperty',
    "' OR 1=1 --",
    'https://evil.example/key',
  ].map((kid) => withHeader(`kid ${JSON.stringify(kid)}`, 'unknown_key', { kid })),
  ...ofAnother(keys),
  withHeader('kid is a list', 'header', { kid: ['es-1'] }),
  withHeader('kid is a number', 'header', { kid: 1 }),
  withHeader('kid of a key that left the set', 'unknown_key', {}, { keys: ['es256b'] }),
  good('no keys at all', 'unknown_key', { keys: [] }),
  ...[
    ['jwk', { kty: 'EC', crv: 'P-256', x: keys.stranger.x, y: keys.stranger.y }],
    ['jku', 'https://evil.example/jwks.json'],
    ['x5u', 'https://evil.example/cert.pem'],
    ['x5c', ['MIIB']],
  ].flatMap(([name, value]) => [
    withHeader(
      `${name} of a stranger who signed`,
      'signature',
      { [name]: value },
      { signWith: keys.stranger },
    ),
    withHeader(`${name} beside the right signature`, undefined, { [name]: value }),
  ]),
]

export const tk6 = () => [
  withHeader('crit', 'header', { crit: ['exp'], exp: 1 }),
  withHeader('an empty crit', 'header', { crit: [] }),
  withHeader('b64 true', 'header', { b64: true }),
  withHeader('b64 false with crit', 'header', { b64: false, crit: ['b64'] }),
  ...['', '.', '..', '...', 'a.b', 'null', '{}', 'Bearer a.b.c'].map((token) =>
    good(`the text ${JSON.stringify(token)}`, 'malformed', { token }),
  ),
  changed('an empty payload', 'malformed', (token) => segments(token, ([h, , s]) => [h, '', s])),
  changed('a fourth segment', 'malformed', (token) => `${token}.AAAA`),
  changed('five segments, as in JWE', 'malformed', (token) => `${token}.AAAA.AAAA`),
  changed('a NUL at the end', 'malformed', (token) => `${token}\u0000`),
  changed('a letter beyond ASCII', 'malformed', (token) => `${token}\u0101`),
  changed('a segment of an impossible length', 'malformed', (token) =>
    segments(token, ([h, p, s]) => [h, p, `${s}AAA`]),
  ),
  good('8,193 characters', 'too_long', { token: `a.${'b'.repeat(8189)}.c` }),
  good('8,192 characters', 'malformed', { token: `a.${'b'.repeat(8188)}.c` }),
  good('the JSON serialisation', 'malformed', {
    token: '{"payload":"e30","signature":"AA","protected":"e30"}',
  }),
  good('the header is not JSON', 'malformed', { header: 'at+jwt' }),
  good('the header is a list', 'malformed', { header: '[]' }),
  good('the header is not UTF-8', 'malformed', { header: Buffer.from('7b2261223a22ff227d', 'hex') }),
  withText('the payload is not UTF-8', 'malformed', Buffer.from('7b2261223a22ff227d', 'hex')),
  withText('the payload is not JSON', 'malformed', `${printed}}`),
]

const texts = [
  withText('a member twice', 'spelling', printed.replace('{', '{"sub":"other",')),
  withText('a member twice, once with an escape', 'spelling', printed.replace('{', '{"\\u0073ub":"other",')),
  withText('a member twice, deep inside', 'spelling', printed.replace('{', '{"x":[{"a":1,"a":1}],')),
  withText('a member twice and white space', 'spelling', `{ "sub" : "other" ,${printed.slice(1)}`),
  withText(
    'the same name in two objects',
    undefined,
    printed.replace('{', '{"x":[{"a":1},{"a":1}],"y":{"sub":","},'),
  ),
  withText(
    'white space, escapes and numbers in other forms',
    undefined,
    `\r\n ${instead('iss', '"iss":"https:\\/\\/auth.example"').replace('{', '{ "n" : 1.0e0 ,')} `,
  ),
  withText('a byte order mark', 'spelling', `\ufeff${printed}`),
  good('a byte order mark in the header', 'spelling', {
    header: `\ufeff${JSON.stringify(headerOf('es256'))}`,
  }),
  good('alg twice in the header', 'spelling', {
    header: JSON.stringify(headerOf('es256')).replace('{', '{"alg":"none",'),
  }),
  withClaims('eight levels', undefined, { x: nested(7) }),
  withClaims('nine levels', 'malformed', { x: nested(8) }),
  withText(
    'two thousand levels',
    'malformed',
    printed.replace('{', `{"x":${'['.repeat(2000)}${']'.repeat(2000)},`),
  ),
  withText('a lone surrogate', 'malformed', instead('scope', '"scope":"\\ud800"')),
  withText('a pair of surrogates', undefined, instead('scope', '"scope":"\\ud83d\\ude00"')),
  withClaims('a backslash before ud800', undefined, { scope: '\\ud800' }),
]

export const tk7 = () => [
  changed('padding', 'malformed', (token) => `${token}==`),
  changed('a space before', 'malformed', (token) => ` ${token}`),
  changed('a line break after', 'malformed', (token) => `${token}\n`),
  changed('the alphabet of base64', 'malformed', (token) =>
    segments(token, ([h, p]) => [h, p, `${'+/'.repeat(43)}`]),
  ),
  ...['es256', 'eddsa', 'rs256', 'hs256', 'hs512'].map((key) =>
    changed(
      `a spare bit of the signature (${algs[key]})`,
      'spelling',
      (token) => segments(token, ([h, p, s]) => [h, p, spareBit(s)]),
      { key },
    ),
  ),
  changed('a byte after the signature', 'signature', (token) =>
    segments(token, ([h, p, s]) => [
      h,
      p,
      Buffer.concat([Buffer.from(s, 'base64url'), Buffer.of(0)]).toString('base64url'),
    ]),
  ),
  changed('an ES256 signature in DER', 'signature', (token) =>
    segments(token, ([h, p]) => [h, p, 'MAYCAQECAQE']),
  ),
  ...texts,
]
