/** Pairs for rules about text that is put together although a safer form exists. */
import type { Pair } from './python-pairs.js';

export const TEXT_PAIRS: readonly Pair[] = [
  {
    rule: 'python/sql-number',
    vulnerable: `def order(cursor, number):
    cursor.execute("SELECT title FROM orders WHERE id = %d" % number)`,
    safe: `def order(cursor, number):
    cursor.execute("SELECT title FROM orders WHERE id = %s", (number,))`,
  },
  {
    rule: 'python/argument-injection',
    vulnerable: `import subprocess
def convert(name):
    command = "convert %s out.png" % name
    subprocess.run(command.split(), check=True)`,
    safe: `import subprocess
def convert(name):
    subprocess.run(["convert", name, "out.png"], check=True)`,
  },
  {
    rule: 'python/argument-injection',
    vulnerable: `def usage(path):
    return __salt__["cmd.run"]("du -s " + path)`,
    safe: `def usage(path):
    return __salt__["cmd.run"](["du", "-s", path])`,
  },
  {
    rule: 'python/markdown-html',
    vulnerable: `import markdown
class Article:
    def render(self):
        self.body = markdown.markdown(self.text, extensions=["extra"])`,
    safe: `import markdown, nh3
class Article:
    def render(self):
        self.body = nh3.clean(markdown.markdown(self.text, extensions=["extra"]))`,
  },
  {
    rule: 'python/exception-exposure',
    vulnerable: `class Handler(RequestHandler):
    def get(self, number):
        try:
            show(int(number))
        except ValueError as error:
            self.response.write(error.message)`,
    safe: `class Handler(RequestHandler):
    def get(self, number):
        try:
            show(int(number))
        except ValueError as error:
            logging.info("not a number: %r", error)
            self.response.write("not a number")`,
  },
  {
    rule: 'python/json-in-html',
    vulnerable: `def save(form):
    if not form.is_valid():
        return answer(form.errors.as_json())`,
    safe: `def save(form):
    if not form.is_valid():
        return answer(form.errors.as_json(escape_html=True))`,
  },
  {
    rule: 'python/path-traversal',
    vulnerable: `import os
def fetch(bucket, name):
    bucket.blob(name).download_to_filename(os.path.join("/srv/files", name))`,
    safe: `import os
def fetch(bucket, name):
    bucket.blob(name).download_to_filename(os.path.join("/srv/files", os.path.basename(name)))`,
  },
];
