// `sallyport contract list`, `show` and `routes`: the wire contracts that come with Sallyport.
import { type Contract, contracts, type KnownContract, type Route } from '@sallyport/protocol'
import { readJsonFile } from '../server.js'
import type { Run } from './call.js'
import { json, listing, out } from './print.js'
import { usage } from './speak.js'

/** A contract by its name. Throws CommandError (2). */
export function knownContract(name: string): KnownContract {
  const known = contracts.find(({ contract }) => contract.name === name)
  if (known) return known
  const names = contracts.map(({ contract }) => contract.name).join(', ')
  throw usage(`there is no contract ${name}, only ${names}`, 'sallyport contract list')
}

/** The contract of a name, or whatever a JSON file holds. Throws CommandError (2). */
export function readContract(name: string): unknown {
  if (!name.endsWith('.json')) return knownContract(name).contract
  try {
    return readJsonFile(name)
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error)
    throw usage(
      `${name} cannot be read as JSON: ${why}`,
      'Name a file, or begin one with: sallyport contract show com3014',
    )
  }
}

/** One that can be looked into. Throws CommandError (2). */
function routesOf(name: string): readonly Route[] {
  const { routes: found } = (readContract(name) ?? {}) as Partial<Contract>
  if (Array.isArray(found) && found.every((route) => typeof route?.on === 'string')) return found
  throw usage(`${name} holds no routes`, `sallyport contract check ${name}`)
}

export const listKnown: Run = async ({ options }) => {
  const items = await Promise.all(
    contracts.map(async ({ contract, transcript }) => ({
      name: contract.name,
      title: contract.title,
      routes: contract.routes.length,
      scenes: (await transcript()).scenes.length,
    })),
  )
  const columns = {
    NAME: ({ name }: (typeof items)[number]) => name,
    TITLE: ({ title }: (typeof items)[number]) => title,
    ROUTES: (item: (typeof items)[number]) => String(item.routes),
    SCENES: (item: (typeof items)[number]) => String(item.scenes),
  }
  await out(options.json ? json({ items }) : listing(items, columns))
  return 0
}

export const show: Run = async ({ names }) => {
  await out(json(readContract(names[0]!)))
  return 0
}

export const routes: Run = async ({ names, options }) => {
  const items = routesOf(names[0]!).flatMap(rowsOf)
  const columns = {
    METHOD: ({ method }: Row) => method,
    PATH: ({ path }: Row) => path,
    WHEN: ({ when }: Row) => when,
    OPERATION: ({ operation }: Row) => operation,
    TOKENS: ({ tokens }: Row) => tokens.join(', '),
    ANSWERS: ({ status }: Row) => String(status),
  }
  await out(options.json ? json({ items }) : listing(items, columns))
  return 0
}

interface Row {
  readonly method: string
  readonly path: string
  readonly when?: string
  readonly operation: string
  /** Where a credential is read, in this order. */
  readonly tokens: readonly string[]
  readonly status: number
}

/** A route and its further paths. */
function rowsOf({ operation, on, also = [], when, tokens = [], reply }: Route): Row[] {
  return [on, ...also].map((place) => {
    const [method = '', path = ''] = place.split(' ')
    return {
      method,
      path,
      ...(when && { when: wordsOf(when) }),
      operation,
      tokens: tokens.map(({ from, name }) => (name === undefined ? from : `${from} ${name}`)),
      status: reply.status,
    }
  })
}

function wordsOf({ member, is }: NonNullable<Contract['routes'][number]['when']>): string {
  return typeof is === 'string' ? `${member} is ${is}` : `${member} is ${is.value}`
}
