// The tables that two or more features share. Secrets never stand here in the clear: passwords as PHC strings, refresh
// tokens as SHA-256, signing keys sealed. A feature's own tables stand in its folder.
import {
  type AnyTable,
  boolean,
  bytes,
  id,
  integer,
  json,
  nullable,
  searchable,
  type Table,
  table,
  text,
} from '../store/table.js'
import { codes, gateCodes } from './codes-table.js'
import { holds } from './holds.js'
import { legacySpent } from './legacy/legacy-table.js'
import { audit, auditHeads, auditKeys, stats } from './log-tables.js'

export { type AuditRow, audit, auditHeads, auditKeys, stats } from './log-tables.js'

/** An expiry for rows that do not expire: the end of the year 9999. */
export const NEVER = 253_402_300_799_000

export const users = table({
  name: 'users',
  doc: 'A person with an account. A deleted one stays, without its sessions, until the time to come back is over.',
  columns: {
    id: id(),
    email: nullable(text(254)),
    /** The form that is compared and unique; see identifiers.ts. */
    email_normalized: nullable(text(254)),
    email_verified: boolean(),
    phone_number: nullable(text(32)),
    phone_number_verified: boolean(),
    preferred_username: nullable(text(255)),
    username_normalized: nullable(text(255)),
    name: nullable(text(255)),
    given_name: nullable(text(255)),
    family_name: nullable(text(255)),
    picture: nullable(text(2048)),
    locale: nullable(text(35)),
    zoneinfo: nullable(text(64)),
    roles: json(),
    status: text(16),
    password_hash: nullable(text(512)),
    password_changed_at: nullable(integer()),
    /** A session lives only while its copy of this number equals it. */
    epoch: integer(),
    /** When the epoch last moved; a session's id is always younger than the move it survived. */
    epoch_at: integer(),
    metadata: json(),
    app_metadata: json(),
    /** What administrators search in, see users.ts. */
    search: searchable(text(1500)),
    created_at: integer(),
    updated_at: integer(),
    last_login_at: nullable(integer()),
    deleted_at: nullable(integer()),
    /** SHA-256 of the secret in the link that undoes the deletion. */
    restore_hash: nullable(bytes(32)),
    /**
     * When the account was taken over from an earlier backend, while tokens of that backend still count for it; see
     * legacy/legacy.ts.
     */
    taken_over_at: nullable(integer()),
    /** What contracts whose ids are integers call the user, given when one first shows them; see user-ids.ts. */
    number: nullable(integer()),
    /** The id that the user had in the system they came from. */
    external_id: nullable(text(64)),
    /** Where the account was made by signing in with somebody else's: `google`. */
    provider: nullable(text(16)),
    /** `import`, the fingerprint of a file and a line of it, where that made the account; see transfer/importer.ts. */
    origin: nullable(text(64)),
  },
  key: ['id'],
  unique: [['email_normalized'], ['username_normalized'], ['phone_number'], ['number'], ['external_id']],
  indexes: [['created_at'], ['status', 'created_at'], ['status', 'updated_at']],
})
export type UserRow = RowIn<typeof users>

export const sessions = table({
  name: 'sessions',
  doc: 'One sign-in on one device. However often it is refreshed it is one row; of its tokens it holds hashes.',
  columns: {
    id: id(),
    user_id: id(),
    contract: text(64),
    epoch: integer(),
    transport: text(8),
    /** The refresh chain, see tokens/chain.ts: hashes only. */
    current_hash: bytes(32),
    previous_hash: nullable(bytes(32)),
    salt: nullable(bytes(16)),
    generation: integer(),
    attempt_hash: nullable(bytes(32)),
    rotated_at: integer(),
    idle_ends_at: integer(),
    ends_at: integer(),
    created_at: integer(),
    last_seen_at: integer(),
    auth_time: integer(),
    /** The newest proof that was given for one purpose alone, see step-up.ts. */
    proof_purpose: nullable(text(64)),
    proof_at: nullable(integer()),
    amr: json(),
    user_agent: nullable(text(512)),
    ip: nullable(text(64)),
    /** SHA-256 of the secret in the cookie of the hosted pages, where the session has one. */
    page_hash: nullable(bytes(32)),
    expires_at: integer(),
  },
  key: ['id'],
  indexes: [['user_id', 'created_at'], ['created_at']],
  expires: 'expires_at',
  owner: 'user_id',
  exported: [
    'id',
    'contract',
    'transport',
    'created_at',
    'last_seen_at',
    'idle_ends_at',
    'ends_at',
    'auth_time',
    'amr',
    'user_agent',
    'ip',
  ],
})
export type SessionRow = RowIn<typeof sessions>

