// Users from elsewhere, many rows a commit. An account that is there is found by its identifiers and left as it is, or,
// where that was asked for, changed by amend.ts. Each account that a file makes remembers the file's fingerprint and its
// line, so that the same file can be read again after an interruption: what it brought is known again, and a second row
// for the same person is told from an account that was there before. Files are read by whoever calls; nothing here
// knows of them.
import { availableParallelism } from 'node:os'
import { UniqueViolation, type Write, write } from '../../store/store.js'
import { uuidv7 } from '../../util/ids.js'
import { countAdministrators, isAdministrative } from '../administrators.js'
import type { Caller, Context } from '../context.js'
import { identities } from '../identities.js'
import type { FirebaseProject } from '../passwords/foreign.js'
import { type UserRow, users } from '../tables.js'
import { newUserRow, searchText } from '../users.js'
import { amend } from './amend.js'
import { type Draft, readDraft, type Validate } from './draft.js'
import { createMapping, type Row } from './members.js'
import { createPeople, type Found, type People } from './people.js'
import { Refused } from './refused.js'

export interface ImportOptions {
  /** The name of the file without its folders, for the audit log. */
  readonly file: string
  /** Of the content of the file, at most 32 characters. */
  readonly fingerprint: string
  /** `theirs=ours`. */
  readonly map: readonly string[]
  /** Accounts that are there are changed to what the file says. */
  readonly update: boolean
  /** Says what would be done, and writes nothing. */
  readonly dryRun: boolean
  readonly administrators: boolean
  readonly firebase?: FirebaseProject | undefined
}

/** A row, or why there is none. */
export interface Incoming {
  readonly line: number
  readonly row?: Row | undefined
  readonly reason?: string | undefined
  readonly next?: string | undefined
}

export interface Outcome {
  readonly line: number
  readonly result: 'made' | 'updated' | 'there' | 'refused'
  readonly user_id?: string
  readonly reason?: string
  readonly next?: string
  readonly notes?: readonly string[]
}

type Counts = Record<Outcome['result'], number>

export interface Importer {
  /** At most 500 rows; the answers are in their order. Throws StoreUnavailable. */
  take(rows: readonly Incoming[]): Promise<Outcome[]>
  counts(): Counts
  /** The names in the file that were not taken. */
  ignored(): string[]
  /** Writes what was done into the audit log; `complete` where the file was read to its end. */
  finish(complete: boolean): Promise<void>
}

interface Work {
  readonly context: Context
  readonly caller: Caller
  readonly options: ImportOptions
  readonly people: People
  readonly read: (row: Row) => Promise<Draft>
}

interface Candidate {
  readonly line: number
  readonly draft: Draft
}

/** Throws Refused where an option cannot be used. */
export function createImporter(
  context: Context,
  caller: Caller,
  options: ImportOptions,
  validate: Validate,
): Importer {
  const mapping = createMapping(options.map)
  const { dryRun, fingerprint, firebase, administrators } = options
  const people = createPeople(context.store, fingerprint, dryRun)
  const read = (row: Row) => readDraft(context, mapping.apply(row), { validate, firebase, administrators })
  const work = { context, caller, options, people, read }
  const counts: Counts = { made: 0, updated: 0, there: 0, refused: 0 }
  return {
    take: async (rows) => {
      const outcomes = await takeRows(work, rows)
      for (const { result } of outcomes) counts[result] += 1
      return outcomes
    },
    counts: () => ({ ...counts }),
    ignored: mapping.ignored,
    finish: async (complete) => {
      if (dryRun) return
      const { file } = options
      context.events.emit('users.imported', { file, fingerprint, ...counts, complete }, caller)
      await context.audit.settled()
    },
  }
}

async function takeRows(work: Work, rows: readonly Incoming[]): Promise<Outcome[]> {
  const { people, options } = work
  const outcomes = new Map<number, Outcome>()
  const candidates: Candidate[] = []
  for (const incoming of rows) {
    const read = await readRow(work, incoming)
    if ('result' in read) outcomes.set(read.line, read)
    else candidates.push(read)
  }
  const known = await people.lookUp(candidates.map(({ draft }) => draft))
  const fresh: Candidate[] = []
  for (const candidate of candidates) {
    const { line, draft } = candidate
    const found = known.find(draft, line)
    if (found === undefined) {
      known.remember(draft, line)
      fresh.push(candidate)
    } else outcomes.set(line, await judge(work, candidate, found))
  }
  const made = options.dryRun ? fresh.map(({ line, draft }) => madeOf(line, draft)) : await make(work, fresh)
  for (const outcome of made) outcomes.set(outcome.line, outcome)
  return rows.map(({ line }) => outcomes.get(line)!)
}

