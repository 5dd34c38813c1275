// The shape of a contract as JSON Schema: which members there are, and of which kind. What they mean to one another is
// judged in check.ts. Strict: a member that nobody reads is a mistake somebody made.
import { operations } from '@sallyport/protocol'

type Shape = Readonly<Record<string, unknown>>

const text: Shape = { type: 'string', minLength: 1 }
const flag: Shape = { type: 'boolean' }
const count: Shape = { type: 'integer', minimum: 0 }
const some: Shape = { type: 'integer', minimum: 1 }
const truth: Shape = { const: true }
const one = (...values: string[]): Shape => ({ enum: values })
const list = (items: Shape, minItems = 0): Shape => ({ type: 'array', items, minItems })
const map = (values: Shape, names?: Shape): Shape => ({
  type: 'object',
  additionalProperties: values,
  ...(names && { propertyNames: names }),
})
/** Members with a question mark may be absent. */
const object = (members: Readonly<Record<string, Shape>>): Shape => {
  const entries = Object.entries(members)
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, shape]) => [name.replace('?', ''), shape])),
    required: entries.flatMap(([name]) => (name.endsWith('?') ? [] : [name])),
    additionalProperties: false,
  }
}

const template: Shape = {}
const path: Shape = { type: 'string', pattern: '^/\\S*$' }
/** A path of this server; what begins with two slashes is another one's, for browsers. */
const target: Shape = { type: 'string', pattern: '^/(?![/\\\\])\\S*$' }
const place: Shape = { type: 'string', pattern: '^(GET|POST|PUT|PATCH|DELETE) /\\S*$' }
/** What Node writes into a header; a line end in it would make every answer a 500. */
const printed = '^[\\t\\x20-\\x7e]*$'
const headers = map({ type: 'string', pattern: printed }, { pattern: '^[A-Za-z0-9-]+$' })
const contentType: Shape = { type: 'string', minLength: 1, pattern: printed }
const transport = one('body', 'cookie', 'split', 'both')
const scopes = [...new Set(operations.flatMap(({ scope }) => scope ?? []))]

const source = object({
  from: one('bearer', 'cookie', 'body'),
  kind: one('access', 'refresh', 'verifier'),
  'name?': text,
})

const field = object({
  names: list(text, 1),
  'from?': one('body', 'query', 'path'),
  'codec?': one('integer', 'boolean', 'base64', 'roles', 'role', 'empty', 'emptied'),
  'by?': text,
  'required?': truth,
  'min?': count,
  'max?': some,
  'pattern?': text,
  'repeats?': text,
  'say?': map(text),
})

const reply = object({
  status: { type: 'integer', minimum: 200, maximum: 399 },
  'body?': template,
  'contentType?': contentType,
  'headers?': headers,
  'cookies?': one('set', 'clear', 'csrf'),
})

const says = map(
  object({
    'status?': { type: 'integer', minimum: 400, maximum: 599 },
    'message?': { type: 'string' },
    'body?': template,
    'words?': map({ type: 'string' }),
    'headers?': headers,
    'cookies?': { anyOf: [{ const: 'clear' }, list(text)] },
  }),
)

const route = object({
  operation: text,
  on: place,
  'also?': list(place),
  'when?': object({
    member: text,
    is: {
      anyOf: [one('present', 'absent'), object({ value: { type: ['string', 'boolean'] } })],
    },
  }),
  'accept?': list(one('json', 'merge-patch', 'form', 'multipart', 'any'), 1),
  'tokens?': list(source),
  'optional?': truth,
  'strict?': truth,
  'input?': map({ anyOf: [{ type: 'null' }, text, field] }),
  'fixed?': map({ type: ['string', 'number', 'boolean'] }),
  reply,
  'instead?': list(object({ when: text, reply })),
  'errors?': says,
  'developmentOnly?': truth,
})

const claims = object({ claims: map(template) })
const mailRule = object({ page: path, 'link?': some, 'code?': some })

export const contractShape: Shape = object({
  name: { type: 'string', pattern: '^[a-z][a-z0-9-]{0,63}$' },
  title: text,
  transport: object({ default: transport, allow: list(transport, 1), 'member?': text }),
  cookies: map(
    object({
      holds: one('access', 'refresh', 'device', 'page'),
      path,
      sameSite: one('Strict', 'Lax', 'None'),
      'prefix?': one('__Host-', '__Secure-'),
    }),
    { pattern: '^[A-Za-z0-9_-]+$' },
  ),
  origin: one('strict', 'lenient'),
  'lifetimes?': object({ 'access?': some, 'idle?': some, 'absolute?': some, 'grace?': count }),
  longestAccess: some,
  type: text,
  'password?': object({ min: some, max: some, 'common?': { const: 'allowed' } }),
  'usernames?': { const: 'exact' },
  'pictures?': { const: 'any' },
  'ids?': one('uuid', 'integer', 'objectid'),
  'tokens?': object({
    algorithm: one('HS256', 'HS512', 'RS256', 'ES256'),
    keys: one('one', 'per-kind'),
    access: claims,
    refresh: claims,
  }),
  'sessions?': object({
    'perUser?': one('one', 'many'),
    'check?': one('stateless', 'session', 'live'),
    'proof?': { const: 'session' },
  }),
  'confirm?': one('email', 'none'),
  'mail?': object({
    'verify_email?': mailRule,
    'reset_password?': mailRule,
    'verify_phone?': object({ code: some }),
    'codes?': one('digits', 'letters'),
  }),
  'roles?': list({
    type: 'object',
    properties: { role: { type: 'string', pattern: '^[a-z][a-z0-9_.:-]*$' }, scopes: list(one(...scopes)) },
    additionalProperties: { type: ['string', 'number', 'boolean'] },
  }),
  'cors?': object({
    origins: one('listed', 'any', 'none'),
    'development?': list(text),
    'headers?': list(text),
  }),
  'csrf?': object({ cookie: text, header: text, strict: flag }),
  'members?': { const: 'listed' },
  'bodiless?': { const: 'refused' },
  'identifiers?': list(one('email', 'username', 'phone'), 1),
  user: template,
  error: object({ body: template, contentType }),
  'errorHeaders?': map(headers, { pattern: '^[45]\\d\\d$' }),
  'errors?': says,
  'problems?': map(object({ 'code?': text, 'detail?': text })),
  'pages?': map(target, path),
  routes: list(route, 1),
})
