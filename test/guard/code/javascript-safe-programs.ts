/** Ordinary programs without a weakness, of varied kinds: none may raise an alarm. */
export const SAFE_PROGRAMS: readonly { readonly name: string; readonly language: string; readonly code: string }[] = [
  {
    name: 'a counter of words',
    language: 'javascript',
    code: "import { readFile } from 'node:fs/promises';\nconst text = await readFile(process.argv[2] ?? 'README.md', 'utf8');\nconst counts = new Map();\nfor (const word of text.split(/\\s+/)) counts.set(word, (counts.get(word) ?? 0) + 1);\nfor (const [word, count] of [...counts].sort((a, b) => b[1] - a[1]).slice(0, 10)) console.log(word, count);\n",
  },
  {
    name: 'a queue',
    language: 'javascript',
    code: 'class Queue {\n  #items = [];\n  push(item) { this.#items.push(item); }\n  shift() { return this.#items.shift(); }\n  get size() { return this.#items.length; }\n}\nexport default Queue;\n',
  },
  {
    name: 'debounce',
    language: 'javascript',
    code: 'export function debounce(fn, ms) {\n  let timer;\n  return (...args) => {\n    clearTimeout(timer);\n    timer = setTimeout(() => fn(...args), ms);\n  };\n}\n',
  },
  {
    name: 'a todo list in the page',
    language: 'javascript',
    code: "const list = document.querySelector('#list');\ndocument.querySelector('form').addEventListener('submit', (event) => {\n  event.preventDefault();\n  const item = document.createElement('li');\n  item.textContent = new FormData(event.target).get('title');\n  list.append(item);\n});\n",
  },
  {
    name: 'an express API with parameters',
    language: 'javascript',
    code: "const express = require('express');\nconst app = express();\napp.use(express.json());\napp.get('/users/:id', async (req, res, next) => {\n  try {\n    const { rows } = await pool.query('SELECT id, name FROM users WHERE id = $1', [req.params.id]);\n    if (rows.length === 0) return res.status(404).json({ error: 'not found' });\n    res.json(rows[0]);\n  } catch (error) {\n    next(error);\n  }\n});\napp.listen(3000);\n",
  },
  {
    name: 'prisma',
    language: 'typescript',
    code: 'export async function create(prisma, data: { name: string; age: number }) {\n  return prisma.user.create({ data: { name: data.name, age: data.age } });\n}\n',
  },
  {
    name: 'knex',
    language: 'javascript',
    code: "exports.find = (knex, name) => knex('users').where({ name }).orderBy('created_at', 'desc').limit(10);\n",
  },
  {
    name: 'fetch to a fixed host',
    language: 'javascript',
    code: "export async function weather(city) {\n  const url = new URL('https://api.example.com/v1/weather');\n  url.searchParams.set('q', city);\n  const response = await fetch(url);\n  if (!response.ok) throw new Error(`status ${response.status}`);\n  return response.json();\n}\n",
  },
  {
    name: 'a React component',
    language: 'javascript',
    code: "import { useEffect, useState } from 'react';\nexport function Users({ team }) {\n  const [users, setUsers] = useState([]);\n  useEffect(() => {\n    fetch(`/api/teams/${team}/users`).then((r) => r.json()).then(setUsers);\n  }, [team]);\n  return <ul>{users.map((user) => <li key={user.id}>{user.name}</li>)}</ul>;\n}\n",
  },
  {
    name: 'a form in TypeScript',
    language: 'typescript',
    code: 'interface Props { value: string; onChange: (value: string) => void }\nexport const Field = ({ value, onChange }: Props) => (\n  <input value={value} onChange={(event) => onChange(event.target.value)} />\n);\n',
  },
  {
    name: 'git log by list',
    language: 'javascript',
    code: "const { execFileSync } = require('child_process');\nmodule.exports = (folder) => execFileSync('git', ['log', '--oneline', '-5'], { cwd: folder, encoding: 'utf8' });\n",
  },
  {
    name: 'a build script',
    language: 'javascript',
    code: "import { execSync } from 'node:child_process';\nimport { rmSync, mkdirSync, copyFileSync } from 'node:fs';\nrmSync('dist', { recursive: true, force: true });\nmkdirSync('dist');\nexecSync('npx tsc -p .', { stdio: 'inherit' });\ncopyFileSync('package.json', 'dist/package.json');\n",
  },
  {
    name: 'static files in a folder',
    language: 'javascript',
    code: "const path = require('path');\nconst fs = require('fs');\nconst root = path.resolve('public');\nhttp.createServer((req, res) => {\n  const file = path.resolve(root, '.' + new URL(req.url, 'http://x').pathname);\n  if (!file.startsWith(root + path.sep)) {\n    res.writeHead(403);\n    return res.end();\n  }\n  fs.createReadStream(file).pipe(res);\n}).listen(8080);\n",
  },
  {
    name: 'sendFile with a root',
    language: 'javascript',
    code: "app.get('/files/:name', (req, res) => {\n  res.sendFile(req.params.name, { root: '/srv/files' });\n});\n",
  },
  {
    name: 'a session',
    language: 'javascript',
    code: "const session = require('express-session');\napp.use(session({ secret: process.env.SESSION_SECRET, cookie: { secure: true, httpOnly: true, sameSite: 'lax' } }));\n",
  },
  {
    name: 'bcrypt',
    language: 'javascript',
    code: "const bcrypt = require('bcrypt');\nexports.register = async (users, name, password) => {\n  const digest = await bcrypt.hash(password, 12);\n  await users.insertOne({ name, digest });\n};\n",
  },
  {
    name: 'jwt',
    language: 'javascript',
    code: "import jwt from 'jsonwebtoken';\nexport const sign = (user) => jwt.sign({ sub: user.id }, process.env.JWT_SECRET, { algorithm: 'HS256', expiresIn: '1h' });\nexport const read = (text) => jwt.verify(text, process.env.JWT_SECRET, { algorithms: ['HS256'] });\n",
  },
  {
    name: 'dice',
    language: 'javascript',
    code: 'export function roll(sides = 6) {\n  return 1 + Math.floor(Math.random() * sides);\n}\nconst colour = `hsl(${Math.random() * 360} 50% 50%)`;\n',
  },
  {
    name: 'a cache by etag',
    language: 'javascript',
    code: "import { createHash } from 'crypto';\nexport const etag = (body) => `\"${createHash('sha256').update(body).digest('base64url')}\"`;\n",
  },
  {
    name: 'deep copy',
    language: 'javascript',
    code: "export function clone(value) {\n  if (value === null || typeof value !== 'object') return value;\n  const copy = Array.isArray(value) ? [] : {};\n  for (const key of Object.keys(value)) copy[key] = clone(value[key]);\n  return copy;\n}\n",
  },
  {
    name: 'a matrix',
    language: 'javascript',
    code: 'function multiply(a, b) {\n  const out = a.map(() => new Array(b[0].length).fill(0));\n  for (let i = 0; i < a.length; i += 1)\n    for (let j = 0; j < b[0].length; j += 1)\n      for (let k = 0; k < b.length; k += 1) out[i][j] += a[i][k] * b[k][j];\n  return out;\n}\n',
  },
  {
    name: 'groups',
    language: 'javascript',
    code: 'export function groupBy(items, key) {\n  const groups = {};\n  for (const item of items) (groups[key(item)] ??= []).push(item);\n  return groups;\n}\n',
  },
  {
    name: 'a reducer',
    language: 'javascript',
    code: "export function reducer(state, action) {\n  switch (action.type) {\n    case 'added':\n      return [...state, { id: action.id, text: action.text, done: false }];\n    case 'removed':\n      return state.filter((item) => item.id !== action.id);\n    default:\n      return state;\n  }\n}\n",
  },
  {
    name: 'a command line tool',
    language: 'javascript',
    code: "#!/usr/bin/env node\nimport { parseArgs } from 'node:util';\nconst { values } = parseArgs({ options: { name: { type: 'string' }, times: { type: 'string', default: '1' } } });\nfor (let n = 0; n < Number(values.times); n += 1) console.log(`Hello ${values.name}`);\n",
  },
  {
    name: 'retry',
    language: 'javascript',
    code: 'export async function retry(work, times = 3) {\n  for (let attempt = 1; ; attempt += 1) {\n    try {\n      return await work();\n    } catch (error) {\n      if (attempt >= times) throw error;\n      await new Promise((resolve) => setTimeout(resolve, 2 ** attempt * 100));\n    }\n  }\n}\n',
  },
  {
    name: 'a redirect to a path of the site',
    language: 'javascript',
    code: "app.post('/login', (req, res) => {\n  res.redirect('/home');\n});\napp.get('/old/:id', (req, res) => res.redirect(301, `/new/${encodeURIComponent(req.params.id)}`));\n",
  },
  {
    name: 'a proxy with an allow-list',
    language: 'javascript',
    code: "const HOSTS = ['api.example.com', 'cdn.example.com'];\napp.get('/proxy', async (req, res) => {\n  const target = new URL(req.query.url);\n  if (!HOSTS.includes(target.hostname)) return res.sendStatus(403);\n  const answer = await fetch(target);\n  res.json(await answer.json());\n});\n",
  },
  {
    name: 'validation by zod',
    language: 'javascript',
    code: "const Body = z.object({ name: z.string().min(1), age: z.number().int() });\napp.post('/people', async (req, res) => {\n  const result = Body.safeParse(req.body);\n  if (!result.success) return res.status(400).json(result.error.flatten());\n  await db.query('INSERT INTO people (name, age) VALUES ($1, $2)', [result.data.name, result.data.age]);\n  res.sendStatus(201);\n});\n",
  },
  {
    name: 'a test with attack strings',
    language: 'javascript',
    code: "test('names are escaped', () => {\n  assert.equal(escapeHtml('<script>alert(1)</script>'), '&lt;script&gt;alert(1)&lt;/script&gt;');\n  assert.throws(() => find(\"' OR 1=1 --\"));\n});\n",
  },
  {
    name: 'a stream',
    language: 'typescript',
    code: "import { pipeline } from 'node:stream/promises';\nimport { createGzip } from 'node:zlib';\nimport { createReadStream, createWriteStream } from 'node:fs';\nexport const compress = (from: string, to: string) => pipeline(createReadStream(from), createGzip(), createWriteStream(to));\n",
  },
  {
    name: 'a web socket',
    language: 'javascript',
    code: "const { WebSocketServer } = require('ws');\nconst server = new WebSocketServer({ port: 8080 });\nserver.on('connection', (socket) => {\n  socket.on('message', (data) => {\n    const message = JSON.parse(data);\n    for (const client of server.clients) client.send(JSON.stringify({ text: String(message.text) }));\n  });\n});\n",
  },
  {
    name: 'a message listener',
    language: 'javascript',
    code: "window.addEventListener('message', (event) => {\n  if (event.origin !== 'https://app.example.com') return;\n  document.querySelector('#state').textContent = event.data.state;\n});\n",
  },
  {
    name: 'an enum and generics',
    language: 'typescript',
    code: 'export enum Level { Low = 1, High }\nexport class Store<T extends { id: string }> {\n  private readonly items = new Map<string, T>();\n  add(item: T): this { this.items.set(item.id, item); return this; }\n  get(id: string): T | undefined { return this.items.get(id); }\n}\n',
  },
  {
    name: 'mail with a template',
    language: 'javascript',
    code: "const TEMPLATE = fs.readFileSync('mail.hbs', 'utf8');\nconst render = Handlebars.compile(TEMPLATE);\nexports.send = (transport, user) => transport.sendMail({ to: user.email, subject: 'Hello', html: render({ name: user.name }) });\n",
  },
];
