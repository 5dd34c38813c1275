// What an answer says in one short text, so that a test reads `expect(told(answer)).toBe('401 session_ended')`. On the
// way every refusal is held against the shape that all of them promise.
import type { Answer } from './browser.js'

const members = [
  'type',
  'title',
  'status',
  'detail',
  'instance',
  'code',
  'errors',
  'retry_after',
  'max_age',
  'purpose',
]

/** `200` for a success, `401 session_ended` for a refusal. Throws an Error for a refusal of any other shape. */
export function told(answer: Answer): string {
  if (answer.status < 400) return String(answer.status)
  const { json, headers } = answer
  const wrong = (what: string) => new Error(`${what}: ${answer.status} ${answer.text}`)
  if (!String(headers['content-type']).startsWith('application/problem+json')) throw wrong('no problem+json')
  if (headers['cache-control'] !== 'no-store') throw wrong('a refusal that may be cached')
  if (json.status !== answer.status) throw wrong('status differs from the body')
  if (!json.type.endsWith(`/${json.code}`) || !URL.canParse(json.type)) throw wrong('type is not the page')
  for (const name of ['title', 'detail', 'instance', 'code'] as const)
    if (typeof json[name] !== 'string' || json[name] === '') throw wrong(`no ${name}`)
  if (json.instance !== headers['x-request-id']) throw wrong('instance is not the request id')
  for (const name of Object.keys(json)) if (!members.includes(name)) throw wrong(`unknown member ${name}`)
  for (const field of json.errors ?? [])
    if (!/^(\/.*)?$/.test(field.pointer) || !field.code || !field.detail) throw wrong('a field without words')
  if (json.retry_after !== undefined && String(json.retry_after) !== headers['retry-after'])
    throw wrong('retry_after differs from the header')
  return `${answer.status} ${json.code}`
}

/** The members that a refusal names, as pointers. */
export function pointers(answer: Answer): string[] {
  return (answer.json.errors ?? []).map(({ pointer }: { pointer: string }) => pointer)
}

/** The claims of an access token, unverified. */
export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}
