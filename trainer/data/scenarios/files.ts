/** Paths, archives, temporary files and permissions. */
import type { Scenario } from './scenario.js';

const inside = 'The resolved path must stay inside the folder (CWE-22).';

export const fileScenarios: readonly Scenario[] = [
  {
    id: 'path-read',
    cwe: 'CWE-22',
    weakness: 'path traversal',
    parameters: '$a',
    argument: ['name', 'filename', 'path'],
    name: 'read_$row',
    phrasings: [
      '~read a $row file whose name comes from the user',
      '~return the content of a file in the $rows folder',
      '~open a file by name from the $rows directory',
      '~serve a $row file by its file name',
      '~load the text of the requested file',
      '~get a user chosen file from disk',
      '~show a $row that is stored as a file',
      '~give back the bytes of a $row file in a folder',
      '~let a user read files of the $rows folder',
      '~open the $row document that a request asks for',
      '~read any file below the $rows folder by name',
      '~look into a folder and ~return the named file',
      '~read the file that the user asks for from a base folder',
    ],
    lesson: inside,
    secure: [
      {
        how: 'resolve the path and check that it stays in the folder',
        code: `from pathlib import Path

BASE = Path("$rows").resolve()

def $f($a):
    target = (BASE / $a).resolve()
    if not target.is_relative_to(BASE):
        raise ValueError("outside of the folder")
    return target.read_text()`,
      },
    ],
    insecure: [
      {
        how: 'join the folder and the name',
        code: `import os

def $f($a):
    path = os.path.join("$rows", $a)
    with open(path) as handle:
        return handle.read()`,
      },
      {
        how: 'put the name behind the folder',
        code: `def $f($a):
    with open("$rows/" + $a) as handle:
        return handle.read()`,
      },
    ],
  },
  {
    id: 'flask-download',
    cwe: 'CWE-22',
    weakness: 'path traversal',
    parameters: '$a',
    argument: ['name', 'filename'],
    name: 'download_$row',
    phrasings: [
      '~send a $row file to the browser with Flask',
      '~serve $rows from a folder as a flask route',
      '~let users download a $row by name in flask',
      '~offer a download endpoint for $rows',
      '~deliver files from the $rows folder over http with flask',
      '~return a file as an attachment from a Flask view',
      '~build a route that sends $row files',
      '~make a flask handler for file downloads',
      '~stream a stored $row to the client of a flask app',
      '~add a url where a $row can be downloaded',
      '~download a $row file through a flask endpoint',
    ],
    lesson: 'send_from_directory refuses names that leave the folder (CWE-22).',
    secure: [
      {
        how: 'use send_from_directory, which keeps names inside',
        code: `from flask import Flask, send_from_directory

app = Flask(__name__)

@app.route("/$rows/<path:$a>")
def $f($a):
    return send_from_directory("$rows", $a)`,
      },
    ],
    insecure: [
      {
        how: 'send whatever path the name gives',
        code: `from flask import Flask, send_file

app = Flask(__name__)

@app.route("/$rows/<path:$a>")
def $f($a):
    return send_file("$rows/" + $a)`,
      },
    ],
  },
  {
    id: 'flask-upload',
    cwe: 'CWE-22',
    weakness: 'path traversal',
    parameters: '$a',
    argument: ['upload', 'file'],
    name: 'save_$row',
    phrasings: [
      '~save an uploaded $row to a folder',
      '~store a file upload in flask',
      '~write the uploaded file into the $rows folder',
      '~accept a $row upload and ~keep it on disk',
      '~handle a file that a user uploads',
      '~put the upload under its file name into $rows',
      '~take a posted $row file and ~save it',
      '~keep an attachment that a client sent',
      '~save the profile picture that someone uploads',
      '~receive a $row file from a form',
      '~store an uploaded $row under its own name',
    ],
    lesson: 'secure_filename drops folders from the name (CWE-22).',
    secure: [
      {
        how: 'clean the name with secure_filename',
        code: `import os
from werkzeug.utils import secure_filename

def $f($a):
    name = secure_filename($a.filename)
    $a.save(os.path.join("$rows", name))
    return name`,
      },
    ],
    insecure: [
      {
        how: 'save under the name that the client sent',
        code: `import os

def $f($a):
    $a.save(os.path.join("$rows", $a.filename))
    return $a.filename`,
      },
    ],
  },
  {
    id: 'tar-extract',
    cwe: 'CWE-22',
    weakness: 'path traversal in archives',
    parameters: '$a, folder',
    argument: ['archive', 'path', 'filename'],
    name: 'unpack_$row',
    phrasings: [
      '~extract a tar archive into a folder',
      '~unpack a tar.gz file',
      '~untar a $row archive that was uploaded',
      '~open a tarball and ~extract its files',
      '~decompress a tar file of $rows',
      '~extract all members of a tar archive',
      '~expand the $row backup, which is a tar',
      '~restore $rows from a tar.gz backup',
      '~unzip a tgz that a user sends',
      '~take a .tar and ~write its content to disk',
      '~unpack an uploaded tarball with tarfile',
    ],
    lesson: 'The data filter rejects members outside of the folder (CWE-22).',
    secure: [
      {
        how: 'extract with the data filter',
        code: `import tarfile

def $f($a, folder):
    with tarfile.open($a) as tar:
        tar.extractall(folder, filter="data")`,
      },
    ],
    insecure: [
      {
        how: 'extract every member as it is named',
        code: `import tarfile

def $f($a, folder):
    with tarfile.open($a) as tar:
        tar.extractall(folder)`,
      },
    ],
  },
  {
    id: 'temporary-file',
    cwe: 'CWE-377',
    weakness: 'insecure temporary file',
    parameters: '$a',
    argument: ['data', 'text', 'content'],
    name: 'write_$row',
    phrasings: [
      '~write a $row to a temporary file',
      '~create a temp file for the $row data',
      '~store text in a temporary file and ~return its path',
      '~make a scratch file with the given content',
      '~put the $row into tmp',
      '~save data to a temp file',
      '~keep the content in a temporary place on disk',
      '~dump the $row text into a tempfile',
      '~open a new temporary file and ~fill it',
      '~hold a $row in a tmp file for a moment',
      '~write data into a temporary file with tempfile',
    ],
    lesson: 'The file is created and opened in one step, with a private name (CWE-377).',
    secure: [
      {
        how: 'let NamedTemporaryFile create and open the file',
        code: `import tempfile

def $f($a):
    with tempfile.NamedTemporaryFile("w", delete=False) as handle:
        handle.write($a)
        return handle.name`,
      },
    ],
    insecure: [
      {
        how: 'take a free name from mktemp and open it',
        code: `import tempfile

def $f($a):
    path = tempfile.mktemp()
    with open(path, "w") as handle:
        handle.write($a)
    return path`,
      },
    ],
  },
  {
    id: 'file-permissions',
    cwe: 'CWE-732',
    weakness: 'loose file permissions',
    parameters: '$a',
    argument: ['path', 'filename'],
    name: 'protect_$row',
    phrasings: [
      '~set the permissions of a $row file',
      '~chmod a config file',
      '~make a $row file readable for the service',
      '~change the mode of a file on disk',
      '~give the right permissions to a key file',
      '~adjust the access rights of a path',
      '~set the file mode after writing a $row',
      '~fix a permission denied error on a file',
      '~call os.chmod on the $row file',
      '~allow our program to write to the $row file',
      '~set file permissions on a $row with os.chmod',
    ],
    lesson: 'Mode 0o600 lets only the owner read and write (CWE-732).',
    secure: [
      {
        how: 'give access to the owner only',
        code: `import os

def $f($a):
    os.chmod($a, 0o600)`,
      },
    ],
    insecure: [
      {
        how: 'open the file to everyone',
        code: `import os

def $f($a):
    os.chmod($a, 0o777)`,
      },
    ],
  },
];
