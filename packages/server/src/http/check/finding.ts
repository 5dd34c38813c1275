// What is wrong with a contract: where, in a sentence, and what mends it.

/** Every kind of mistake that is told apart. */
export type Kind =
  | 'member_missing'
  | 'member_unknown'
  | 'member_type'
  | 'value_unknown'
  | 'value_range'
  | 'name_reserved'
  | 'transport_default'
  | 'transport_cookies'
  | 'cookie_unread'
  | 'cookie_path'
  | 'cookie_prefix'
  | 'cors_cookies'
  | 'csrf_missing'
  | 'lifetimes'
  | 'password_lengths'
  | 'confirm_without_email'
  | 'claim_reserved'
  | 'role_twice'
  | 'page_taken'
  | 'template'
  | 'error_unknown'
  | 'error_shade'
  | 'error_never'
  | 'operation_unknown'
  | 'operation_closed'
  | 'operation_needed'
  | 'place'
  | 'place_taken'
  | 'place_twice'
  | 'route_unreachable'
  | 'input_unknown'
  | 'input_needed'
  | 'input_place'
  | 'input_rule'
  | 'parameter_unread'
  | 'fixed_value'
  | 'token_needed'
  | 'token_kind'
  | 'token_source'
  | 'leaving_only'
  | 'reply_body'
  | 'reply_cookies'
  | 'reply_shape'

export interface Finding {
  readonly kind: Kind
  /** JSON pointer into the contract. */
  readonly path: string
  readonly says: string
  readonly remedy: string
}

export type Report = (kind: Kind, path: string, says: string, remedy: string) => void

/** One step of a JSON pointer (RFC 6901). */
export const step = (name: string | number): string =>
  `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`
