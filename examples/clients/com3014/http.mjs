// Requests with an interceptor for failures, as HTTP libraries for browsers have them: it may throw, or answer in the
// place of the failure, for instance by sending the request again.

/** An answer that is not 2xx. */
export class HttpError extends Error {
  constructor(request, status, body) {
    super(body?.message ?? `status ${status}`)
    this.request = request
    this.status = status
  }
}

/** @param {string} base such as `http://localhost:5000` */
export function createHttp(base, fetch = globalThis.fetch) {
  const http = {
    /** @type {(error: HttpError) => Promise<unknown>} */
    onFailure: async (error) => {
      throw error
    },
    /** Headers are asked for when a request is sent, so a repeated one has the newest. */
    post: async (path, body = {}, headers = () => ({})) => {
      const answer = await fetch(base + path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers() },
        body: JSON.stringify(body),
      })
      const json = await answer.json()
      if (answer.ok) return json
      return http.onFailure(new HttpError({ path, body, headers }, answer.status, json))
    },
    repeat: ({ path, body, headers }) => http.post(path, body, headers),
  }
  return http
}
