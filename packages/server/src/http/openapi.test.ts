import { afterAll, describe, expect, it } from 'vitest'
import { createWire } from '../testing/door.js'

const { app } = createWire()
afterAll(() => app.close())

describe('GET /openapi.json', () => {
  it('describes every route in wire names, with what it reads, answers and refuses', async () => {
    const answer = await app.inject('/openapi.json')
    const document = answer.json()
    expect(document.openapi).toBe('3.1.0')
    const login = document.paths['/v1/login'].post
    const body = login.requestBody.content['application/json'].schema
    expect(body.required).toEqual(['identifier', 'password'])
    expect(body.properties.transport.enum).toEqual(['body', 'cookie', 'split'])
    const reply = login.responses[200].content['application/json'].schema
    expect(reply.properties.user.properties.created_at).toEqual({ type: 'string', format: 'date-time' })
    expect(reply.required).toContain('access_token')
    expect(login.responses[401].description).toBe('session_ended, invalid_credentials')
    expect(login.responses[429].content['application/problem+json'].schema.$ref).toBe(
      '#/components/schemas/native_error',
    )
    expect(document.components.schemas.native_error.properties.errors.type).toBe('array')
    expect(document.paths['/v1/me/sessions/{id}'].delete.parameters).toEqual([
      { name: 'id', in: 'path', required: true, schema: { type: 'string', maxLength: 64 } },
    ])
    expect(document.paths['/v1/introspect'].post.requestBody.content).toHaveProperty([
      'application/x-www-form-urlencoded',
    ])
    expect(document.paths['/v1/me'].get.security).toEqual([{ bearer: [] }, { '__Host-sallyport_access': [] }])
    expect(login.requestBody.required).toBe(true)
    const { requestBody, security } = document.paths['/v1/refresh'].post
    expect(requestBody.required).toBeUndefined()
    expect(security).toEqual([{}, { bearer: [] }, { '__Secure-sallyport_refresh': [] }])
    expect(document.paths['/v1/logout'].post.responses[204]).toEqual({ description: 'Done.' })
  })

  it('describes every shape of success, under one status or several', async () => {
    const { paths } = (await app.inject('/openapi.json')).json()
    const { responses } = paths['/v1/signup'].post
    const shape = (status: number) => responses[status].content['application/json'].schema
    expect(shape(201).required).toContain('access_token')
    expect(shape(202).required).toEqual(['next', 'email', 'expires_in', 'resend_after', 'ticket'])
    expect(responses[202].description).toContain('`next`')
    const both = paths['/v1/email/verify'].post.responses[200].content['application/json'].schema.oneOf
    expect(both).toHaveLength(2)
    expect(both[1].required).toEqual(['next', 'ticket', 'expires_in'])
  })

  it('refers to nothing that it does not hold, and gives no two operations one id', async () => {
    const text = (await app.inject('/openapi.json')).body
    const document = JSON.parse(text)
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g))
      expect(document.components.schemas).toHaveProperty(name as string)
    const ids = Object.values(
      document.paths as Record<string, Record<string, { operationId: string }>>,
    ).flatMap((path) => Object.values(path).map((operation) => operation.operationId))
    expect(new Set(ids).size).toBe(ids.length)
    for (const path of Object.values(
      document.paths as Record<string, Record<string, { security?: Record<string, []>[] }>>,
    ))
      for (const operation of Object.values(path))
        for (const scheme of operation.security ?? [])
          expect(Object.keys(document.components.securitySchemes)).toEqual(
            expect.arrayContaining(Object.keys(scheme)),
          )
  })
})
