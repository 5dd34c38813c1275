import type { Gateway } from './gateway.js'

/** nginx's `auth_request`: of an answer it uses the status, 401 and 403 alone for no, and headers it is told to read. */
export const nginx: Gateway = {
  name: 'nginx',
  path: '/gate/nginx',
  asking: { by: 'url', url: 'x-original-url', method: 'x-original-method' },
  rules: 'query',
  lead: { header: 'sallyport-location' },
}
