// `fetch` with the cookies of one browser, for programs that are none: what Set-Cookie says is kept, and sent to the
// paths that it is meant for (RFC 6265 section 5).

/** @returns {typeof fetch} every client that is given the same one shares its cookies */
export function createBrowserFetch() {
  const jar = new Map()
  return async (url, options = {}) => {
    const { pathname } = new URL(url)
    const cookies = [...jar.values()].filter(({ path }) => covers(path, pathname))
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, {
      ...options,
      headers: { ...options.headers, ...(cookie && { Cookie: cookie }) },
    })
    for (const line of answer.headers.getSetCookie()) keep(jar, line, pathname)
    return answer
  }
}

const covers = (path, asked) => asked === path || asked.startsWith(path.endsWith('/') ? path : `${path}/`)

function keep(jar, line, asked) {
  const [pair, ...rest] = line.split(';').map((part) => part.trim())
  const attributes = new Map(rest.map((part) => [part.split('=')[0].toLowerCase(), part.split('=')[1]]))
  const name = pair.slice(0, pair.indexOf('='))
  const path = attributes.get('path') ?? (asked.slice(0, asked.lastIndexOf('/')) || '/')
  const key = `${name} ${path}`
  if (attributes.has('max-age') && Number(attributes.get('max-age')) <= 0) jar.delete(key)
  else jar.set(key, { name, path, value: pair.slice(name.length + 1) })
}
