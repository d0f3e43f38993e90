import { describe } from 'node:test';
import { clean, flagged } from './support.js';

describe('string building', () => {
  const run = (body: string): string => `def f(cur, name, names):\n${body.replace(/^/gm, '    ')}\n`;
  flagged('concatenation', run(`cur.execute("SELECT a FROM t WHERE n = '" + name + "'")`), 'sql-injection:2');
  flagged('an f-string', run(`cur.execute(f"SELECT a FROM t WHERE n = '{name}'")`), 'sql-injection:2');
  flagged(
    'an f-string over lines',
    run(`q = (f"SELECT a FROM t "\n     f"WHERE n = '{name}' ")\ncur.execute(q)`),
    'sql-injection:4',
  );
  flagged('% with one value', run(`cur.execute("SELECT a FROM t WHERE n = '%s'" % name)`), 'sql-injection:2');
  flagged(
    '% with a tuple',
    run(`cur.execute("SELECT a FROM t WHERE n = '%s' AND b = %d" % (name, 3))`),
    'sql-injection:2',
  );
  flagged('% with a mapping', run(`cur.execute("SELECT a FROM t WHERE n = '%(n)s'" % {"n": name})`), 'sql-injection:2');
  flagged('format', run(`cur.execute("SELECT a FROM t WHERE n = '{}'".format(name))`), 'sql-injection:2');
  flagged('format with names', run(`cur.execute("SELECT a FROM t WHERE n = '{n}'".format(n=name))`), 'sql-injection:2');
  flagged(
    'format of a variable',
    run(`q = "SELECT a FROM t WHERE n = '{0}'"\ncur.execute(q.format(name))`),
    'sql-injection:3',
  );
  flagged('join', run(`cur.execute("SELECT a FROM t WHERE n IN ('" + "','".join(names) + "')")`), 'sql-injection:2');
  flagged('+=', run(`q = "SELECT a FROM t"\nq += " WHERE n = '" + name + "'"\ncur.execute(q)`), 'sql-injection:4');
  flagged(
    'a loop that appends',
    run(`q = "SELECT a FROM t WHERE 1 = 1"\nfor n in names:\n    q += " OR n = '" + n + "'"\ncur.execute(q)`),
    'sql-injection:5',
  );
  flagged(
    'replace in a template',
    run(`q = "SELECT a FROM t WHERE n = '@n'".replace("@n", name)\ncur.execute(q)`),
    'sql-injection:3',
  );
  clean(
    'numbers by format',
    run(`cur.execute("SELECT a FROM t LIMIT %d" % name)\ncur.execute(f"SELECT a FROM t WHERE x = {name:d}")`),
  );
  flagged(
    'a template filled from the local variables',
    run(`state = "open"\ncur.execute("SELECT a FROM t WHERE s = '%(state)s' AND n = '%(name)s'" % locals())`),
    'sql-injection:3',
  );
  clean(
    'placeholders that are counted',
    run(`marks = ",".join("?" * len(names))\ncur.execute(f"SELECT a FROM t WHERE n IN ({marks})", names)`),
  );
  clean(
    'placeholders by comprehension',
    run(`marks = ", ".join(["%s" for _ in names])\ncur.execute("SELECT a FROM t WHERE n IN (%s)" % marks, names)`),
  );
  clean(
    'constants that are folded',
    run(`table = "us" + "ers"\ncur.execute("SELECT a FROM %s WHERE n = ?" % table, (name,))`),
  );
  clean(
    'a constant of the module',
    `TABLE = "users"\ndef f(cur, name):\n    cur.execute(f"SELECT a FROM {TABLE} WHERE n = ?", (name,))\n`,
  );
});