export const signingKeys = table({
  name: 'signing_keys',
  doc: 'The keys that sign access tokens, from their announcement until the last token of theirs is dead.',
  columns: {
    kid: text(128),
    alg: text(8),
    state: text(8),
    /** The private key, sealed with the kid as associated data. */
    sealed: bytes(8192),
    created_at: integer(),
    active_at: nullable(integer()),
    retired_at: nullable(integer()),
    expires_at: integer(),
  },
  key: ['kid'],
  expires: 'expires_at',
})
export type SigningKeyRow = RowIn<typeof signingKeys>

/** Key pairs of wire contracts whose tokens are signed with one, see keys/contract-keys.ts. */
export const contractKeys = table({
  name: 'contract_keys',
  doc: 'Key pairs of wire contracts whose tokens are signed with one of their own.',
  columns: {
    /** The contract's name, a space, and the algorithm. */
    id: text(80),
    kid: text(128),
    /** The private key, sealed with the id as associated data. */
    sealed: bytes(8192),
    created_at: integer(),
  },
  key: ['id'],
})
export type ContractKeyRow = RowIn<typeof contractKeys>

export const sequences = table({
  name: 'sequences',
  doc: 'Numbers that only rise, by what they are for.',
  columns: { name: text(32), value: integer() },
  key: ['name'],
})

export const changes = table({
  name: 'changes',
  doc: 'What stopped counting before its access tokens ran out, for the other servers and for verifiers.',
  columns: {
    id: id(),
    kind: text(32),
    /** A session id, a user id or a kid. */
    subject: text(128),
    before: nullable(integer()),
    except: nullable(id()),
    at: integer(),
    expires_at: integer(),
  },
  key: ['id'],
  indexes: [['at']],
  expires: 'expires_at',
})
export type ChangeRow = RowIn<typeof changes>

export const counters = table({
  name: 'counters',
  doc: 'How often something was tried in a window of time. What is lost here starts a limit anew, and nothing else.',
  columns: { key: text(64), count: integer(), expires_at: integer() },
  key: ['key'],
  expires: 'expires_at',
  kind: 'ephemeral',
})

export const apiKeys = table({
  name: 'api_keys',
  doc: 'Keys for machines, by their hashes.',
  columns: {
    id: id(),
    name: text(100),
    hash: bytes(32),
    scopes: json(),
    created_by: text(64),
    created_at: integer(),
    last_used_at: nullable(integer()),
    expires_at: integer(),
  },
  key: ['id'],
  unique: [['hash']],
  expires: 'expires_at',
})
export type ApiKeyRow = RowIn<typeof apiKeys>

/**
 * One row, `id` «first»: whether the first administrator was made, how many active administrators there are, and how
 * many audit chains were begun.
 */
export const administration = table({
  name: 'administration',
  doc: 'One row: whether the first administrator was made, how many there are, and the anchor of the audit log.',
  columns: {
    id: text(16),
    token_hash: nullable(bytes(32)),
    token_ends_at: nullable(integer()),
    claimed_at: nullable(integer()),
    active: integer(),
    /** Anchors the audit log, see audit-chain.ts; without a hash nothing was anchored yet. */
    audit_chains: integer(),
    audit_chains_hash: nullable(bytes(32)),
  },
  key: ['id'],
})

/** Mail and SMS, see outbox.ts. */
export const outbox = table({
  name: 'outbox',
  doc: 'Mail and SMS that wait to be sent, and for a while those that were. The whole message is sealed.',
  columns: {
    id: id(),
    user_id: nullable(id()),
    topic: text(32),
    channel: text(8),
    /** The whole message, with the id as associated data. */
    sealed: bytes(16_384),
    /** `waiting`, `sent`, `failed` or `expired`. */
    state: text(8),
    attempts: integer(),
    due_at: integer(),
    created_at: integer(),
    good_until: integer(),
    expires_at: integer(),
    /** Attempts of which it is not known whether the message was taken; see outbox-attempt.ts. */
    unclear: integer(),
    /** Why the last attempt failed, without address, code or link. */
    last_error: nullable(text(300)),
    sent_at: nullable(integer()),
  },
  key: ['id'],
  indexes: [
    ['state', 'due_at'],
    ['created_at'],
    ['user_id', 'created_at'],
    ['channel', 'state', 'due_at'],
    ['state', 'good_until'],
  ],
  expires: 'expires_at',
  owner: 'user_id',
  exported: ['topic', 'channel', 'state', 'created_at'],
})
export type OutboxRow = RowIn<typeof outbox>

/** The row type of a table. */
type RowIn<T> = T extends Table<infer R> ? R : never

export const sharedTables = [
  users,
  sessions,
  signingKeys,
  contractKeys,
  sequences,
  changes,
  counters,
  apiKeys,
  administration,
  audit,
  auditHeads,
  auditKeys,
  stats,
  outbox,
  ...[codes, legacySpent, holds, gateCodes],
] as unknown as readonly AnyTable[]
