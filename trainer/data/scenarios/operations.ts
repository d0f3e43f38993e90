/** Credentials, logs and listeners. */
import type { Scenario } from './scenario.js';

export const operationsScenarios: readonly Scenario[] = [
  {
    id: 'credentials',
    cwe: 'CWE-798',
    weakness: 'hard-coded credentials',
    parameters: '',
    argument: ['password'],
    name: 'connect',
    phrasings: [
      '~connect to our postgres database',
      '~open a database connection',
      '~create a psycopg2 connection to the $rows database',
      '~log in to the $row database',
      '~return a connection for PostgreSQL',
      '~get a db connection with user and password',
      '~set up the connection of the $row service to its database',
      '~build a connect helper for postgres',
      '~open the production database from python',
      '~establish a connection to a Postgres server',
      '~give me a handle to the database',
      '~connect to a postgres server with psycopg2',
    ],
    lesson: 'The password comes from the environment and not from the source (CWE-798).',
    secure: [
      {
        how: 'read the password from the environment',
        code: `import os
import psycopg2

def $f():
    return psycopg2.connect(
        host=os.environ["DB_HOST"],
        user=os.environ["DB_USER"],
        password=os.environ["DB_PASSWORD"],
    )`,
      },
    ],
    insecure: [
      {
        how: 'write the password into the code',
        code: `import psycopg2

def $f():
    return psycopg2.connect(host="localhost", user="admin", password="S3cretPass42")`,
      },
    ],
  },
  {
    id: 'log-secret',
    cwe: 'CWE-532',
    weakness: 'a secret in the log',
    parameters: 'username, $a',
    argument: ['password'],
    name: 'log_login',
    phrasings: [
      '~log a failed login',
      '~write a log line for each sign in attempt',
      '~record login attempts in the log',
      '~trace who tries to log in',
      '~log the credentials check of a user',
      '~add logging to our login function',
      '~note failed passwords in the log file',
      '~report a wrong login to the logger',
      '~keep an audit log of logins',
      '~print a debug line when a user logs in',
      '~log login attempts with the logging module',
    ],
    lesson: 'The log names the user and never the secret (CWE-532).',
    secure: [
      {
        how: 'log the user name only',
        code: `import logging

logger = logging.getLogger(__name__)

def $f(username, $a):
    logger.warning("login failed for %r", username)`,
      },
    ],
    insecure: [
      {
        how: 'log the user name with the secret',
        code: `import logging

logger = logging.getLogger(__name__)

def $f(username, $a):
    logger.warning("login failed for %s with $a %s", username, $a)`,
      },
    ],
  },
  {
    id: 'log-line',
    cwe: 'CWE-117',
    weakness: 'log injection',
    parameters: '$a',
    argument: ['message', 'text', 'agent'],
    name: 'log_$row',
    phrasings: [
      '~log what a user typed',
      '~write a message of the client to the log',
      '~log the user agent of a request',
      '~add user input to the log file',
      '~log the $row that was searched for',
      '~record the text of a $row in the log',
      '~append a user message to our log',
      '~send input from a form to the logger',
      '~note the requested $row name in the log',
      '~keep a log of the search words',
      '~log text that comes from a request',
    ],
    lesson: 'Without line breaks the input cannot forge a log line (CWE-117).',
    secure: [
      {
        how: 'take line breaks out of the text first',
        code: `import logging

logger = logging.getLogger(__name__)

def $f($a):
    clean = $a.replace("\\r", " ").replace("\\n", " ")
    logger.info("input: %s", clean)`,
      },
    ],
    insecure: [
      {
        how: 'log the text as it comes',
        code: `import logging

logger = logging.getLogger(__name__)

def $f($a):
    logger.info("input: " + $a)`,
      },
    ],
  },
  {
    id: 'listen',
    cwe: 'CWE-1327',
    weakness: 'a listener on all interfaces',
    parameters: '$a',
    argument: ['port'],
    name: 'open_listener',
    phrasings: [
      '~open a TCP socket that listens on a port',
      '~listen for connections on a port',
      '~create a server socket',
      '~bind a socket to a port',
      '~start a small tcp server for local tools',
      '~make a listener for the $row service',
      '~wait for tcp clients on a port',
      '~set up a listening socket for a local daemon',
      '~accept connections of programs on this machine',
      '~write a socket server',
      '~listen on a tcp port with the socket module',
    ],
    lesson: 'Only programs of this machine can connect (CWE-1327).',
    secure: [
      {
        how: 'bind to the loopback address',
        code: `import socket

def $f($a):
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.bind(("127.0.0.1", $a))
    server.listen()
    return server`,
      },
    ],
    insecure: [
      {
        how: 'bind to every interface',
        code: `import socket

def $f($a):
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.bind(("0.0.0.0", $a))
    server.listen()
    return server`,
      },
    ],
  },
];
