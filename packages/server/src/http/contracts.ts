// Which wires are open: the setting, the contracts that ship with the server, and those that an operator keeps in a
// file. The native one is always served beside them, below /v1.
import { readFileSync } from 'node:fs'
import { type Contract, Failure, contracts as shipped } from '@sallyport/protocol'
import { list } from '../util/setting.js'
import { parseJson } from './json.js'

export const contractsSetting = list('contracts', [], {
  doc: 'Wire contracts that are served at the paths their clients expect, besides the native one below /v1: names of those that ship, or JSON files.',
  expected: 'a list of names such as com3014, or of paths that end in .json',
  test: (item) => /^[a-z][a-z0-9-]{0,63}$/.test(item) || isFile(item),
})

/** Whether an item of the setting is a file of the operator's. */
export const isFile = (item: string) => item.endsWith('.json')

/** A contract that cannot be opened; `next` is what mends it. */
export class UnopenableContract extends Error {
  readonly next: string
  constructor(message: string, next: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UnopenableContract'
    this.next = next
  }
}

/** The contract of a name or of a file. Throws UnopenableContract. What is in a file is judged afterwards. */
function openContract(item: string): Contract {
  if (isFile(item)) return readContract(item)
  const known = shipped.find(({ contract }) => contract.name === item)
  if (known && item !== 'native') return known.contract
  throw new UnopenableContract(
    item === 'native'
      ? 'the native contract is always open'
      : `there is no contract called ${item}; there are ${foreign().join(', ')}`,
    'sallyport contract list, or name a file such as ./contract.json',
  )
}

const foreign = () => shipped.map(({ contract }) => contract.name).filter((name) => name !== 'native')

/**
 * What a JSON file holds, read as strictly as a request: of a member that stands there twice one would count, and nobody
 * could say which. Throws an Error that says what is wrong with it.
 */
export function readJsonFile(path: string): unknown {
  try {
    return parseJson(readFileSync(path), 'It')
  } catch (error) {
    const [field] = (error instanceof Failure && error.details.fields) || []
    if (!field) throw error
    throw new Error(`what it holds at /${field.path.join('/')} ${field.detail}`, { cause: error })
  }
}

function readContract(path: string): Contract {
  try {
    const value = readJsonFile(path)
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Error('it is no JSON object')
    return value as Contract
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error)
    throw new UnopenableContract(
      `the contract ${path} cannot be read: ${why}`,
      `sallyport contract check ${path}`,
      { cause: error },
    )
  }
}

/** The open contracts, each once. Throws UnopenableContract. */
export function openContracts(items: readonly string[]): Contract[] {
  const opened = items.map(openContract)
  const names = opened.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined)
    throw new UnopenableContract(
      `the contract ${twice} is listed twice`,
      'list each once in the setting contracts',
    )
  return opened
}
