// Every mistake of a contract at once, each with its place and what mends it. The start stops at the first; here an
// author sees them all. shape.ts says which members there are; whole.ts, routes.ts and templates.ts what they mean.
import type { Contract, Operation } from '@sallyport/protocol'
import type { ErrorObject } from 'ajv'
import { nearest } from '../../util/nearest.js'
import type { Finding, Kind, Report } from './finding.js'
import { checkRoutes } from './routes.js'
import { contractShape } from './shape.js'
import { checkWhole } from './whole.js'

export type { Finding } from './finding.js'

export interface Checked {
  /** Paths that Sallyport or its pages have taken, as `METHOD /path`. */
  readonly taken: readonly string[]
  readonly operations: readonly Operation[]
}

/** What is wrong with a contract; nothing where it can be served. Anything that JSON can hold may be given. */
export async function checkContract(value: unknown, checked: Checked): Promise<Finding[]> {
  const findings: Finding[] = []
  const seen = new Set<string>()
  const report: Report = (kind, path, says, remedy) => {
    if (!seen.has(`${kind} ${path}`)) findings.push({ kind, path, says, remedy })
    seen.add(`${kind} ${path}`)
  }
  await checkShape(value, report)
  // What stands on a broken shape cannot be judged.
  if (findings.length > 0) return findings
  const contract = value as Contract
  checkWhole(contract, report)
  checkRoutes(contract, checked, report)
  return findings
}

async function checkShape(value: unknown, report: Report): Promise<void> {
  const { Ajv } = await import('ajv')
  const validate = new Ajv({ allErrors: true, strict: false, validateSchema: false, verbose: true }).compile(
    contractShape,
  )
  if (!validate(value)) for (const error of validate.errors ?? []) tell(error, report)
}

type Told = (error: ErrorObject, path: string) => [kind: Kind, path: string, says: string, remedy: string]

/** Undefined where another error of the same place says more. */
function tell(error: ErrorObject, report: Report): void {
  const say = told[error.keyword]
  if (say) report(...say(error, error.instancePath))
}

const told: Readonly<Record<string, Told>> = {
  required: ({ params }, path) => [
    'member_missing',
    path,
    `\`${params.missingProperty}\` is missing`,
    `add \`${params.missingProperty}\``,
  ],
  additionalProperties: ({ params, parentSchema }, path) => {
    const name = params.additionalProperty as string
    const known = Object.keys((parentSchema as { properties?: object }).properties ?? {})
    const meant = nearest(name, known)
    const remedy = meant ? `write \`${meant}\`` : `take it away; there are ${known.join(', ')}`
    return ['member_unknown', path, `\`${name}\` is not something that a contract says here`, remedy]
  },
  type: ({ params }, path) => [
    'member_type',
    path,
    'is of the wrong type',
    `must be ${[params.type].flat().join(' or ')}`,
  ],
  enum: ({ params }, path) => [
    'value_unknown',
    path,
    'is not a value that is known here',
    `one of ${(params.allowedValues as unknown[]).join(', ')}`,
  ],
  const: ({ params }, path) => [
    'value_unknown',
    path,
    'is not a value that is known here',
    `write ${JSON.stringify(params.allowedValue)}, or leave it out`,
  ],
  pattern: ({ params }, path) => [
    'value_unknown',
    path,
    'does not have the right form',
    `must fit ${params.pattern}`,
  ],
  propertyNames: ({ params }, path) => [
    'value_unknown',
    path,
    `\`${params.propertyName}\` does not have the right form`,
    'spell the name as the documentation does',
  ],
  minimum: ({ params }, path) => ['value_range', path, 'is too small', `at least ${params.limit}`],
  maximum: ({ params }, path) => ['value_range', path, 'is too large', `at most ${params.limit}`],
  minLength: (_error, path) => ['value_range', path, 'is empty', 'write a text, or leave it out'],
  minItems: (_error, path) => ['value_range', path, 'is empty', 'list at least one, or leave it out'],
}
