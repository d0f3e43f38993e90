/** Requests to other servers, and documents that come from them. */
import type { Scenario } from './scenario.js';

export const networkScenarios: readonly Scenario[] = [
  {
    id: 'fetch-url',
    cwe: 'CWE-918',
    weakness: 'server-side request forgery',
    parameters: '$a',
    argument: ['url', 'link', 'address'],
    name: 'fetch_$row',
    phrasings: [
      '~fetch a $row from a url that the user gives',
      '~download an image from a user supplied link',
      '~get the content behind an address a client sends',
      '~request the page a user asks for and ~return its text',
      '~load a $row preview for a link that was posted',
      '~call a webhook url that customers configure',
      '~retrieve a remote $row by url',
      '~import a $row from any url on the web',
      '~read a feed whose url comes from a form',
      '~pull the avatar picture from a given address',
      '~proxy a request to the url in the parameter',
      '~fetch the web page at a url from user input',
    ],
    lesson: 'Only hosts of the list are asked, so inner services stay out of reach (CWE-918).',
    secure: [
      {
        how: 'ask only hosts of an allow list and follow no redirect',
        code: `from urllib.parse import urlparse
import requests

ALLOWED = {"api.example.com"}

def $f($a):
    parts = urlparse($a)
    if parts.scheme != "https" or parts.hostname not in ALLOWED:
        raise ValueError("host not allowed")
    return requests.get($a, timeout=10, allow_redirects=False).text`,
      },
    ],
    insecure: [
      {
        how: 'request whatever address is given',
        code: `import requests

def $f($a):
    return requests.get($a, timeout=10).text`,
      },
    ],
  },
  {
    id: 'tls-verify',
    cwe: 'CWE-295',
    weakness: 'a certificate that is not checked',
    parameters: '',
    argument: ['url'],
    name: 'load_$rows',
    phrasings: [
      '~get $rows as JSON from our API over https',
      '~download the $row list from api.example.com',
      '~call our https api with requests',
      '~read json from a server with a self signed certificate',
      '~fetch $rows from the internal https service',
      '~ask the $row service over TLS',
      '~make a get request to our https backend',
      '~load data from an https endpoint that has its own certificate',
      '~query the rest api for $rows with requests',
      '~get around an ssl certificate error in requests',
      '~talk to the $row server over https',
      '~download $rows over https with requests',
    ],
    lesson: 'The certificate is checked, so nobody can sit in between (CWE-295).',
    secure: [
      {
        how: 'keep the check of the certificate on',
        code: `import requests

def $f():
    response = requests.get("https://api.example.com/$rows", timeout=10)
    response.raise_for_status()
    return response.json()`,
      },
      {
        how: 'trust our own certificate by its file',
        code: `import requests

def $f():
    url = "https://api.example.com/$rows"
    response = requests.get(url, verify="ca.pem", timeout=10)
    return response.json()`,
      },
    ],
    insecure: [
      {
        how: 'switch the check of the certificate off',
        code: `import requests

def $f():
    response = requests.get("https://api.example.com/$rows", verify=False, timeout=10)
    return response.json()`,
      },
    ],
  },
  {
    id: 'xml-parse',
    cwe: 'CWE-611',
    weakness: 'XML external entities',
    parameters: '$a',
    argument: ['text', 'data', 'document'],
    name: 'parse_$row',
    phrasings: [
      '~parse an XML document of a $row',
      '~read an xml string and ~return the root tag',
      '~load a $row from XML that a client uploads',
      '~get the elements of an XML file',
      '~convert an xml message to a tree',
      '~extract the $field from a $row in XML',
      '~handle a SOAP message',
      '~import $rows from an xml upload',
      '~process the xml body of a request',
      '~turn xml text into python objects',
      '~parse untrusted xml for a $row',
    ],
    lesson: 'defusedxml refuses external entities (CWE-611).',
    secure: [
      {
        how: 'parse with defusedxml',
        code: `from defusedxml import ElementTree

def $f($a):
    return ElementTree.fromstring($a)`,
      },
    ],
    insecure: [
      {
        how: 'parse with lxml and let it resolve entities',
        code: `from lxml import etree

def $f($a):
    parser = etree.XMLParser(resolve_entities=True)
    return etree.fromstring($a, parser)`,
      },
    ],
  },
  {
    id: 'ssh-connect',
    cwe: 'CWE-322',
    weakness: 'an unknown host key',
    parameters: '$a',
    argument: ['host', 'server', 'hostname'],
    name: 'open_ssh',
    phrasings: [
      '~connect to a server over SSH',
      '~open an ssh session with paramiko',
      '~log in to a host by ssh',
      '~create an ssh client for a server',
      '~start a paramiko connection',
      '~reach a remote machine over SSH',
      '~get a shell connection to our $row server',
      '~set up an ssh client for a deployment',
      '~ssh into a machine from a script',
      '~establish an SSH link to a host',
      '~connect with paramiko to a remote host',
    ],
    lesson: 'Only known hosts are accepted, so nobody can pose as the server (CWE-322).',
    secure: [
      {
        how: 'accept known host keys only',
        code: `import paramiko

def $f($a):
    client = paramiko.SSHClient()
    client.load_system_host_keys()
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    client.connect($a)
    return client`,
      },
    ],
    insecure: [
      {
        how: 'add every host key without a look',
        code: `import paramiko

def $f($a):
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect($a)
    return client`,
      },
    ],
  },
];
