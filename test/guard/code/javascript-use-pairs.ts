/** Pairs of rules about uses that are wrong whatever the data. */
import type { Pair } from './javascript-pairs.js';

export const JAVASCRIPT_USE_PAIRS: readonly Pair[] = [
  {
    rule: 'javascript/redos',
    vulnerable: 'const EMAIL = /^([a-z]+)+@example$/;\nexport const isEmail = (text) => EMAIL.test(text);\n',
    safe: 'const EMAIL = /^[a-z]+@example$/;\nexport const isEmail = (text) => EMAIL.test(text);\n',
  },
  {
    rule: 'javascript/jwt-verification-off',
    vulnerable:
      "const jwt = require('jsonwebtoken');\nfunction read(token, key) {\n  return jwt.verify(token, key, { algorithms: ['HS256', 'none'] });\n}\n",
    safe: "const jwt = require('jsonwebtoken');\nfunction read(token, key) {\n  return jwt.verify(token, key, { algorithms: ['HS256'] });\n}\n",
  },
  {
    rule: 'javascript/weak-hash',
    vulnerable:
      "import { createHash } from 'node:crypto';\nexport const digest = (text) => createHash('md5').update(text).digest('hex');\n",
    safe: "import { createHash } from 'node:crypto';\nexport const digest = (text) => createHash('sha256').update(text).digest('hex');\n",
  },
  {
    rule: 'javascript/password-hash',
    vulnerable:
      "const crypto = require('crypto');\nfunction store(user, password) {\n  user.digest = crypto.createHash('sha256').update(password).digest('hex');\n}\n",
    safe: "const bcrypt = require('bcrypt');\nasync function store(user, password) {\n  user.digest = await bcrypt.hash(password, 12);\n}\n",
  },
  {
    rule: 'javascript/password-hash',
    vulnerable:
      "const crypto = require('crypto');\nconst derive = (text, salt) => crypto.pbkdf2Sync(text, salt, 1000, 32, 'sha256');\n",
    safe: "const crypto = require('crypto');\nconst derive = (text, salt) => crypto.pbkdf2Sync(text, salt, 600000, 32, 'sha256');\n",
  },
  {
    rule: 'javascript/weak-cipher',
    vulnerable:
      "import crypto from 'crypto';\nexport function seal(key, iv, text) {\n  const cipher = crypto.createCipheriv('des-ede3-cbc', key, iv);\n  return cipher.update(text, 'utf8', 'hex') + cipher.final('hex');\n}\n",
    safe: "import crypto from 'crypto';\nexport function seal(key, iv, text) {\n  const cipher = crypto.createCipheriv('aes-256-gcm', key, iv);\n  return cipher.update(text, 'utf8', 'hex') + cipher.final('hex');\n}\n",
  },
  {
    rule: 'javascript/constant-iv',
    vulnerable:
      "import crypto from 'crypto';\nexport function seal(key, text) {\n  const cipher = crypto.createCipheriv('aes-256-cbc', key, Buffer.alloc(16, 0));\n  return cipher.update(text, 'utf8', 'hex') + cipher.final('hex');\n}\n",
    safe: "import crypto from 'crypto';\nexport function seal(key, text) {\n  const iv = crypto.randomBytes(16);\n  const cipher = crypto.createCipheriv('aes-256-cbc', key, iv);\n  return iv.toString('hex') + cipher.update(text, 'utf8', 'hex') + cipher.final('hex');\n}\n",
  },
  {
    rule: 'javascript/weak-key',
    vulnerable:
      "const { generateKeyPairSync } = require('crypto');\nconst pair = generateKeyPairSync('rsa', { modulusLength: 1024 });\n",
    safe: "const { generateKeyPairSync } = require('crypto');\nconst pair = generateKeyPairSync('rsa', { modulusLength: 3072 });\n",
  },
  {
    rule: 'javascript/weak-random',
    vulnerable:
      'function newToken() {\n  return Math.random().toString(36).slice(2);\n}\nmodule.exports = { newToken };\n',
    safe: "const { randomBytes } = require('crypto');\nfunction newToken() {\n  return randomBytes(16).toString('hex');\n}\nmodule.exports = { newToken };\n",
  },
  {
    rule: 'javascript/hard-coded-credentials',
    vulnerable:
      "const mysql = require('mysql2');\nconst connection = mysql.createConnection({ host: 'db', user: 'app', password: 'Tr0ub4dor&3x' });\n",
    safe: "const mysql = require('mysql2');\nconst connection = mysql.createConnection({ host: 'db', user: 'app', password: process.env.DB_PASSWORD });\n",
  },
  {
    rule: 'javascript/hard-coded-password-check',
    vulnerable:
      "function login(user, password) {\n  return user === 'admin' && password === 'Tr0ub4dor&3x';\n}\nmodule.exports = login;\n",
    safe: "const bcrypt = require('bcrypt');\nfunction login(user, password) {\n  return bcrypt.compare(password, user.digest);\n}\nmodule.exports = login;\n",
  },
  {
    rule: 'javascript/insecure-cookie',
    vulnerable:
      "app.get('/x', async (req, res) => {\n  res.cookie('session', id, { httpOnly: true, secure: false });\n  res.sendStatus(204);\n});\n",
    safe: "app.get('/x', async (req, res) => {\n  res.cookie('session', id, { httpOnly: true, secure: true, sameSite: 'lax' });\n  res.sendStatus(204);\n});\n",
  },
  {
    rule: 'javascript/cookie-without-httponly',
    vulnerable:
      "app.get('/x', async (req, res) => {\n  res.cookie('session', id, { httpOnly: false, secure: true });\n  res.sendStatus(204);\n});\n",
    safe: "app.get('/x', async (req, res) => {\n  res.cookie('session', id, { httpOnly: true, secure: true });\n  res.sendStatus(204);\n});\n",
  },
  {
    rule: 'javascript/cors-any',
    vulnerable: "const cors = require('cors');\napp.use(cors({ origin: true, credentials: true }));\n",
    safe: "const cors = require('cors');\napp.use(cors({ origin: 'https://app.example.com', credentials: true }));\n",
  },
  {
    rule: 'javascript/cors-any',
    vulnerable:
      "app.get('/x', async (req, res) => {\n  res.setHeader('Access-Control-Allow-Origin', req.headers.origin);\n  res.json(await list());\n});\n",
    safe: "app.get('/x', async (req, res) => {\n  if (ORIGINS.has(req.headers.origin)) res.setHeader('Access-Control-Allow-Origin', req.headers.origin);\n  res.json(await list());\n});\n",
  },
  {
    rule: 'javascript/xxe',
    vulnerable:
      "const libxmljs = require('libxmljs');\nconst read = (text) => libxmljs.parseXml(text, { noent: true });\n",
    safe: "const libxmljs = require('libxmljs');\nconst read = (text) => libxmljs.parseXml(text, { noent: false });\n",
  },
  {
    rule: 'javascript/timing-comparison',
    vulnerable:
      "const crypto = require('crypto');\napp.get('/x', async (req, res) => {\n  const digest = crypto.createHmac('sha256', key).update(req.rawBody).digest('hex');\n  if (digest !== req.get('x-signature')) return res.sendStatus(401);\n  res.sendStatus(204);\n});\n",
    safe: "const crypto = require('crypto');\napp.get('/x', async (req, res) => {\n  const digest = crypto.createHmac('sha256', key).update(req.rawBody).digest();\n  if (!crypto.timingSafeEqual(digest, Buffer.from(req.get('x-signature'), 'hex'))) return res.sendStatus(401);\n  res.sendStatus(204);\n});\n",
  },
  {
    rule: 'javascript/error-exposure',
    vulnerable:
      "app.get('/x', async (req, res) => {\n  try {\n    await work();\n  } catch (error) {\n    res.status(500).send(error.stack);\n  }\n});\n",
    safe: "app.get('/x', async (req, res) => {\n  try {\n    await work();\n  } catch (error) {\n    console.error(error);\n    res.status(500).send('failed');\n  }\n});\n",
  },
  {
    rule: 'javascript/secret-logged',
    vulnerable:
      "function login(name, password) {\n  console.log('login', name, password);\n  return check(name, password);\n}\nmodule.exports = login;\n",
    safe: "function login(name, password) {\n  console.log('login', name);\n  return check(name, password);\n}\nmodule.exports = login;\n",
  },
  {
    rule: 'javascript/insecure-temp-file',
    vulnerable: "const fs = require('fs');\nfs.writeFileSync('/tmp/report.csv', rows.join());\n",
    safe: "const fs = require('fs');\nconst folder = fs.mkdtempSync(path.join(os.tmpdir(), 'report-'));\nfs.writeFileSync(path.join(folder, 'report.csv'), rows.join());\n",
  },
  {
    rule: 'javascript/permissive-mode',
    vulnerable: "const fs = require('fs');\nfs.chmodSync('upload.sh', 0o777);\n",
    safe: "const fs = require('fs');\nfs.chmodSync('upload.sh', 0o750);\n",
  },
  {
    rule: 'javascript/message-to-any-origin',
    vulnerable: "window.parent.postMessage({ ready: true, user }, '*');\n",
    safe: "window.parent.postMessage({ ready: true, user }, 'https://app.example.com');\n",
  },
  {
    rule: 'javascript/autoescape-off',
    vulnerable: "const nunjucks = require('nunjucks');\nnunjucks.configure('views', { autoescape: false });\n",
    safe: "const nunjucks = require('nunjucks');\nnunjucks.configure('views', { autoescape: true });\n",
  },
];
