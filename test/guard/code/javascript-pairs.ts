import { JAVASCRIPT_DATA_PAIRS } from './javascript-data-pairs.js';
import { JAVASCRIPT_USE_PAIRS } from './javascript-use-pairs.js';

/** For every JavaScript rule a vulnerable snippet and its safe twin. */
export interface Pair {
  readonly rule: string;
  readonly vulnerable: string;
  readonly safe: string;
}

export const JAVASCRIPT_PAIRS: readonly Pair[] = [
  {
    rule: 'javascript/sql-injection',
    vulnerable:
      "app.get('/u', async (req, res) => {\n  const { name } = req.query;\n  const rows = await db.query(`SELECT * FROM users WHERE name = '${name}'`);\n  res.json(rows);\n});\n",
    safe: "app.get('/u', async (req, res) => {\n  const { name } = req.query;\n  const rows = await db.query('SELECT * FROM users WHERE name = $1', [name]);\n  res.json(rows);\n});\n",
  },
  {
    rule: 'javascript/sql-injection',
    vulnerable:
      'class Users {\n  constructor(db) {\n    this.db = db;\n  }\n  find(name) {\n    const sql = "SELECT * FROM users WHERE name = \'" + name + "\'";\n    return this.db.query(sql);\n  }\n}\n',
    safe: "class Users {\n  constructor(db) {\n    this.db = db;\n  }\n  find(id) {\n    return this.db.query('SELECT * FROM users WHERE id = ' + Number(id));\n  }\n}\n",
  },
  {
    rule: 'javascript/command-injection',
    vulnerable:
      "const { exec: run } = require('node:child_process');\nfunction ping(host) {\n  run('ping -c 1 ' + host);\n}\nmodule.exports = { ping };\n",
    safe: "const { execFile } = require('node:child_process');\nfunction ping(host) {\n  execFile('ping', ['-c', '1', host]);\n}\nmodule.exports = { ping };\n",
  },
  {
    rule: 'javascript/command-injection',
    vulnerable:
      "import * as cp from 'child_process';\nexport const show = (branch) => cp.execSync(`git log ${branch}`);\n",
    safe: "import * as cp from 'child_process';\nconst KNOWN = ['main', 'next'];\nexport const show = (branch) => {\n  if (!KNOWN.includes(branch)) throw new Error('unknown branch');\n  return cp.execSync(`git log ${branch}`);\n};\n",
  },
  {
    rule: 'javascript/code-injection',
    vulnerable: "app.post('/calc', (req, res) => {\n  res.json({ value: eval(req.body.formula) });\n});\n",
    safe: "app.post('/calc', (req, res) => {\n  res.json({ value: JSON.parse(req.body.formula) });\n});\n",
  },
  {
    rule: 'javascript/xss',
    vulnerable:
      "const name = new URLSearchParams(location.search).get('name');\ndocument.getElementById('greeting').innerHTML = 'Hello ' + name;\n",
    safe: "const name = new URLSearchParams(location.search).get('name');\ndocument.getElementById('greeting').textContent = 'Hello ' + name;\n",
  },
  {
    rule: 'javascript/path-traversal',
    vulnerable:
      "import fs from 'fs';\nimport path from 'path';\napp.get('/f', (req, res) => {\n  fs.createReadStream(path.join('/srv/files', req.query.name)).pipe(res);\n});\n",
    safe: "import fs from 'fs';\nimport path from 'path';\napp.get('/f', (req, res) => {\n  const file = path.resolve('/srv/files', req.query.name);\n  if (!file.startsWith('/srv/files/')) return res.sendStatus(403);\n  fs.createReadStream(file).pipe(res);\n});\n",
  },
  {
    rule: 'javascript/tls-verification-off',
    vulnerable: "const https = require('https');\nconst agent = new https.Agent({ rejectUnauthorized: false });\n",
    safe: "const https = require('https');\nconst agent = new https.Agent({ ca, rejectUnauthorized: true });\n",
  },
  ...JAVASCRIPT_DATA_PAIRS,
  ...JAVASCRIPT_USE_PAIRS,
];
