/** Input that becomes a command line. */
import type { Scenario } from './scenario.js';

const ADDRESS_NAMES = ['host', 'target', 'address', 'server'];

export const commandScenarios: readonly Scenario[] = [
  {
    id: 'shell-ping',
    cwe: 'CWE-78',
    weakness: 'command injection',
    parameters: '$a',
    argument: ADDRESS_NAMES,
    name: 'ping_host',
    phrasings: [
      '~ping a host and ~tell whether it answers',
      '~ping the server that a user enters',
      '~check with ping if a host is up',
      '~send one ping to an address, the result is True if it answers',
      '~call ping for a host name from a form',
      '~run the ping command on a given machine to see if it is alive',
      '~test with ping whether a server is reachable',
      '~execute ping for an ip address and ~look at the exit status',
      '~monitor our shop server: its name is passed, one ping, True means alive',
      '~give beginners a ping button: they type an address and see if it is up',
      '~allow users to ping a machine of the network',
      '~use one ping to learn if a computer answers',
      '~start ping as a subprocess and ~say if the host is there',
      '~ping some address that comes in as text',
      '~do a health check of a box with a single ping',
      '~show green or red for a machine, decided by ping',
      '~use the ping binary for an is-it-online test, the admin types the host',
      '~give me an is_alive check for servers (ping -c 1)',
      '~report if pinging an ip works, yes or no',
      '~ping the router we pass in and ~record if it is online',
      '~probe a remote machine with an ICMP echo through the system ping tool',
      '~learn if a website host responds to ping, input is whatever the visitor wrote',
      '~decide from a ping whether a node is dead',
    ],
    lesson: 'No shell reads the input, so it cannot add a command (CWE-78).',
    secure: [
      {
        how: 'pass a list of arguments without a shell',
        code: `import subprocess

def $f($a):
    result = subprocess.run(["ping", "-c", "1", "--", $a])
    return result.returncode == 0`,
      },
      {
        how: 'call ping with a list and no shell',
        code: `import subprocess

def $f($a):
    return subprocess.call(["ping", "-c", "1", "--", $a]) == 0`,
      },
    ],
    insecure: [
      {
        how: 'build a command line for the shell',
        code: `import subprocess

def $f($a):
    result = subprocess.run(f"ping -c 1 {$a}", shell=True)
    return result.returncode == 0`,
      },
      {
        how: 'join the command for os.system',
        code: `import os

def $f($a):
    return os.system("ping -c 1 " + $a) == 0`,
      },
    ],
    check: { doubles: ['injection'], functional: 'ping_works(target)', security: 'command_is_safe(target)' },
  },
  {
    id: 'shell-network',
    cwe: 'CWE-78',
    weakness: 'command injection',
    parameters: '$a',
    argument: ADDRESS_NAMES,
    name: '$tool_host',
    slots: { tool: ['traceroute', 'whois', 'host', 'fping', 'mtr', 'nslookup', 'dig', 'tracepath'] },
    phrasings: [
      '~run $tool on a host and ~return the output',
      '~call the $tool command for a host that the user enters',
      '~call the $tool command for an address and ~collect its output',
      '~execute $tool with the given host name',
      '~start $tool for a server and ~give back what it prints',
      '~check a server with $tool and ~return the text',
      '~use $tool on the host name from a form',
      '~invoke the $tool program for a machine on the network',
      '~examine a slow connection with $tool, I pass the server and want its text',
      '~produce the $tool report of a host for a support ticket',
      '~allow the user to run $tool for a server from python',
      '~show the result of $tool for a domain',
      '~examine a host with $tool, the output goes back to the caller',
      '~wrap the command line tool $tool in a function that gets a host',
      '~call $tool for a machine whose name comes from user input',
      '~capture what $tool says about a domain',
      '~build a web front end for $tool: host in, output text out',
      '~offer $tool to our support staff, they type a host and read the answer',
      '~pass on the lines $tool writes for an address',
      '~fork $tool with a host and ~keep stdout as a string',
      '~hand a domain to $tool and ~pass its report on',
      '~place $tool behind a button of the network page, the visitor names the host',
      '~obtain the text that $tool gives for a remote machine',
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
    check: { doubles: ['injection'], functional: 'output_works(target, "$tool")', security: 'command_is_safe(target)' },
  },
  {
    id: 'shell-file',
    cwe: 'CWE-78',
    weakness: 'command injection',
    parameters: '$a',
    argument: ['path', 'filename', 'name'],
    name: '$tool_file',
    slots: { tool: ['gzip', 'wc', 'file', 'md5sum', 'stat', 'lpr', 'bzip2', 'pdftotext', 'cat'] },
    phrasings: [
      '~run $tool on a file',
      '~call the $tool program for a file name',
      '~apply $tool to an uploaded file',
      '~execute the shell command $tool on a path',
      '~process a file with the $tool command',
      '~use the $tool tool on the file a user picked',
      '~start $tool for a document from python',
      '~hand a file over to the program $tool',
      '~deal with a file by calling $tool on it, nothing is returned',
      '~treat a scan that lies on disk with the command line program $tool',
      '~wrap $tool so that it works on a given file',
      '~launch $tool as a subprocess with the file',
      '~use a system command ($tool) on the file',
      '~invoke $tool from Python, path is the only argument',
      '~feed the attachment that was sent in to the $tool binary',
      '~do in python what "$tool FILE" does in a terminal',
      '~shell out to $tool with the name of a file',
      '~spawn $tool for every file name I pass',
      '~trigger the unix tool $tool once an upload is stored, we know its path',
      '~ask the operating system to run $tool over a document',
      '~pass a path on to the installed $tool utility',
      '~direct $tool at the attachment somebody chose',
      '~automate $tool: the operator names the document, the program runs on it',
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
    check: {
      doubles: ['injection'],
      functional: 'file_works(target, "$tool")',
      security: 'command_is_safe(target, make_files=True)',
    },
  },
];
