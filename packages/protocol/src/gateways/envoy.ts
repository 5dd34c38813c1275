import type { Gateway } from './gateway.js'

/** Envoy's `ext_authz` over HTTP: the visitor's own request line, behind `path_prefix`; so no rule can stand in a query. */
export const envoy: Gateway = {
  name: 'envoy',
  path: '/gate/envoy',
  asking: { by: 'request', proto: 'x-forwarded-proto' },
  rules: { header: 'sallyport-rules' },
  lead: 'redirect',
}
