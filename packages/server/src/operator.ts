// The same product without HTTP, for whoever has the machine: the command line calls operations as the operator, on the
// same database as a running server, which learns of it from the changes table. It never migrates: that is asked for.
import { userInfo } from 'node:os'
import {
  compileTree,
  createUser,
  type Data,
  type FieldProblem,
  fail,
  native,
  type Operation,
  parseTemplate,
} from '@sallyport/protocol'
import { callOperation, createContext, rethrow, type ServerOptions } from './compose.js'
import { openedContracts } from './contracts.js'
import type { Caller, Context } from './domain/context.js'
import { type Replacement, replacementOf } from './domain/replacement.js'
import { administration, users } from './domain/tables.js'
import { exportUsers } from './domain/transfer/exporter.js'
import { createImporter, type Importer, type ImportOptions } from './domain/transfer/importer.js'
import { findByIdentifier } from './domain/users.js'
import { createValidators } from './http/validate.js'
import { openNode } from './nodes.js'
import { bringUpToDate, openWhole } from './storage.js'
import { randomBytes } from './util/ids.js'

export interface Operator {
  readonly issuer: string
  /** Runs an operation. Throws Failure as the operation does, and `invalid_request` for input that its schema refuses. */
  call<I, O>(operation: Operation<I, O>, input: I): Promise<O>
  /** What an operation answered, as the API says it: the native contract's members, times as RFC 3339. */
  shown(operation: Operation, output: unknown): unknown
  /** The id of the user with this address, username or number. */
  find(identifier: string): Promise<string | undefined>
  /** By which file and line a user came, where an import made the account. */
  originOf(id: string): Promise<string | undefined>
  /** How many active administrators there are. */
  administrators(): Promise<number>
  /** Whether nobody ever was one, so that the link for the first has a use. */
  awaitsFirst(): Promise<boolean>
  /** Whether the other master secret may go; undefined where there is none. */
  replacement(): Promise<Replacement | undefined>
  /** Takes users from elsewhere. Throws Refused where an option cannot be used. */
  importer(options: ImportOptions): Promise<Importer>
  /** Every account as a row that an importer takes, the oldest first; with `passwords` their hashes too. */
  exportUsers(passwords: boolean): AsyncGenerator<readonly Record<string, unknown>[]>
  /** Writes into the audit log that users were exported. */
  exported(facts: { file: string; users: number; passwords: boolean }): Promise<void>
  close(): Promise<void>
}

/** Opens the database that the settings name. Throws StartError where it cannot be worked with. */
export async function openOperator(options: ServerOptions): Promise<Operator> {
  const node = await openNode(options, (clock) => openWhole(options, clock))
  try {
    await bringUpToDate(node.engine, 'production', options.settings)
    const context = await createContext(options, node, await openedContracts(options), () => false)
    return { ...operatorOn(context), close: () => close(context, node) }
  } catch (error) {
    await node.close()
    throw error
  }
}

/** The same on a context that is open already, as a server's is. */
export function operatorOn(context: Context): Omit<Operator, 'close'> {
  const validators = createValidators()
  const first = () => context.store.get(administration, { id: 'first' })
  return {
    issuer: context.issuer,
    call: async <I, O>(operation: Operation<I, O>, input: I) => {
      const fields = (await validators.of(operation as Operation))(input)
      if (fields) throw fail('invalid_request', { fields })
      return (await callOperation(context, operation as Operation, operatorCaller(), input)) as O
    },
    shown,
    find: async (identifier) =>
      (await findByIdentifier(context, identifier, ['email', 'username', 'phone'])).user?.id,
    originOf: async (id) => (await context.store.get(users, { id }))?.origin ?? undefined,
    administrators: async () => (await first())?.active ?? 0,
    awaitsFirst: async () => {
      const row = await first()
      return row !== undefined && row.claimed_at === null && row.active === 0
    },
    replacement: () => replacementOf(context),
    importer: async (options) => {
      const validate = await validators.of(createUser as unknown as Operation)
      const importer = createImporter(context, operatorCaller(), options, (input) =>
        problemsOf(validate(input)),
      )
      const take: Importer['take'] = (rows) => importer.take(rows).catch((error) => rethrow(context, error))
      return { ...importer, take }
    },
    exportUsers: (passwords) => readable(context, exportUsers(context, passwords)),
    exported: async (facts) => {
      context.events.emit('users.exported', facts, operatorCaller())
      await context.audit.settled()
    },
  }
}

/** Says a store that cannot be read in the catalogue's words. */
async function* readable<T>(context: Context, pages: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    yield* pages
  } catch (error) {
    rethrow(context, error)
  }
}

const problemsOf = (fields: readonly FieldProblem[] | undefined) =>
  fields?.map(({ path, detail = 'is not valid' }) => ({ path, detail }))

/** Lets go of a context and its engine, when what it still has to write is written. */
export async function close(context: Context, node: { close(): Promise<void> }): Promise<void> {
  await context.notices.settled()
  context.delivery.close()
  await context.audit.settled()
  await context.stats.flush()
  await context.hasher.close()
  await node.close()
}

/** Whoever typed the command. */
export function operatorCaller(): Caller {
  const id = `operator ${userName()}`.slice(0, 64)
  const requestId = `cli-${randomBytes(6).toString('base64url')}`
  return { contract: native, requestId, ip: 'local', administrator: { kind: 'operator', id, full: true } }
}

/** A container may run as a user that its system has no name for. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}

function shown(operation: Operation, output: unknown): unknown {
  const template = native.routes.find((route) => route.operation === operation.name)?.reply.body
  if (template === undefined) return output
  const scope = { schema: operation.output, input: operation.input, user: native.user }
  return compileTree(parseTemplate(template, scope))(output as Data, {})
}
