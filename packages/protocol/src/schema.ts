// Shapes of input and output as plain JSON Schema (draft 2020-12), with the TypeScript type carried along.
// Only what operations need can be said here. Validation is the server's; this room does nothing but describe.

/** A JSON Schema whose values have type T. The type exists for the compiler only. */
export interface Schema<T = unknown> {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly enum?: readonly unknown[]
  readonly additionalProperties?: boolean
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly maxItems?: number
  readonly maxProperties?: number
  readonly description?: string
  readonly format?: string
  /** Whole shapes of which a value has one; see `either`. */
  readonly anyOf?: readonly Schema[]
  readonly $type?: T
}

/** The TypeScript type of a schema's values. */
export type Static<S> = S extends Schema<infer T> ? T : never

interface TextRules {
  minLength?: number
  maxLength?: number
  pattern?: string
  format?: string
  description?: string
}

export const text = (rules: TextRules = {}): Schema<string> => ({ type: 'string', ...rules })
export const integer = (
  rules: { minimum?: number; maximum?: number; description?: string } = {},
): Schema<number> => ({
  type: 'integer',
  ...rules,
})
export const flag = (description?: string): Schema<boolean> => ({
  type: 'boolean',
  ...(description && { description }),
})
export const oneOf = <const V extends string>(...values: V[]): Schema<V> => ({ type: 'string', enum: values })
export const list = <T>(items: Schema<T>, maxItems?: number): Schema<T[]> => ({
  type: 'array',
  items,
  ...(maxItems !== undefined && { maxItems }),
})
/** What an operation that streams gives: one after another, each of this shape. */
export const eachOf = <T>(item: Schema<T>): Schema<AsyncIterable<T>> =>
  item as unknown as Schema<AsyncIterable<T>>
/** A free-form object. */
export const record = (description?: string): Schema<Record<string, unknown>> => ({
  type: 'object',
  additionalProperties: true,
  ...(description && { description }),
})
/** The value or null: in a merge-patch, null takes a member away. */
export const nullable = <T>(schema: Schema<T>): Schema<T | null> =>
  ({
    ...(schema as Schema),
    type: [schema.type as string, 'null'],
    ...(schema.enum && { enum: [...schema.enum, null] }),
  }) as Schema<T | null>

/** One shape or another, the usual one first. Of two outputs, the second one has a required member that tells it apart. */
export const either = <A, B>(usual: Schema<A>, other: Schema<B>): Schema<A | B> =>
  ({ anyOf: [usual, other] }) as Schema<A | B>

/** The shapes that a value may have, the usual one first. */
export const shapesOf = (schema: Schema): readonly [Schema, ...Schema[]] =>
  (schema.anyOf ?? [schema]) as readonly [Schema, ...Schema[]]

type Fields = Record<string, Schema<never> | Schema>
type Optional = Record<string, Schema<never> | Schema>
type Flatten<T> = { [K in keyof T]: T[K] }

/** An object; `optional` members may be absent. Unknown members are ignored before validation. */
export function object<R extends Fields, O extends Optional = Record<never, never>>(
  required: R,
  optional?: O,
): Schema<Flatten<{ [K in keyof R]: Static<R[K]> } & { [K in keyof O]?: Static<O[K]> }>> {
  return {
    type: 'object',
    properties: { ...required, ...optional } as Record<string, Schema>,
    required: Object.keys(required),
  }
}

/** No input, or no output. */
export const nothing: Schema<Record<never, never>> = { type: 'object', properties: {}, required: [] }
