// `sallyport contract …` as processes, against a running server of ours and against a backend that is none.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { contracts, native } from '@sallyport/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Home, hasTerminals, makeHome } from '../testing/program.js'
import { openToy, type Toy, toyTranscript } from '../testing/toy.js'

let home: Home
let toy: Toy
beforeAll(async () => {
  home = makeHome()
  toy = await openToy()
  writeFileSync(join(home.directory, 'toy.json'), JSON.stringify(toyTranscript))
})
afterAll(async () => {
  await home.remove()
  await toy.close()
})

const attempt = (...args: string[]) => home.run(['contract', 'try', ...args])

describe('sallyport contract', () => {
  test('lists and shows what comes with it, and the routes of one', async () => {
    const listed = await home.run(['contract', 'list'])
    expect(listed.out).toMatch(/^native +Native +\d+ +\d+$/m)
    const { items } = JSON.parse((await home.run(['contract', 'list', '--json'])).out)
    expect(items.map(({ name }: { name: string }) => name)).toEqual(
      contracts.map(({ contract }) => contract.name),
    )
    expect(JSON.parse((await home.run(['contract', 'show', 'native'])).out)).toEqual(native)
    const routes = (await home.run(['contract', 'routes', 'native'])).out
    expect(routes).toMatch(/^POST +\/v1\/login +- +login +- +200$/m)
    expect(routes).toMatch(/^GET +\/v1\/me +- +profile\.get +bearer, cookie sallyport_access +200$/m)
  })

  test.each([
    [['show', 'nothing'], 'there is no contract nothing, only native'],
    [['try', 'native'], 'no backend was named'],
    [['try', 'native', '--against', 'localhost:4400'], 'is no http or https URL'],
    [['try', 'native', '--against', 'http://a:b@localhost'], 'is no http or https URL'],
    [
      ['try', 'native', '--against', 'http://localhost', '--scene', 'no such thing'],
      'no scene of native holds',
    ],
    [['try', 'none.json', '--against', 'http://localhost'], 'none.json cannot be read as JSON'],
    [['try', 'wrong.json', '--against', 'http://localhost'], '/scenes: is missing'],
  ])('%j is wrong usage', async (args, says) => {
    writeFileSync(join(home.directory, 'wrong.json'), '{"contract":"x"}')
    const { code, out, err } = await home.run(['contract', ...args])
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(says)
    expect(err).toContain('→ ')
  })
})

describe('sallyport contract check', () => {
  const file = (name: string, value: unknown) =>
    writeFileSync(join(home.directory, name), JSON.stringify(value))
  const shipped = (name: string) => contracts.find(({ contract }) => contract.name === name)!.contract
  const [com3014, starifoto] = [shipped('com3014'), shipped('starifoto')]

  test('finds nothing wrong with what ships, as a file of one’s own too', async () => {
    file('mine.json', { ...com3014, name: 'mine' })
    expect((await home.run(['contract', 'routes', 'mine.json'])).out).toMatch(/^POST +\/auth\/login /m)
    for (const name of ['com3014', 'mine.json']) {
      const { code, out, err } = await home.run(['contract', 'check', name])
      expect([code, out]).toEqual([0, ''])
      expect(err).toContain(`npm start -- --contract ${name}`)
    }
  })

  test('tells every mistake with its place and what mends it', async () => {
    const [first, ...rest] = com3014.routes
    const routes = [
      { ...first, operation: 'sign-up' },
      { ...rest[0], on: 'POST /v1/login', also: ['PUT /gate/nginx'] },
      ...rest.slice(1),
    ]
    file('wrong.json', { ...com3014, routes })
    const { code, out, err } = await home.run(['contract', 'check', 'wrong.json'])
    expect(code).toBe(1)
    expect(out).toContain('/routes/0/operation: there is no operation `sign-up`\n  → write signup\n')
    expect(out).toContain('/routes/1/on: is a path of Sallyport’s own')
    expect(out).toContain('/routes/1/also/0: is a path of Sallyport’s own')
    expect(err).toBe('wrong.json has 3 mistakes\n')
    const shown = JSON.parse((await home.run(['contract', 'check', 'wrong.json', '--json'])).out)
    expect(shown.items).toContainEqual(
      expect.objectContaining({ kind: 'operation_unknown', path: '/routes/0/operation' }),
    )
  })

  test.each<[string, unknown, string]>([
    ['a misspelt check', { ...com3014, sessions: { perUser: 'one', check: 'sesion' } }, '/sessions/check'],
    ['a misspelt member', { ...com3014, sesions: {} }, '`sesions` is not something'],
    ['any origin beside cookies', { ...starifoto, cors: { origins: 'any' } }, '/cors/origins'],
    ['no algorithm', { ...com3014, tokens: { ...com3014.tokens, algorithm: 'none' } }, '/tokens/algorithm'],
    ['no contract', null, 'it is no JSON object'],
  ])('a server does not start with %s in it', async (_what, value, told) => {
    file('opened.json', value && { ...value, name: 'opened' })
    const { code, err } = await home.run(['dev', '--contract', 'opened.json', '--port', '0'])
    expect([code, err]).toEqual([1, expect.stringContaining(told)])
    expect(err).toContain('sallyport contract check opened.json')
  })

  test('says of a file that cannot be read why', async () => {
    writeFileSync(join(home.directory, 'cut.json'), '{"name":')
    writeFileSync(join(home.directory, 'deep.json'), `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`)
    const twice = JSON.stringify({ ...com3014, name: 'twice' }).replace(
      '"routes":[{',
      '"routes":[{"on":"GET /x",',
    )
    writeFileSync(join(home.directory, 'twice.json'), twice)
    writeFileSync(join(home.directory, 'nul.json'), '{"a":{"b":"\\u0000"}}')
    file('empty.json', {})
    for (const [command, name, why] of [
      ['check', 'cut.json', 'is not valid JSON at character 8'],
      ['check', 'deep.json', 'is more than 20 levels deep'],
      ['check', 'twice.json', 'holds the member /routes/0/on twice'],
      ['check', 'nul.json', 'what it holds at /a/b must not hold NUL'],
      ['check', 'none.json', 'ENOENT'],
      ['routes', 'empty.json', 'holds no routes'],
    ] as const) {
      const said = await home.run(['contract', command, name])
      expect(said).toMatchObject({ code: 2, out: '' })
      expect(said.err).toContain(name)
      expect(said.err).toContain(why)
    }
    for (const name of ['deep.json', 'twice.json']) {
      const { code, err } = await home.run(['dev', '--contract', name, '--port', '0'])
      expect([code, err.includes('RangeError'), err.includes(`sallyport contract check ${name}`)]).toEqual([
        1,
        false,
        true,
      ])
    }
  })
})

