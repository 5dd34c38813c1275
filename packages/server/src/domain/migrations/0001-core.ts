// A frozen copy of the first tables. Never changed once released: what comes later is a migration of its own.
import type { Migration } from '../../store/store.js'
import { boolean, bytes, id, integer, json, nullable, table, text } from '../../store/table.js'

const users = table({
  name: 'users',
  columns: {
    id: id(),
    email: nullable(text(254)),
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
    epoch: integer(),
    epoch_at: integer(),
    metadata: json(),
    app_metadata: json(),
    search: { ...text(1500), contains: true },
    created_at: integer(),
    updated_at: integer(),
    last_login_at: nullable(integer()),
    deleted_at: nullable(integer()),
  },
  key: ['id'],
  unique: [['email_normalized'], ['username_normalized'], ['phone_number']],
  indexes: [['created_at'], ['status', 'created_at'], ['status', 'updated_at']],
})

const sessions = table({
  name: 'sessions',
  columns: {
    id: id(),
    user_id: id(),
    contract: text(64),
    epoch: integer(),
    transport: text(8),
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
    amr: json(),
    user_agent: nullable(text(512)),
    ip: nullable(text(64)),
    expires_at: integer(),
  },
  key: ['id'],
  indexes: [['user_id', 'created_at'], ['created_at']],
  expires: 'expires_at',
  owner: 'user_id',
})

const signingKeys = table({
  name: 'signing_keys',
  columns: {
    kid: text(128),
    alg: text(8),
    state: text(8),
    sealed: bytes(8192),
    created_at: integer(),
    active_at: nullable(integer()),
    retired_at: nullable(integer()),
    expires_at: integer(),
  },
  key: ['kid'],
  expires: 'expires_at',
})

const changes = table({
  name: 'changes',
  columns: {
    id: id(),
    kind: text(32),
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

const counters = table({
  name: 'counters',
  columns: { key: text(64), count: integer(), expires_at: integer() },
  key: ['key'],
  expires: 'expires_at',
  kind: 'ephemeral',
})

const apiKeys = table({
  name: 'api_keys',
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
const administration = table({
  name: 'administration',
  columns: {
    id: text(16),
    token_hash: nullable(bytes(32)),
    token_ends_at: nullable(integer()),
    claimed_at: nullable(integer()),
    active: integer(),
  },
  key: ['id'],
})
const audit = table({
  name: 'audit',
  columns: {
    id: id(),
    at: integer(),
    event: text(64),
    outcome: text(8),
    actor: text(16),
    actor_id: nullable(text(64)),
    user_id: nullable(text(64)),
    session_id: nullable(text(64)),
    ip: nullable(text(64)),
    user_agent: nullable(text(512)),
    request_id: nullable(text(64)),
    details: json(),
    chain: id(),
    sequence: integer(),
    hash: bytes(32),
  },
  key: ['id'],
  unique: [['chain', 'sequence']],
  indexes: [['at'], ['user_id', 'at'], ['event', 'at']],
})
const auditHeads = table({
  name: 'audit_heads',
  columns: { chain: id(), sequence: integer(), hash: bytes(32), at: integer() },
  key: ['chain'],
})
const auditKeys = table({
  name: 'audit_keys',
  columns: { id: text(32), sealed: bytes(128), created_at: integer() },
  key: ['id'],
})
const stats = table({
  name: 'stats',
  columns: { name: text(48), period: text(8), at: integer(), count: integer(), expires_at: integer() },
  key: ['name', 'period', 'at'],
  indexes: [['period', 'at']],
  expires: 'expires_at',
})

const tables = [
  users,
  sessions,
  signingKeys,
  changes,
  counters,
  apiKeys,
  administration,
  audit,
  auditHeads,
  auditKeys,
  stats,
] as unknown as MigrationTable[]
type MigrationTable = Extract<Migration['steps'][number], { create: unknown }>['create']

export const core: Migration = { number: 1, name: 'core', steps: tables.map((create) => ({ create })) }
