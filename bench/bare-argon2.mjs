// Raw @node-rs/argon2: that many hashes in flight are verified, one after another, for a while.
import { availableParallelism } from 'node:os'
import { loadArgon2, password } from './seed.mjs'

const { hashSync, verify } = loadArgon2()
const hash = hashSync(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 })

process.on('message', async ({ seconds }) => {
  const used = process.cpuUsage()
  const start = performance.now()
  let done = 0
  const chain = async () => {
    for (; performance.now() - start < seconds * 1000; done++) await verify(hash, password)
  }
  await Promise.all(Array.from({ length: availableParallelism() }, chain))
  const { user, system } = process.cpuUsage(used)
  process.send({
    result: { done, rate: done / ((performance.now() - start) / 1000), cpu: (user + system) / done },
  })
})