describe('sallyport contract try', () => {
  test('plays a wire against our own server: all of it but what needs an operator', async () => {
    const server = home.sallyport(['dev', '--port', '0', '--testing.clock', 'true'])
    const url = /http:\S+(?=\/v1)/.exec(await server.saying('Ctrl-C stops it.'))![0]
    const { code, out, err } = await attempt('native', '--against', url)
    expect(out).not.toContain('DIFFERS')
    expect(out.match(/^skipped .*/gm)).toEqual([
      expect.stringMatching(/a disabled account is out.*: its users cannot be administered/),
    ])
    expect(code).toBe(0)
    expect(err).toContain(`This makes users at ${url} and leaves them there.`)
    expect(err).toContain(', 0 differ, 1 skipped')
    const one = await attempt('native', '--against', url, '--scene', 'LOG-OUT ends', '--json')
    const { scenes } = JSON.parse(one.out)
    expect(scenes).toHaveLength(1)
    expect(scenes[0]).toMatchObject({ title: 'a log-out ends its session and no other', outcome: 'ok' })
    server.child.kill('SIGTERM')
    await server.ended
  })

  test('plays a transcript of one’s own from a file, below a path', async () => {
    const { code, out } = await attempt('toy.json', '--against', `${toy.url}/`)
    expect(out).toBe(
      'ok       a log-in is remembered by a cookie until one leaves\nok       a wrong password is refused\n',
    )
    expect(code).toBe(0)
    await attempt('toy.json', '--against', `${toy.url}/html/api`)
    expect(toy.requests).toContain('POST /html/api/login')
  })

  test('says line by line what differs, and ends with 1', async () => {
    const { code, out, err } = await attempt('toy.json', '--against', `${toy.url}/html`)
    expect(code).toBe(1)
    expect(out).toContain('DIFFERS  a wrong password is refused\n')
    expect(out).toContain('\n           step 1, POST /login\n             body: expected JSON, got "<h1>')
    expect(out).toContain('             cookies/sid: expected a cookie, got nothing\n')
    for (const control of ['\u001b', '\u0007']) expect(out + err).not.toContain(control)
    expect(err).toContain('0 ok, 2 differ, 0 skipped')
  })

  test('says that another wire is another', async () => {
    const { code, out } = await attempt('native', '--against', toy.url, '--scene', 'alike', '--json')
    expect(code).toBe(1)
    const [step] = JSON.parse(out).scenes[0].steps
    expect(step).toMatchObject({ number: 1, title: 'POST /v1/signup' })
    expect(step.differences[0]).toEqual({ path: 'status', expected: '201', got: '404' })
  })

  test.each(['/cut', '/rubbish', '/huge'])('cannot reach a backend that only does %s', async (path) => {
    const { code, out, err } = await attempt('toy.json', '--against', toy.url + path)
    expect([code, out]).toEqual([4, ''])
    expect(err).toMatch(/does not answer: .+\n→ Start the backend/)
  })

  test('cannot reach what is not there', async () => {
    const { code, err } = await attempt('toy.json', '--against', 'http://127.0.0.1:1')
    expect([code, err]).toEqual([4, expect.stringContaining('nothing listens there')])
  })

  test('knows nothing where every scene was skipped', async () => {
    const scenes = [{ title: 'later', steps: [{ advance: 1 }] }]
    writeFileSync(join(home.directory, 'later.json'), JSON.stringify({ contract: 'toy', scenes }))
    const { code, out, err } = await attempt('later.json', '--against', toy.url)
    expect([code, out]).toEqual([1, 'skipped  later: its clock cannot be moved\n'])
    expect(err).toContain('every scene was skipped')
  })

  // skipped: util-linux's script makes the terminal
  test.skipIf(!hasTerminals)('says how far it is at a terminal', async () => {
    const { out } = await home.onTerminal(['contract', 'try', 'toy.json', '--against', toy.url]).ended
    expect(out).toContain('1/8 a log-in is remembered')
    expect(out).toContain('ok       a wrong password is refused')
  })
})
