/** Pairs of rules about data that reaches a place where it does harm. */
import type { Pair } from './javascript-pairs.js';

export const JAVASCRIPT_DATA_PAIRS: readonly Pair[] = [
  {
    rule: 'javascript/nosql-injection',
    vulnerable:
      "app.get('/x', async (req, res) => {\n  const user = await User.findOne({ name: req.body.name });\n  res.json(user);\n});\n",
    safe: "app.get('/x', async (req, res) => {\n  const user = await User.findOne({ name: String(req.body.name) });\n  res.json(user);\n});\n",
  },
  {
    rule: 'javascript/nosql-code',
    vulnerable:
      "async function search(db, name) {\n  return db.collection('users').find({ $where: `this.name == '${name}'` }).toArray();\n}\n",
    safe: "async function search(db, name) {\n  if (typeof name !== 'string') throw new TypeError('name');\n  return db.collection('users').find({ name }).toArray();\n}\n",
  },
  {
    rule: 'javascript/open-redirect',
    vulnerable: "app.get('/x', async (req, res) => {\n  res.redirect(req.query.next);\n});\n",
    safe: "app.get('/x', async (req, res) => {\n  const next = req.query.next;\n  if (!ALLOWED.includes(next)) return res.sendStatus(400);\n  res.redirect(next);\n});\n",
  },
  {
    rule: 'javascript/ssrf',
    vulnerable:
      "app.get('/x', async (req, res) => {\n  const { url } = req.query;\n  const answer = await fetch(url);\n  res.json(await answer.json());\n});\n",
    safe: "app.get('/x', async (req, res) => {\n  const url = new URL(req.query.url);\n  if (!HOSTS.has(url.hostname)) return res.sendStatus(400);\n  const answer = await fetch(url);\n  res.json(await answer.json());\n});\n",
  },
  {
    rule: 'javascript/ssrf',
    vulnerable:
      "const axios = require('axios');\napp.get('/x', async (req, res) => {\n  const answer = await axios.get('http://' + req.params.host + '/status');\n  res.json(answer.data);\n});\n",
    safe: "const axios = require('axios');\napp.get('/x', async (req, res) => {\n  const answer = await axios.get('https://api.example.com/status/' + encodeURIComponent(req.params.host));\n  res.json(answer.data);\n});\n",
  },
  {
    rule: 'javascript/prototype-pollution',
    vulnerable: 'function set(target, group, key, value) {\n  target[group][key] = value;\n}\nmodule.exports = set;\n',
    safe: "function set(target, group, key, value) {\n  if (group === '__proto__' || group === 'constructor') return;\n  target[group][key] = value;\n}\nmodule.exports = set;\n",
  },
  {
    rule: 'javascript/prototype-pollution',
    vulnerable:
      "const _ = require('lodash');\napp.get('/x', async (req, res) => {\n  _.merge(settings, req.body);\n  res.sendStatus(204);\n});\n",
    safe: "const _ = require('lodash');\napp.get('/x', async (req, res) => {\n  settings.theme = String(req.body.theme);\n  res.sendStatus(204);\n});\n",
  },
  {
    rule: 'javascript/regex-injection',
    vulnerable:
      "app.get('/x', async (req, res) => {\n  const pattern = new RegExp(req.query.q, 'i');\n  res.json(names.filter((name) => pattern.test(name)));\n});\n",
    safe: "import { escapeRegExp } from 'lodash';\napp.get('/x', async (req, res) => {\n  const pattern = new RegExp(escapeRegExp(req.query.q), 'i');\n  res.json(names.filter((name) => pattern.test(name)));\n});\n",
  },
  {
    rule: 'javascript/deserialisation',
    vulnerable:
      "const serialize = require('node-serialize');\napp.get('/x', async (req, res) => {\n  res.json(serialize.unserialize(req.cookies.profile));\n});\n",
    safe: "app.get('/x', async (req, res) => {\n  res.json(JSON.parse(req.cookies.profile));\n});\n",
  },
  {
    rule: 'javascript/archive-extraction',
    vulnerable:
      "const fs = require('fs');\nconst path = require('path');\nfunction unpack(zip, folder) {\n  for (const entry of zip.getEntries()) fs.writeFileSync(path.join(folder, entry.entryName), entry.getData());\n}\n",
    safe: "const fs = require('fs');\nconst path = require('path');\nfunction unpack(zip, folder) {\n  const root = path.resolve(folder);\n  for (const entry of zip.getEntries()) {\n    const file = path.resolve(root, entry.entryName);\n    if (!file.startsWith(root + path.sep)) throw new Error('outside of the folder');\n    fs.writeFileSync(file, entry.getData());\n  }\n}\n",
  },
  {
    rule: 'javascript/template-injection',
    vulnerable:
      "const ejs = require('ejs');\napp.get('/x', async (req, res) => {\n  res.type('text').send(ejs.render(req.query.template, { name: 'a' }));\n});\n",
    safe: "const ejs = require('ejs');\napp.get('/x', async (req, res) => {\n  res.type('text').send(ejs.render(TEMPLATE, { name: req.query.name }));\n});\n",
  },
  {
    rule: 'javascript/log-injection',
    vulnerable:
      "app.get('/x', async (req, res) => {\n  console.log('search for ' + req.query.q);\n  res.sendStatus(204);\n});\n",
    safe: "app.get('/x', async (req, res) => {\n  console.log('search for ' + JSON.stringify(req.query.q));\n  res.sendStatus(204);\n});\n",
  },
  {
    rule: 'javascript/ldap-injection',
    vulnerable:
      "async function find(client, name) {\n  return client.search('ou=people', { scope: 'sub', filter: `(&(objectClass=person)(uid=${name}))` });\n}\nmodule.exports = find;\n",
    safe: "const { EqualityFilter } = require('ldapjs');\nasync function find(client, name) {\n  return client.search('ou=people', { scope: 'sub', filter: new EqualityFilter({ attribute: 'uid', value: name }) });\n}\nmodule.exports = find;\n",
  },
  {
    rule: 'javascript/xpath-injection',
    vulnerable:
      "const xpath = require('xpath');\nfunction find(document, name) {\n  return xpath.select(`//user[name='${name}']`, document);\n}\nmodule.exports = find;\n",
    safe: "const xpath = require('xpath');\nfunction find(document, name) {\n  const all = xpath.select('//user/name', document);\n  return all.filter((node) => node.textContent === name);\n}\nmodule.exports = find;\n",
  },
  {
    rule: 'javascript/unsafe-reflection',
    vulnerable: "app.get('/x', async (req, res) => {\n  res.json(tools[req.query.name](req.body));\n});\n",
    safe: "app.get('/x', async (req, res) => {\n  const tool = TOOLS.get(req.query.name);\n  if (tool === undefined) return res.sendStatus(404);\n  res.json(tool(1));\n});\n",
  },
  {
    rule: 'javascript/xss',
    vulnerable: "app.get('/x', async (req, res) => {\n  res.send(`<h1>Hello ${req.query.name}</h1>`);\n});\n",
    safe: "app.get('/x', async (req, res) => {\n  res.send(`<h1>Hello ${escapeHtml(req.query.name)}</h1>`);\n});\n",
  },
  {
    rule: 'javascript/xss',
    vulnerable: 'export const Note = ({ body }) => <div dangerouslySetInnerHTML={{ __html: body }} />;\n',
    safe: 'export const Note = ({ body }) => <div>{body}</div>;\n',
  },
  {
    rule: 'javascript/command-injection',
    vulnerable:
      "const { promisify } = require('util');\nconst run = promisify(require('child_process').exec);\napp.get('/x', async (req, res) => {\n  const answers = [req.body.host].map((host) => `ping ${host}`);\n  for (const line of answers) run(line);\n});\n",
    safe: "const { promisify } = require('util');\nconst run = promisify(require('child_process').execFile);\napp.get('/x', async (req, res) => {\n  await run('ping', ['-c', '1', req.body.host]);\n});\n",
  },
  {
    rule: 'javascript/command-injection',
    vulnerable:
      "const { spawn } = require('child_process');\nconst [, , folder] = process.argv;\nspawn('ls', [folder], { shell: true });\n",
    safe: "const { spawn } = require('child_process');\nconst [, , folder] = process.argv;\nspawn('ls', [folder]);\n",
  },
  {
    rule: 'javascript/path-traversal',
    vulnerable:
      "const fs = require('fs');\nconst path = require('path');\napp.get('/x', async (req, res) => {\n  const file = path.resolve('/srv/files', req.params.name);\n  res.type('text').send(await fs.promises.readFile(file, 'utf8'));\n});\n",
    safe: "const fs = require('fs');\nconst path = require('path');\napp.get('/x', async (req, res) => {\n  const file = path.join('/srv/files', path.basename(req.params.name));\n  const text = await fs.promises.readFile(file, 'utf8');\n  res.json({ text });\n});\n",
  },
  {
    rule: 'javascript/sql-injection',
    vulnerable:
      "app.get('/x', async (req, res) => {\n  const { id } = req.params;\n  pool.query('SELECT * FROM t WHERE id = ' + id).then((rows) => res.json(rows));\n});\n",
    safe: "app.get('/x', async (req, res) => {\n  const id = Number.parseInt(req.params.id, 10);\n  pool.query('SELECT * FROM t WHERE id = ' + id).then((rows) => res.json(rows));\n});\n",
  },
  {
    rule: 'javascript/sql-injection',
    vulnerable:
      "const build = (filter) => `SELECT * FROM t WHERE name LIKE '%${filter.name}%'`;\nexports.list = (knex, filter) => knex.raw(build(filter));\n",
    safe: "exports.list = (knex, filter) => knex.raw('SELECT * FROM t WHERE name LIKE ?', [`%${filter.name}%`]);\n",
  },
  {
    rule: 'javascript/code-injection',
    vulnerable:
      "const vm = require('vm');\nhttp.createServer((request, response) => {\n  const url = new URL(request.url, 'http://localhost');\n  response.end(String(vm.runInNewContext(url.searchParams.get('code'))));\n});\n",
    safe: "const COMMANDS = { add: (a, b) => a + b };\nhttp.createServer((request, response) => {\n  const url = new URL(request.url, 'http://localhost');\n  response.end(url.searchParams.get('name') === 'add' ? String(COMMANDS.add(1, 2)) : '');\n});\n",
  },
];
