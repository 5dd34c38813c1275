// What a gateway in front of applications says when it asks whether a visitor may pass, and what it is told. Pure data:
// the gate (server/http/gate.ts) is one engine for all of them.

/**
 * What an upstream is told of a visitor. `groups` are the roles, separated by commas; `assertion` says all of it, signed;
 * what is not known is empty.
 */
export type IdentityFact = 'id' | 'email' | 'name' | 'groups' | 'username' | 'session' | 'assertion'

/**
 * Where a gateway says what the visitor asked for, by names of headers in lower case. `url`: one header has all of it.
 * `parts`: one header each. `request`: the gate is asked with the visitor's own method, Host and path, behind ours.
 */
export type Asking =
  | { readonly by: 'url'; readonly url: string; readonly method: string }
  | {
      readonly by: 'parts'
      readonly proto: string
      readonly host: string
      readonly uri: string
      readonly method: string
    }
  | { readonly by: 'request'; readonly proto: string }

/** What the visitor asked for, in the headers that most gateways agree on. */
export const forwarded: Asking = {
  by: 'parts',
  proto: 'x-forwarded-proto',
  host: 'x-forwarded-host',
  uri: 'x-forwarded-uri',
  method: 'x-forwarded-method',
}

export interface Gateway {
  readonly name: string
  /** The path it asks at. */
  readonly path: string
  readonly asking: Asking
  /** Where the operator writes rules: in the query of the path, or, where the query is the visitor's, in a header. */
  readonly rules: 'query' | { readonly header: string }
  /** How a browser is led elsewhere: by the answer itself, or, where that is not passed on, by a header of it. */
  readonly lead: 'redirect' | { readonly header: string }
}

/** Headers that tell an upstream who the visitor is. Every answer that lets somebody pass has all of them. */
export const identityHeaders: Readonly<Record<string, Readonly<Record<string, IdentityFact>>>> = {
  remote: {
    'Remote-User': 'id',
    'Remote-Email': 'email',
    'Remote-Name': 'name',
    'Remote-Groups': 'groups',
    'X-Auth-Request-User': 'id',
    'X-Auth-Request-Email': 'email',
    'X-Auth-Request-Groups': 'groups',
    'X-Auth-Request-Preferred-Username': 'username',
    'X-Session-Id': 'session',
    'Sallyport-Assertion': 'assertion',
  },
  user: {
    'X-User-Id': 'id',
    'X-User-Email': 'email',
    'X-User-Roles': 'groups',
    'X-Session-Id': 'session',
    'Sallyport-Assertion': 'assertion',
  },
}

/** The `typ` of the assertion (RFC 8725 section 3.11): it is taken for no other token, and no other for it. */
export const assertionType = 'sallyport-assertion+jwt'
