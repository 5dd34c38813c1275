// A row read into what a user's columns will say. Everything is checked as the API checks it, so that no account comes
// in by a file that could not have been made or would not be accepted later. Nothing is looked up and nothing written.
import { Failure } from '@sallyport/protocol'
import { isUuidv7 } from '../../util/ids.js'
import { isAdministrative } from '../administrators.js'
import type { Context } from '../context.js'
import { checkMetadata, type Email, requireEmail, requireUsername, type Username } from '../identifiers.js'
import type { FirebaseProject } from '../passwords/foreign.js'
import type { PreparedPassword } from '../passwords/policy.js'
import { requirePhone } from '../phones.js'
import type { UserRow } from '../tables.js'
import { readPassword } from './hashes.js'
import type { Row } from './members.js'
import { Refused, unusable } from './refused.js'
import { readFlag, readObject, readObjects, readText, readTexts, readTime } from './values.js'

/** How names are read: as the contract does whose names are taken exactly, where one is open. */
const namesOf = ({ contracts }: Context) =>
  contracts.find(({ usernames }) => usernames === 'exact') ?? contracts[0]!

/** What is wrong with members that the API takes too. */
export type Validate = (
  input: Row,
) => readonly { path: readonly (string | number)[]; detail: string }[] | undefined

export interface DraftOptions {
  readonly validate: Validate
  readonly firebase?: FirebaseProject | undefined
  /** Whether rows may bring roles that administer this server. */
  readonly administrators?: boolean | undefined
}

/** Who somebody is at another provider. */
export interface DraftIdentity {
  readonly provider: string
  readonly subject: string
  readonly email: string | null
  readonly created_at?: number
  readonly last_used_at?: number
}

type Mutable<T> = { -readonly [K in keyof T]?: T[K] }

export interface Draft {
  readonly id?: string
  readonly email?: Email
  readonly phone?: string
  readonly username?: Username
  /** The columns that the row speaks of, but identifiers and password. */
  readonly columns: Readonly<Mutable<UserRow>>
  readonly hash?: string
  readonly password?: PreparedPassword
  readonly identities: readonly DraftIdentity[]
  readonly notes: readonly string[]
}

/** Throws Refused. */
export async function readDraft(context: Context, row: Row, options: DraftOptions): Promise<Draft> {
  try {
    const { note, ...password } = readPassword(row, options.firebase)
    const identifiers = await readIdentifiers(context, row)
    const { id, ...called } = readId(row)
    const notes = note === undefined ? [] : [note]
    const columns = { ...readColumns(context, row, options), ...called, ...readProvider(row) }
    const identities = row.identities === undefined ? [] : readIdentities(row.identities, context.clock.now())
    return { ...identifiers, ...password, ...(id !== undefined && { id }), columns, identities, notes }
  } catch (error) {
    throw error instanceof Failure ? fromFailure(error) : error
  }
}

function fromFailure({ details, message }: Failure): Refused {
  const [field] = details.fields ?? []
  return field
    ? unusable(field.path.join('.'), field.detail ?? message)
    : new Refused(message, 'Mend it in the file')
}

async function readIdentifiers(context: Context, row: Row) {
  const { email, phone_number: phone, preferred_username: username } = row
  if (email === undefined && phone === undefined && username === undefined)
    throw new Refused(
      'there is no email, phone_number or preferred_username',
      'Name the column that holds one: --map theirs=email',
    )
  return {
    ...(email !== undefined && { email: requireEmail(readText(email, 'email'), 'email') }),
    ...(phone !== undefined && {
      phone: await requirePhone(context.settings, readText(phone, 'phone_number'), 'phone_number'),
    }),
    ...(username !== undefined && {
      username: requireUsername(
        readText(username, 'preferred_username'),
        'preferred_username',
        namesOf(context),
      ),
    }),
  }
}

type Called = { id?: string; external_id?: string; number?: number }

/**
 * Every id is kept, so that services that know it go on knowing it: one of ours as the id, any other as what the user was
 * called elsewhere, a whole number also as the user's number. Contracts show whichever they are written for.
 */
function readId({ id, external_id: external = id, number = id }: Row): Called {
  const isOurs = typeof id === 'string' && isUuidv7(id)
  return {
    ...(isOurs && { id }),
    ...(external !== undefined && !(isOurs && external === id) && { external_id: readExternal(external) }),
    ...readNumber(number, number !== id),
  }
}

function readExternal(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : readText(value, 'external_id')
  if (text.length > 0 && text.length <= 64) return text
  throw unusable('external_id', 'must have 1 to 64 characters')
}

