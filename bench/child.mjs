// Other processes of a benchmark: each is a file of this folder, is told one thing at a time, and answers it.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/**
 * Starts a file of this folder under the same Node. `ask` sends it a message and waits for the answer.
 * @param {string} file
 */
export function startChild(file, args = []) {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args)
  const ask = (message) =>
    new Promise((resolve, reject) => {
      const ended = () => reject(new Error(`${file} ended before it answered`))
      child.once('exit', ended)
      child.once('message', ({ result, error }) => {
        child.off('exit', ended)
        if (error === undefined) resolve(result)
        else reject(new Error(`${file}: ${error}`))
      })
      child.send(message)
    })
  return { pid: child.pid, ask, stop: () => void child.kill() }
}

/** Jobs for the load generator. A refusal where none belongs makes the figure worthless, so it is an error. */
export function startLoad() {
  const child = startChild('load.mjs')
  const run = async (job, details) => {
    const result = await child.ask({ job, ...details })
    if (Object.keys(result.refused).length > 0)
      throw new Error(`${job}: the server refused requests: ${JSON.stringify(result.refused)}`)
    return result
  }
  return { run, stop: child.stop }
}
