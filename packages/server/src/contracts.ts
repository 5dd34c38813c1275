// The wires that a server opens, judged once at its start: the contracts of the settings, their secrets, and HTTP over
// them. What stops it is said with the member that is wrong.
import { pageRoutes } from '@sallyport/pages'
import { type Contract, gateways, native, operations } from '@sallyport/protocol'
import type { ServerOptions } from './compose.js'
import { StartError } from './config/errors.js'
import { checkContractSecrets } from './domain/keys/contract-secrets.js'
import { checkContract, type Finding } from './http/check/check.js'
import { ContractFault } from './http/compile.js'
import { contractsSetting, isFile, openContracts, UnopenableContract } from './http/contracts.js'
import { createHttp, type Door } from './http/http.js'
import type { Settings } from './util/setting.js'

/** Every contract that is open, the native one last. Throws StartError, also for any mistake in a file. */
export async function openedContracts({ settings, contracts = [] }: ServerOptions): Promise<Contract[]> {
  const chosen = chosenContracts(settings)
  for (const [at, item] of settings.get(contractsSetting).entries())
    if (isFile(item)) await assertRight(item, chosen[at]!)
  const opened = [...chosen, ...contracts, native]
  checkContracts(settings, opened)
  return opened
}

/**
 * A misspelt member would be passed over, and what it was to forbid allowed: so a file with any mistake is not opened.
 * Throws StartError.
 */
async function assertRight(file: string, contract: Contract): Promise<void> {
  const [first, ...more] = await judgeContract(contract)
  if (!first) return
  const others = more.length === 0 ? '' : `, and ${more.length} more`
  throw new StartError(
    `the contract ${file}, ${first.path || '/'}: ${first.says}${others}`,
    `${first.remedy}. All of them: sallyport contract check ${file}`,
  )
}

/** The contracts of the settings: the first says what no path tells. Throws StartError. */
export function chosenContracts(settings: Settings): Contract[] {
  try {
    return openContracts(settings.get(contractsSetting))
  } catch (error) {
    if (!(error instanceof UnopenableContract)) throw error
    throw new StartError(error.message, error.next, { cause: error })
  }
}

/** Throws StartError where a contract cannot be served. */
export function openHttp(door: Door): ReturnType<typeof createHttp> {
  try {
    return createHttp(door)
  } catch (error) {
    if (!(error instanceof ContractFault)) throw error
    throw new StartError(error.message, 'sallyport contract check, with the name or the file', {
      cause: error,
    })
  }
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** What is wrong with a contract, beside the paths that are Sallyport's own. Anything that JSON can hold may be given. */
export function judgeContract(value: unknown): Promise<Finding[]> {
  const own = ['/docs', '/docs/docs.css', '/docs/errors', '/docs/errors/:code', '/openapi.json', '/metrics']
  const taken = [
    ...native.routes.flatMap(({ on, also = [] }) => [on, ...also]),
    ...own.map((path) => `GET ${path}`),
    ...gateways.flatMap(({ path }) => methods.map((method) => `${method} ${path}`)),
    // The front door gives way to a contract that stands there.
    ...pageRoutes({ development: true }).flatMap(({ method, path }) =>
      path === '/' ? [] : `${method} ${path}`,
    ),
  ]
  return checkContract(value, { taken, operations })
}

/** Throws StartError where a contract's secret was given that would go unused or be shared. */
function checkContracts(settings: Settings, contracts: readonly Contract[]): void {
  try {
    checkContractSecrets(settings, contracts)
  } catch (error) {
    throw new StartError((error as Error).message, 'Correct contract_secrets: docs/settings.md', {
      cause: error,
    })
  }
}
