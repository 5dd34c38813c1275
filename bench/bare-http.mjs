// Bare node:http that gives one recorded answer, header for header, to every request. Arguments: port, and the
// recorded answer as JSON: { status, headers: [name, value, …], body }.
import { createServer } from 'node:http'

const { status, headers, body } = JSON.parse(process.argv[3])

createServer((_, response) => {
  response.writeHead(status, headers)
  response.end(body)
}).listen(Number(process.argv[2]), '127.0.0.1')
