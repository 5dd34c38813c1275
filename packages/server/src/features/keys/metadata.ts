import type { OutputOf, metadata as operation } from '@sallyport/protocol'
import type { Context } from '../../domain/context.js'

/** RFC 8414, and no grant or response type that is not there. */
export async function metadata({ issuer }: Context): Promise<OutputOf<typeof operation>> {
  return {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    introspection_endpoint: `${issuer}/v1/introspect`,
    introspection_endpoint_auth_methods_supported: ['Bearer'],
    response_types_supported: [],
    grant_types_supported: [],
  }
}
