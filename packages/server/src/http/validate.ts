// Checking canonical input against an operation's schema. Ajv is imported when the first input arrives, and a schema
// compiled when its operation is first called: the start must not wait for either. Types are never coerced.
import type { FieldProblem, Operation } from '@sallyport/protocol'
import type { Ajv, ErrorObject } from 'ajv'

/** What is wrong with an input, by canonical path; undefined where nothing is. */
export type Validate = (input: unknown) => FieldProblem[] | undefined

export interface Validators {
  /** Immediate once the operation's schema has been compiled. */
  of(operation: Operation): Validate | Promise<Validate>
}

/** An answer lists no more than this many. */
const most = 20

export function createValidators(): Validators {
  const compiled = new Map<Operation, Validate>()
  let loading: Promise<Ajv> | undefined
  const load = async () => {
    const module = await import('ajv')
    return new module.Ajv({
      strict: false,
      allErrors: true,
      meta: false,
      validateSchema: false,
      validateFormats: false,
      coerceTypes: false,
      addUsedSchema: false,
    })
  }
  const compile = async (operation: Operation) => {
    // What failed once, for want of file descriptors, is tried again.
    loading ??= load().catch((error) => {
      loading = undefined
      throw error
    })
    const validate = build(await loading, operation)
    compiled.set(operation, validate)
    return validate
  }
  return { of: (operation) => compiled.get(operation) ?? compile(operation) }
}

function build(ajv: Ajv, operation: Operation): Validate {
  const check = ajv.compile(operation.input)
  return (input) => (check(input) ? undefined : (check.errors ?? []).slice(0, most).map(describe))
}

function describe({ keyword, instancePath, params }: ErrorObject): FieldProblem {
  const path = instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  if (keyword === 'required')
    return { path: [...path, params.missingProperty as string], code: 'required', detail: 'must be given' }
  const say = sentences[keyword]
  if (!say) return { path, code: keyword, detail: 'is not valid' }
  const [code, detail] = say(params)
  return { path, code, detail }
}

const names: Record<string, string> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
}
const typeNames = (type: unknown) =>
  [type as string[] | string]
    .flat()
    .map((name) => names[name])
    .join(' or ')

type Params = Readonly<Record<string, unknown>>

const sentences: Record<string, (params: Params) => [code: string, detail: string]> = {
  type: ({ type }) => ['type', `must be ${typeNames(type)}`],
  enum: ({ allowedValues }) => ['not_allowed', `must be one of ${(allowedValues as unknown[]).join(', ')}`],
  pattern: () => ['pattern', 'does not have the right form'],
  minLength: ({ limit }) => [
    'too_short',
    limit === 1 ? 'must not be empty' : `must have at least ${limit} characters`,
  ],
  maxLength: ({ limit }) => ['too_long', `must have at most ${limit} characters`],
  minimum: ({ limit }) => ['too_small', `must be at least ${limit}`],
  maximum: ({ limit }) => ['too_large', `must be at most ${limit}`],
  maxItems: ({ limit }) => ['too_many', `must have at most ${limit} items`],
  maxProperties: ({ limit }) => ['too_many', `must have at most ${limit} members`],
}
