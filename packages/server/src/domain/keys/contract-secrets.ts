// The secrets of wire contracts whose tokens are HS256 or HS512: derived from the master secret, one for each contract
// and kind, or given by the operator, because other services hold them already.
import { createSecretKey, type KeyObject } from 'node:crypto'
import type { Contract } from '@sallyport/protocol'
import { list, type Settings } from '../../util/setting.js'
import type { Secrets } from '../secrets.js'
import type { JwtKind } from '../tokens/contract-claims.js'

const LEAST = 32
const item = /^([^.=\s]+)(?:\.(access|refresh))?=(.+)$/s

interface Given {
  readonly contract: string
  /** Undefined: of both kinds. */
  readonly kind: JwtKind | undefined
  readonly secret: Buffer
}

function parseGiven(text: string): Given | undefined {
  const [, contract, kind, value] = item.exec(text) ?? []
  if (contract === undefined || value === undefined) return undefined
  const isOld = value.startsWith('old:')
  const secret = bytesOf(isOld ? value.slice('old:'.length) : value)
  if (secret === undefined || secret.length === 0 || (!isOld && secret.length < LEAST)) return undefined
  return { contract, kind: kind as JwtKind | undefined, secret }
}

function bytesOf(value: string): Buffer | undefined {
  if (!value.startsWith('base64:')) return Buffer.from(value)
  const digits = value.slice('base64:'.length)
  return /^[A-Za-z0-9+/]+={0,2}$/.test(digits) ? Buffer.from(digits, 'base64') : undefined
}

export const contractSecrets = list('contract_secrets', [], {
  secret: true,
  doc: 'Secrets of contracts whose tokens are HS256 or HS512, where other services verify with them already: `<contract>=<text>`, or `<contract>.access=` and `<contract>.refresh=`; `base64:` before bytes that are no text, `old:` before that for one of fewer than 32 bytes. The first of several for one place signs. Absent: derived from the master secret.',
  expected: `a list of <contract>[.access|.refresh]=<${LEAST} bytes or more>, old:<secret> for a shorter one`,
  test: (text) => parseGiven(text) !== undefined,
})

const isSymmetric = ({ tokens }: Contract) => tokens?.algorithm.startsWith('HS') === true

/** Throws an Error where a secret was given that no contract will use, or two contracts would share one. */
export function checkContractSecrets(settings: Settings, contracts: readonly Contract[]): void {
  const owners = new Map<string, string>()
  for (const { contract: name, kind, secret } of settings
    .get(contractSecrets)
    .map((text) => parseGiven(text)!)) {
    const contract = contracts.find((one) => one.name === name)
    const place = `${name}${kind === undefined ? '' : `.${kind}`}`
    if (!contract) throw new Error(`contract_secrets: ${place} is for a contract that is not served here`)
    if (!isSymmetric(contract))
      throw new Error(`contract_secrets: ${place}: the tokens of this contract are not signed with a secret`)
    if (kind !== undefined && contract.tokens?.keys === 'one')
      throw new Error(`contract_secrets: ${place}: this contract has one secret for both kinds: say ${name}=`)
    const digits = sameAs(secret)
    const owner = owners.get(digits) ?? name
    if (owner !== name)
      throw new Error(
        `contract_secrets: ${name} and ${owner} share a secret, so each would take the other's tokens`,
      )
    owners.set(digits, name)
  }
}

/** Two secrets that HMAC cannot tell apart have one: it fills up with zeros (RFC 2104). */
const sameAs = (secret: Buffer) => secret.toString('hex').replace(/(?:00)+$/, '')

/** The secrets of a kind of token: the first signs, all of them verify. */
export function secretsOf(
  { settings, secrets }: { readonly settings: Settings; readonly secrets: Secrets },
  { name, tokens }: Contract,
  kind: JwtKind,
): readonly KeyObject[] {
  const size = tokens!.algorithm === 'HS512' ? 64 : 32
  const given = settings
    .get(contractSecrets)
    .map((text) => parseGiven(text)!)
    .filter((one) => one.contract === name && (one.kind ?? kind) === kind)
  if (given.length > 0) return given.map(({ secret }) => createSecretKey(padded(secret, size)))
  const label = `contract-token ${tokens!.keys === 'one' ? 'both' : kind} ${name}`
  if (size === 32) return secrets.keys(label)
  const second = secrets.keys(`${label} 2`)
  return secrets
    .keys(label)
    .map((first, index) => createSecretKey(Buffer.concat([first.export(), second[index]!.export()])))
}

/** HMAC fills a key up with zeros itself (RFC 2104), so the tokens are the same; our own checks want it long. */
function padded(secret: Buffer, size: number): Buffer {
  return secret.length >= size ? secret : Buffer.concat([secret], size)
}