describe('names', () => {
  flagged(
    'an import under another name',
    `import subprocess as sp\ndef f(h):\n    sp.call("ping " + h, shell=True)\n`,
    'command-injection:3',
  );
  flagged(
    'a function under another name',
    `from os import system as s\ndef f(h):\n    s("ping " + h)\n`,
    'command-injection:3',
  );
  flagged(
    'a variable that holds a function',
    `import os\nrun = os.system\ndef f(h):\n    run("ping " + h)\n`,
    'command-injection:4',
  );
  flagged('a snippet without its imports', `def f(h):\n    os.system("ping " + h)\n`, 'command-injection:2');
  flagged(
    'the import within the function',
    `def f(h):\n    import os\n    os.system("ping " + h)\n`,
    'command-injection:3',
  );
  clean(
    'another thing of the same name',
    `class os:\n    @staticmethod\n    def system(x):\n        return len(x)\ndef f(h):\n    os.system("ping " + h)\n`,
  );
  clean('executors', `def f(pool, job):\n    pool.executor.execute(job)\n`);
});

describe('data on its way', () => {
  flagged(
    'a dictionary with the key that is tainted',
    `from flask import request\nimport os\ndef f():\n    d = {"a": "x", "b": request.args["b"]}\n    os.system("ls " + d["b"])\n`,
    'command-injection:5',
  );
  clean(
    'a dictionary with the other key',
    `from flask import request\nimport os\ndef f():\n    d = {"a": "x", "b": request.args["b"]}\n    os.system("ls " + d["a"])\n`,
  );
  flagged(
    'a list by position',
    `from flask import request\nimport os\ndef f():\n    a = ["x"]\n    a.append(request.args["b"])\n    os.system("ls " + a[1])\n`,
    'command-injection:6',
  );
  clean(
    'a list at another position',
    `from flask import request\nimport os\ndef f():\n    a = ["x"]\n    a.append(request.args["b"])\n    a.append("y")\n    a.pop(0)\n    os.system("ls " + a[1])\n`,
  );
  flagged(
    'an attribute set in the constructor',
    `class Repo:\n    def __init__(self, db, name):\n        self.db = db\n        self.name = name\n    def find(self):\n        return self.db.execute("SELECT a FROM t WHERE n = '%s'" % self.name)\n`,
    'sql-injection:6',
  );
  flagged(
    'a helper of the file',
    `from flask import request\nimport os\ndef run(cmd):\n    return os.system(cmd)\ndef view():\n    return run("ls " + request.args["d"])\n`,
    'command-injection:4',
  );
  clean(
    'a helper that only gets constants',
    `import os\ndef _run(cmd):\n    return os.system("ls " + cmd)\ndef view():\n    return _run("-l")\n`,
  );
  flagged(
    'what a helper returns',
    `from flask import request\nimport os\ndef name():\n    return request.args.get("n")\ndef view():\n    os.system("ls " + name())\n`,
    'command-injection:6',
  );
  flagged(
    'an example call beside it',
    `import os\ndef ping(host):\n    os.system("ping " + host)\nif __name__ == "__main__":\n    ping("localhost")\n`,
    'command-injection:3',
  );
  flagged(
    'unpacking',
    `from flask import request\nimport os\ndef f():\n    a, b = "x", request.args["b"]\n    os.system("ls " + b)\n`,
    'command-injection:5',
  );
  flagged(
    'a comprehension',
    `from flask import request\nimport os\ndef f():\n    for c in [x.strip() for x in request.args.getlist("c")]:\n        os.system("ls " + c)\n`,
    'command-injection:5',
  );
  flagged(
    'a nested function',
    `from flask import request\nimport os\ndef make(app):\n    @app.route("/x")\n    def handler():\n        os.system("ls " + request.args["d"])\n`,
    'command-injection:6',
  );
  flagged(
    'a walrus',
    `from flask import request\nimport os\ndef f():\n    if (d := request.args.get("d")):\n        os.system("ls " + d)\n`,
    'command-injection:5',
  );
  flagged(
    'a shell in an argument list',
    `import subprocess\ndef f(c):\n    args = ["sh"]\n    args.append("-c")\n    args.append(f"echo {c}")\n    subprocess.run(args)\n`,
    'command-injection:6',
  );
  clean(
    'a plain argument list',
    `import subprocess\ndef f(c):\n    args = ["echo"]\n    args.append(f"hello {c}")\n    subprocess.run(args)\n`,
  );
  flagged(
    'base64 in between',
    `from flask import request\nimport os, base64\ndef f():\n    d = base64.b64decode(request.args["d"]).decode()\n    os.system("ls " + d)\n`,
    'command-injection:5',
  );
  flagged(
    'a configuration object',
    `from flask import request\nimport os, configparser\ndef f():\n    c = configparser.ConfigParser()\n    c.set("s", "k", request.args["d"])\n    os.system("ls " + c.get("s", "k"))\n`,
    'command-injection:6',
  );
  clean(
    'the other key of a configuration object',
    `from flask import request\nimport os, configparser\ndef f():\n    c = configparser.ConfigParser()\n    c.set("s", "a", "x")\n    c.set("s", "k", request.args["d"])\n    os.system("ls " + c.get("s", "a"))\n`,
  );
});

