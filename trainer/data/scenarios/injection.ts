/** Input that becomes a command, an expression or a directory query. */
import type { Scenario } from './scenario.js';

export const injectionScenarios: readonly Scenario[] = [
  {
    id: 'shell-ping',
    cwe: 'CWE-78',
    weakness: 'command injection',
    parameters: '$a',
    argument: ['host', 'target', 'address', 'server'],
    name: 'ping_host',
    phrasings: [
      '~ping a host',
      '~ping the server that a user enters',
      '~check with ping if a host is up',
      '~send one ping to an address and ~return the output',
      '~call ping for a host name from a form',
      '~run the ping command on a given machine',
      '~test with ping whether a server is reachable',
      '~execute ping for an ip address',
      '~let users ping a machine of the network',
      '~find out by a ping if a computer answers',
      '~start ping as a subprocess and ~show the result',
      '~ping some address that comes in as text',
    ],
    lesson: 'No shell reads the input, so it cannot add a command (CWE-78).',
    secure: [
      {
        how: 'pass a list of arguments without a shell',
        code: `import subprocess

def $f($a):
    result = subprocess.run(["ping", "-c", "1", "--", $a], capture_output=True, text=True)
    return result.stdout`,
      },
    ],
    insecure: [
      {
        how: 'build a command line for the shell',
        code: `import subprocess

def $f($a):
    result = subprocess.run(f"ping -c 1 {$a}", shell=True, capture_output=True, text=True)
    return result.stdout`,
      },
      {
        how: 'join the command for os.system',
        code: `import os

def $f($a):
    return os.system("ping -c 1 " + $a) == 0`,
      },
    ],
  },
  {
    id: 'shell-network',
    cwe: 'CWE-78',
    weakness: 'command injection',
    parameters: '$a',
    argument: ['host', 'target', 'address', 'server'],
    name: '$tool_host',
    slots: { tool: ['traceroute', 'whois', 'host', 'fping', 'mtr'] },
    phrasings: [
      '~run $tool on a host and ~return the output',
      '~$tool a host that the user enters',
      '~call the $tool command for an address',
      '~execute $tool with the given host name',
      '~start $tool and ~give back what it prints',
      '~check a server with $tool',
      '~use $tool on the host name from a form',
      '~invoke the $tool program for a machine on the network',
      '~let the user $tool a server from python',
      '~show the result of $tool for a domain',
      '~test if a host answers, with $tool',
      '~wrap the command line tool $tool in a function',
      '~$tool a machine whose name comes from user input',
    ],
    lesson: 'No shell reads the input, so it cannot add a command (CWE-78).',
    secure: [
      {
        how: 'pass a list of arguments without a shell',
        code: `import subprocess

def $f($a):
    result = subprocess.run(["$tool", "--", $a], capture_output=True, text=True)
    return result.stdout`,
      },
      {
        how: 'call check_output with a list and no shell',
        code: `import subprocess

def $f($a):
    return subprocess.check_output(["$tool", "--", $a], text=True)`,
      },
    ],
    insecure: [
      {
        how: 'build a command line for the shell',
        code: `import subprocess

def $f($a):
    result = subprocess.run(f"$tool {$a}", shell=True, capture_output=True, text=True)
    return result.stdout`,
      },
      {
        how: 'join the command and read it with popen',
        code: `import os

def $f($a):
    return os.popen("$tool " + $a).read()`,
      },
    ],
  },
  {
    id: 'shell-file',
    cwe: 'CWE-78',
    weakness: 'command injection',
    parameters: '$a',
    argument: ['path', 'filename', 'name'],
    name: '$tool_file',
    slots: { tool: ['gzip', 'wc', 'file', 'md5sum', 'stat', 'lpr'] },
    phrasings: [
      '~run $tool on a file',
      '~call the $tool program for a file name',
      '~apply $tool to an uploaded file',
      '~execute the shell command $tool on a path',
      '~process a file with $tool',
      '~use the $tool tool on the $row file a user picked',
      '~start $tool for a document from python',
      '~hand a file over to $tool',
      '~wrap $tool so that it works on a given file',
      '~launch $tool as a subprocess with the file',
      '~use a system command ($tool) on the file',
    ],
    lesson: 'The name is one argument and never shell text (CWE-78).',
    secure: [
      {
        how: 'give the path as one list item',
        code: `import subprocess

def $f($a):
    subprocess.run(["$tool", "--", $a], check=True)`,
      },
    ],
    insecure: [
      {
        how: 'join the path to the command for os.system',
        code: `import os

def $f($a):
    os.system("$tool " + $a)`,
      },
      {
        how: 'let the shell run the joined command',
        code: `import subprocess

def $f($a):
    subprocess.call("$tool " + $a, shell=True)`,
      },
    ],
  },
  {
    id: 'eval-expression',
    cwe: 'CWE-95',
    weakness: 'eval injection',
    parameters: '$a',
    argument: ['text', 'expression', 'formula'],
    name: 'parse_value',
    phrasings: [
      '~turn a string like [1, 2] into a Python value',
      '~evaluate an expression that a user typed',
      '~parse a Python literal from a text field',
      '~convert the text of a list into a list',
      '~compute the value of a formula given as text',
      '~interpret a dict that arrives as a string',
      '~read a Python value out of user input',
      '~calculate what the user entered in the calculator field',
      '~transform a string with numbers in brackets into a real list',
      '~work out an arithmetic input from a web form',
      '~convert a literal such as {"a": 1} from str to dict',
      '~eval a user supplied string',
    ],
    lesson: 'literal_eval reads literals and never runs code (CWE-95).',
    secure: [
      {
        how: 'use ast.literal_eval, which accepts literals only',
        code: `import ast

def $f($a):
    return ast.literal_eval($a)`,
      },
    ],
    insecure: [
      {
        how: 'call eval on the text',
        code: `def $f($a):
    return eval($a)`,
      },
    ],
  },
  {
    id: 'code-dispatch',
    cwe: 'CWE-94',
    weakness: 'code injection',
    parameters: '$a',
    argument: ['action', 'command', 'operation'],
    name: 'run_action',
    phrasings: [
      '~run the action that a request names',
      '~execute an operation by its name',
      '~call a handler chosen by the user',
      '~dispatch a command string to code',
      '~perform the step whose name is in the message',
      '~do what the command word says',
      '~trigger one of our operations from a string',
      '~run a user chosen command such as start or stop',
      '~map a command name to the function that does it',
      '~handle a bot command that comes as text',
      '~execute the operation that the client asks for',
    ],
    lesson: 'Only names in the table can run (CWE-94).',
    secure: [
      {
        how: 'look the name up in a fixed table of functions',
        code: `ACTIONS = {"start": start_$row, "stop": stop_$row}

def $f($a):
    handler = ACTIONS.get($a)
    if handler is None:
        raise ValueError("unknown action")
    return handler()`,
      },
    ],
    insecure: [
      {
        how: 'hand the text to exec',
        code: `def $f($a):
    exec($a)`,
      },
    ],
  },
  {
    id: 'ldap-search',
    cwe: 'CWE-90',
    weakness: 'LDAP injection',
    parameters: 'conn, $a',
    argument: ['username', 'uid', 'login'],
    name: 'find_entry',
    phrasings: [
      '~look up a user in LDAP',
      '~search the LDAP directory for a uid',
      '~find an entry in active directory by login',
      '~query ldap for a person',
      '~get the directory entry of an account',
      '~fetch a user record from the LDAP server',
      '~return the ldap groups of a login name',
      '~check if a username is in the directory with ldap3',
      '~read someone from the company directory over LDAP',
      '~ask the directory server for a uid',
      '~find a person by uid in LDAP',
    ],
    lesson: 'Escaped characters cannot change the filter (CWE-90).',
    secure: [
      {
        how: 'escape $a for the filter',
        code: `from ldap3.utils.conv import escape_filter_chars

def $f(conn, $a):
    safe = escape_filter_chars($a)
    conn.search("dc=example,dc=com", f"(uid={safe})")
    return conn.entries`,
      },
    ],
    insecure: [
      {
        how: 'put $a into the filter as it is',
        code: `def $f(conn, $a):
    conn.search("dc=example,dc=com", f"(uid={$a})")
    return conn.entries`,
      },
    ],
  },
];
