// A service of somebody's as a process of its own: it verifies by @sallyport/verify and follows the feed. Its settings
// come as JSON in the first argument, and it says its port.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createVerifier, type Settings } from '@sallyport/verify'

const verify = createVerifier(JSON.parse(process.argv[2] ?? '{}') as Settings)
const service = createServer(async (request, response) => {
  const answer = await verify(request)
  if (answer.ok) response.end(answer.auth.userId)
  else answer.send(response)
})
service.listen(0, '127.0.0.1', () => console.log(`port ${(service.address() as AddressInfo).port}.`))