describe('control flow', () => {
  clean(
    'a branch that is never taken',
    `from flask import request\nimport os\ndef f():\n    n = 86\n    if 7 * 42 - n > 200:\n        d = "constant"\n    else:\n        d = request.args["d"]\n    os.system("ls " + d)\n`,
  );
  flagged(
    'a branch that is always taken',
    `from flask import request\nimport os\ndef f():\n    n = 106\n    d = request.args["d"] if 7 * 18 + n > 200 else "constant"\n    os.system("ls " + d)\n`,
    'command-injection:6',
  );
  flagged(
    'either branch',
    `from flask import request\nimport os\ndef f(x):\n    d = "a"\n    if x:\n        d = request.args["d"]\n    os.system("ls " + d)\n`,
    'command-injection:7',
  );
  clean(
    'what is overwritten',
    `from flask import request\nimport os\ndef f():\n    d = request.args["d"]\n    d = "a"\n    os.system("ls " + d)\n`,
  );
  clean(
    'a match on a constant',
    `from flask import request\nimport os\ndef f():\n    match "ABC"[1]:\n        case "A":\n            d = request.args["d"]\n        case "B":\n            d = "x"\n        case _:\n            d = request.args["d"]\n    os.system("ls " + d)\n`,
  );
  flagged(
    'a match that falls to the tainted case',
    `from flask import request\nimport os\ndef f():\n    match "ABC"[0]:\n        case "A" | "D":\n            d = request.args["d"]\n        case _:\n            d = "x"\n    os.system("ls " + d)\n`,
    'command-injection:9',
  );
  flagged(
    'what stands behind a key that a call of the outside may have given',
    `import os\ndef f(d):\n    form = read_form()\n    if "d" not in form:\n        raise ValueError\n    os.system("ls " + d)\n`,
    'command-injection:6',
  );
  clean(
    'what stands behind an element that a list lacks',
    `import os\ndef f(d):\n    if "d" not in ["a", "b"]:\n        raise ValueError\n    os.system("ls " + d)\n`,
  );
  flagged(
    'a value from a try',
    `from flask import request\nimport os\ndef f():\n    try:\n        d = request.args["d"]\n    except KeyError:\n        d = "."\n    os.system("ls " + d)\n`,
    'command-injection:8',
  );
});

