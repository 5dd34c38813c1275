// The load generator: a process of its own, started by client.mjs, that does one job at a time and answers with what
// it saw. It keeps no state between jobs and never measures the server's CPU: whoever started it does.
import { median, percentile } from './measure.mjs'
import { accessTokenOf, getRequest, openLine, postRequest, refreshTokenOf } from './wire.mjs'

/** Opens that many connections. `failed` rejects when one of them breaks. */
async function openLines(port, count) {
  let fail
  const failed = new Promise((_, reject) => {
    fail = reject
  })
  failed.catch(() => {})
  const lines = Array.from({ length: count }, () => openLine(port, fail))
  await Promise.race([failed, Promise.all(lines.map((line) => line.opened))])
  return { lines, failed, close: () => void lines.map((line) => line.close()) }
}

const summary = (latencies, refused, seconds) => ({
  done: latencies.length,
  refused,
  rate: latencies.length / seconds,
  p50: median(latencies),
  p99: percentile(latencies, 0.99),
})

/**
 * Keeps this process running without a pause. Waking a client that sleeps is done by whoever writes to it, and costs a
 * server as much as a small answer does; a slow server, whose clients sleep, would pay it and a fast one would not.
 */
function stayAwake() {
  let over = false
  const turn = () => over || setImmediate(turn)
  turn()
  return () => {
    over = true
  }
}

/**
 * Closed loop: every connection asks, waits for the answer and asks again until the time is up.
 * @param {(line: number) => string} request
 * @param {(line: number, answer: string) => void} heard for the answers with status 200
 */
async function loop({ port, connections, seconds, awake }, request, heard = () => {}) {
  const { lines, failed, close } = await openLines(port, connections)
  const latencies = []
  const refused = {}
  const begin = performance.now()
  const end = begin + seconds * 1000
  const rest = awake ? stayAwake() : () => {}
  const drive = (line, index) =>
    new Promise((done) => {
      const turn = () => {
        const asked = performance.now()
        if (asked >= end) return done()
        line.ask(request(index), (status, answer) => {
          latencies.push(performance.now() - asked)
          if (status === 200) heard(index, answer)
          else refused[status] = (refused[status] ?? 0) + 1
          turn()
        })
      }
      turn()
    })
  await Promise.race([failed, Promise.all(lines.map(drive))])
  rest()
  const result = summary(latencies, refused, (performance.now() - begin) / 1000)
  close()
  return result
}

/** Open loop: a request every so often, whatever became of the others; a late one counts from when it was due. */
async function steady({ port, rate, seconds, path, tokens }) {
  const { lines, failed, close } = await openLines(port, 64)
  const requests = tokens.map((token) => getRequest(port, path, token))
  const latencies = []
  const refused = {}
  const idle = [...lines]
  const begin = performance.now()
  const total = Math.floor(rate * seconds)
  let asked = 0
  const all = new Promise((done) => {
    const send = () => {
      const due = Math.min(total, Math.floor(((performance.now() - begin) * rate) / 1000) + 1)
      while (asked < due && idle.length > 0) ask(begin + (asked * 1000) / rate)
      if (asked === total) return clearInterval(timer)
    }
    const ask = (at) => {
      const line = idle.pop()
      line.ask(requests[asked++ % requests.length], (status) => {
        latencies.push(performance.now() - at)
        if (status !== 200) refused[status] = (refused[status] ?? 0) + 1
        idle.push(line)
        if (latencies.length === total) done()
      })
    }
    const timer = setInterval(send, 1)
  })
  await Promise.race([failed, all])
  const result = summary(latencies, refused, (performance.now() - begin) / 1000)
  close()
  return result
}

/**
 * A request every so often, a refresh and a question about who one is in turns, whatever became of the others; each
 * session is asked for by one request at a time. Answers the sessions' tokens and the longest that anyone waited.
 */
async function probe({ port, every, seconds, sessions }) {
  const { lines, failed, close } = await openLines(port, 64)
  const [idle, waiting] = [[...lines], [...sessions]]
  const [latencies, refused] = [[], {}]
  const total = Math.floor((seconds * 1000) / every)
  const begin = performance.now()
  let asked = 0
  const ask = (due) => {
    const [line, session] = [idle.pop(), waiting.shift()]
    const known = session.access !== undefined && asked % 2 === 1
    const body = `{"refresh_token":"${session.refresh}"}`
    const request = known
      ? getRequest(port, '/v1/me', session.access)
      : postRequest(port, '/v1/refresh', body)
    line.ask(request, (status, answer) => {
      latencies.push(performance.now() - due)
      if (status !== 200) refused[status] = (refused[status] ?? 0) + 1
      else if (!known)
        Object.assign(session, { refresh: refreshTokenOf(answer), access: accessTokenOf(answer) })
      idle.push(line)
      waiting.push(session)
    })
    asked++
  }
  const all = new Promise((done) => {
    const timer = setInterval(() => {
      const now = performance.now()
      const free = () => idle.length > 0 && waiting.length > 0
      while (asked < total && begin + asked * every <= now && free()) ask(begin + asked * every)
      if (latencies.length < total) return
      clearInterval(timer)
      done()
    }, 1)
  })
  await Promise.race([failed, all])
  close()
  const longest = Math.max(...latencies)
  return { ...summary(latencies, refused, seconds), longest, sessions: waiting }
}

const jobs = {
  probe,
  get: ({ path, tokens, ...job }) => {
    const requests = tokens.map((token) => getRequest(job.port, path, token))
    return loop(job, (line) => requests[line % requests.length])
  },
  /** One token after the other, whichever connection is free. `more` are header lines. */
  rotate: ({ path, tokens, more, ...job }) => {
    const requests = tokens.map((token) => getRequest(job.port, path, token, more))
    let next = 0
    return loop(job, () => requests[next++ % requests.length])
  },
  steady,
  /** Every connection refreshes its own sessions in turn, each session's tokens in their order. */
  refresh: async ({ sessions, path = '/v1/refresh', ...job }) => {
    const turns = sessions.map(() => 0)
    const at = (line) => turns[line] % sessions[line].length
    const request = (line) => postRequest(job.port, path, `{"refresh_token":"${sessions[line][at(line)]}"}`)
    const result = await loop({ ...job, connections: sessions.length }, request, (line, answer) => {
      sessions[line][at(line)] = refreshTokenOf(answer)
      turns[line] += 1
    })
    return { ...result, sessions }
  },
  post: ({ path, bodies, ...job }) => {
    let next = 0
    return loop(job, () => postRequest(job.port, path, bodies[next++ % bodies.length]))
  },
  login: ({ identifiers, password, ...job }) => {
    const bodies = identifiers.map((identifier) => JSON.stringify({ identifier, password }))
    return jobs.post({ ...job, path: '/v1/login', bodies })
  },
}

process.on('message', async ({ job, ...details }) => {
  try {
    process.send({ result: await jobs[job](details) })
  } catch (error) {
    process.send({ error: error.stack })
  }
})