async function readRow({ read }: Work, { line, row, reason, next }: Incoming): Promise<Candidate | Outcome> {
  if (row === undefined) return { line, result: 'refused', reason: reason!, next: next! }
  try {
    return { line, draft: await read(row) }
  } catch (error) {
    return refusal(line, error)
  }
}

function refusal(line: number, error: unknown): Outcome {
  if (!(error instanceof Refused)) throw error
  return { line, result: 'refused', reason: error.message, next: error.next }
}

/** A row whose person is known: by an earlier row, or because they are there. */
async function judge(work: Work, { line, draft }: Candidate, found: Found): Promise<Outcome> {
  if ('reason' in found) return { line, result: 'refused', ...found }
  const { user } = found
  if (!work.options.update) return { line, result: 'there', user_id: user.id, ...noted(draft) }
  try {
    const changed = await amend(work.context, work.caller, user, draft, work.options)
    return { line, result: changed ? 'updated' : 'there', user_id: user.id, ...noted(draft) }
  } catch (error) {
    return refusal(line, error)
  }
}

const noted = ({ notes }: Draft) => (notes.length > 0 ? { notes } : {})
const madeOf = (line: number, draft: Draft, id?: string): Outcome => ({
  line,
  result: 'made',
  ...(id !== undefined && { user_id: id }),
  ...noted(draft),
})

/** The accounts in one commit; where another process took one of their names meanwhile, one by one. */
async function make(work: Work, fresh: readonly Candidate[]): Promise<Outcome[]> {
  const made = await withRows(work, fresh)
  const { store } = work.context
  try {
    if (made.length > 0) await store.atomically(made.flatMap((one) => writesOf(work, one)))
    return made.map((one) => announced(work, one))
  } catch (error) {
    if (!(error instanceof UniqueViolation)) throw error
  }
  const outcomes: Outcome[] = []
  for (const one of made) {
    try {
      await store.atomically(writesOf(work, one))
      outcomes.push(announced(work, one))
    } catch (error) {
      if (!(error instanceof UniqueViolation)) throw error
      outcomes.push(taken(one.line, error))
    }
  }
  return outcomes
}

function taken(line: number, { columns }: UniqueViolation): Outcome {
  const member = columns.includes('subject') ? 'identities' : columns.at(-1)!.replace('_normalized', '')
  return {
    line,
    result: 'refused',
    reason: `${member} is another account’s`,
    next: 'See whose it is: sallyport user list --search <name>',
  }
}

type Made = Candidate & { readonly row: UserRow }

/** No more passwords are hashed at once than there are threads for it: the line of the hasher is for log-ins. */
const AT_ONCE = Math.max(1, availableParallelism() - 1)

async function withRows(work: Work, fresh: readonly Candidate[]): Promise<Made[]> {
  const made: Made[] = []
  for (let at = 0; at < fresh.length; at += AT_ONCE) {
    const group = fresh.slice(at, at + AT_ONCE)
    made.push(...(await Promise.all(group.map(async (one) => ({ ...one, row: await rowOf(work, one) })))))
  }
  return made
}

async function rowOf({ context, options }: Work, { line, draft }: Candidate): Promise<UserRow> {
  const { email, username, phone, password, columns } = draft
  const now = context.clock.now()
  const hash = draft.hash ?? (password === undefined ? undefined : await context.hasher.hash(password))
  const row = {
    ...newUserRow(now, { email, username, phone, ...(hash !== undefined && { password_hash: hash }) }),
    ...columns,
    id: draft.id ?? uuidv7(now),
    origin: `import ${options.fingerprint} ${line}`,
    taken_over_at: now,
  }
  if (hash === undefined) row.password_changed_at = null
  return { ...row, search: searchText(row) }
}

function writesOf({ context }: Work, { draft, row }: Made): Write[] {
  const now = context.clock.now()
  const linked = draft.identities.map((identity) =>
    write.insert(identities, {
      id: uuidv7(now),
      user_id: row.id,
      created_at: now,
      last_used_at: now,
      ...identity,
    }),
  )
  return [write.insert(users, row), ...linked, ...countAdministrators({ roles: [], status: 'active' }, row)]
}

/** Who administers is told one by one, whatever the number of the others. */
function announced({ context, caller }: Work, { line, draft, row }: Made): Outcome {
  const roles = row.roles as string[]
  if (roles.some(isAdministrative)) {
    const facts = { userId: row.id, before: '', after: roles.join(' ') }
    context.events.emit('user.roles_changed', facts, caller)
  }
  return madeOf(line, draft, row.id)
}