/** An id that is no number is none; a `number` has to be one. */
function readNumber(value: unknown, isSaid: boolean): { number?: number } {
  const number = typeof value === 'string' && /^[1-9]\d{0,14}$/.test(value) ? Number(value) : value
  if (typeof number === 'number' && Number.isSafeInteger(number) && number > 0) return { number }
  if (isSaid && value !== undefined) throw unusable('number', 'must be a whole number above 0')
  return {}
}

function readProvider({ provider }: Row): { provider?: string } {
  if (provider === undefined) return {}
  const name = readText(provider, 'provider').toLowerCase()
  // Most call their own accounts something; only another's is kept.
  if (['local', 'password', 'email', 'native'].includes(name)) return {}
  if (!/^[a-z0-9_.-]{1,16}$/.test(name)) throw unusable('provider', 'must be a short name such as google')
  return { provider: name }
}

const texts = ['name', 'given_name', 'family_name', 'picture', 'locale', 'zoneinfo'] as const
const times = ['created_at', 'last_login_at', 'password_changed_at'] as const
const objects = ['metadata', 'app_metadata'] as const

function readColumns(context: Context, row: Row, { validate, administrators }: DraftOptions) {
  const columns: Mutable<UserRow> = { ...readVerified(row), ...readStatus(row) }
  for (const member of texts) if (row[member] !== undefined) columns[member] = readText(row[member], member)
  for (const member of times)
    if (row[member] !== undefined) columns[member] = readTime(row[member], member, context.clock.now())
  for (const member of objects)
    if (row[member] !== undefined) {
      const value = readObject(row[member], member)
      checkMetadata(value, member)
      columns[member] = value as UserRow['metadata']
    }
  if (row.roles !== undefined) columns.roles = readRoles(row.roles, administrators)
  const written = [...texts, ...objects, 'roles'] as const
  const said = written.flatMap((member) => (columns[member] === undefined ? [] : [[member, columns[member]]]))
  const [problem] = validate(Object.fromEntries(said)) ?? []
  if (problem) throw unusable(String(problem.path[0]), problem.detail)
  return columns
}

/** What administered another system administers nothing here unless that is said. */
function readRoles(value: unknown, administrators: boolean | undefined): string[] {
  const roles = readTexts(value, 'roles')
  const administrative = roles.find(isAdministrative)
  if (administrative === undefined || administrators) return roles
  throw new Refused(
    `the role ${administrative} administers this server`,
    'Say --administrators if it shall, or keep the roles aside with --map roles=app_metadata.roles',
  )
}

function readVerified(row: Row): Mutable<UserRow> {
  const columns: Mutable<UserRow> = {}
  const pairs = [
    ['email_verified', 'email'],
    ['phone_number_verified', 'phone_number'],
  ] as const
  for (const [member, of] of pairs) {
    if (row[member] === undefined) continue
    columns[member] = readFlag(row[member], member)
    if (columns[member] && row[of] === undefined) throw unusable(member, `needs a ${of} to be true of`)
  }
  return columns
}

/** `status`, or one of the flags by which others say it. */
function readStatus({ status, disabled, active }: Row): { status?: 'active' | 'disabled' } {
  const said: ('active' | 'disabled')[] = []
  if (status !== undefined) said.push(readWord(status))
  if (disabled !== undefined) said.push(readFlag(disabled, 'disabled') ? 'disabled' : 'active')
  if (active !== undefined) said.push(readFlag(active, 'active') ? 'active' : 'disabled')
  if (new Set(said).size > 1) throw unusable('status', 'is said twice, and not the same')
  return said[0] === undefined ? {} : { status: said[0] }
}

function readWord(status: unknown): 'active' | 'disabled' {
  if (status === 'active' || status === 'disabled') return status
  throw unusable('status', 'must be active or disabled')
}

const providerForm = /^[a-z0-9][a-z0-9_.-]{0,31}$/

function readIdentities(value: unknown, now: number): DraftIdentity[] {
  const list = readObjects(value, 'identities')
  const read = list.map(({ provider, subject, email, created_at, last_used_at }): DraftIdentity => {
    const name = readText(provider, 'identities.provider')
    const known = readText(subject, 'identities.subject')
    const address = email == null ? null : readText(email, 'identities.email')
    if (!providerForm.test(name) || known === '' || known.length > 255 || (address?.length ?? 0) > 254)
      throw unusable('identities', 'has a provider or subject that cannot be one')
    return {
      provider: name,
      subject: known,
      email: address,
      ...(created_at != null && { created_at: readTime(created_at, 'identities.created_at', now) }),
      ...(last_used_at != null && { last_used_at: readTime(last_used_at, 'identities.last_used_at', now) }),
    }
  })
  if (new Set(read.map(({ provider }) => provider)).size < read.length)
    throw unusable('identities', 'names a provider twice')
  return read
}