describe('checks and sanitisers', () => {
  const shell = (check: string): string =>
    `import os, re, shlex\nALLOWED = {"a", "b"}\ndef f(d):\n${check.replace(/^/gm, '    ')}\n    os.system("ls " + d)\n`;
  clean('shlex.quote', shell('d = shlex.quote(d)'));
  clean('int', shell('d = str(int(d))'));
  clean('an allow-list that returns', shell('if d not in ALLOWED:\n    return None'));
  clean('an allow-list that raises', shell('if d not in ("a", "b"):\n    raise ValueError(d)'));
  clean('an allow-list by look-up', shell('d = {"x": "a"}[d]'));
  clean('isalnum', shell('if not d.isalnum():\n    raise ValueError'));
  clean('an anchored expression', shell('if not re.fullmatch(r"[\\w-]+", d):\n    raise ValueError'));
  clean('an anchored expression by match', shell('if re.match(r"^[a-z0-9]+$", d) is None:\n    return'));
  clean(
    'a compiled expression',
    `import os, re\nNAME = re.compile(r"^[a-z]+$")\ndef f(d):\n    if not NAME.match(d):\n        raise ValueError\n    os.system("ls " + d)\n`,
  );
  clean('every character checked', shell('if not all(c.isalnum() or c in "_-" for c in d):\n    return'));
  clean('an equality', shell('if d != "a":\n    return'));
  clean('an assertion', shell('assert d in ALLOWED'));
  clean('a validator by name', shell('if not is_valid_folder(d):\n    raise ValueError'));
  clean(
    'a validator of the file',
    `import os\ndef good(x):\n    return x.isalnum()\ndef f(d):\n    if not good(d):\n        return\n    os.system("ls " + d)\n`,
  );
  clean(
    'a validator that throws',
    `import os\ndef check(x):\n    if not x.isalnum():\n        raise ValueError(x)\ndef f(d):\n    check(d)\n    os.system("ls " + d)\n`,
  );
  clean('a conditional expression', shell('d = d if d in ALLOWED else "a"'));
  clean(
    'a filtered list',
    `import os\nALLOWED = {"a"}\ndef f(ds):\n    for d in [x for x in ds if x in ALLOWED]:\n        os.system("ls " + d)\n`,
  );
  clean(
    'a loop until valid',
    `import os\ndef f():\n    while True:\n        d = input()\n        if d.isalnum():\n            break\n    os.system("ls " + d)\n`,
  );
  flagged(
    'an expression that is not anchored',
    shell('if not re.match(r"[a-z]+", d):\n    return'),
    'command-injection:6',
  );
  flagged('a check that does nothing', shell('if d not in ALLOWED:\n    print("odd")'), 'command-injection:6');
  flagged('a check of something else', shell('if len(d) > 20:\n    return'), 'command-injection:6');
  flagged(
    'a local validator that always agrees',
    `import os\ndef is_valid(x):\n    return True\ndef f(d):\n    if not is_valid(d):\n        return\n    os.system("ls " + d)\n`,
    'command-injection:7',
  );
  flagged(
    'a double quote refused where a single one ends the text',
    `def f(cur, name):\n    if '"' in name:\n        return\n    cur.execute("SELECT a FROM t WHERE n = '%s'" % name)\n`,
    'sql-injection:4',
  );
  clean(
    'a single quote refused',
    `def f(cur, name):\n    if "'" in name:\n        return\n    cur.execute("SELECT a FROM t WHERE n = '%s'" % name)\n`,
  );
  flagged('html.escape before a shell', shell('import html\nd = html.escape(d)'), 'command-injection:6');
});

describe('names that several rules know', () => {
  const run = (body: string): string => `def f(cur, client, level, env, runner):\n${body.replace(/^/gm, '    ')}\n`;
  clean('a statement about the session', run('cur.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")'));
  clean('a statement that grants', run('client.execute(f"GRANT dba TO {level}")'));
  clean('a cursor that is moved', run('client.execute("FETCH FORWARD " + str(level) + " FROM " + env)'));
  flagged(
    'Python that is run',
    run('text = "def %s(self):\\n    return 1" % level\nexec(text, env)'),
    'code-injection:3',
  );
  flagged('a command that is run', run('runner.execute(f"ping -c 1 {level}")'), 'command-injection:2');
  clean('a program that the own caller names', run('import os\nos.execv(level, [level])'));
});
