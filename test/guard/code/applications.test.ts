import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { analyser, clean, flagged, rulesIn } from './support.js';

describe('paths', () => {
  const path = (body: string): string =>
    `import os\nfrom pathlib import Path\nfrom flask import request, send_file, abort\nfrom werkzeug.utils import secure_filename\nBASE = "/srv"\ndef f():\n    name = request.args["n"]\n${body.replace(/^/gm, '    ')}\n`;
  flagged('a joined name', path('return open(os.path.join(BASE, name)).read()'), 'path-traversal:8');
  flagged('pathlib', path('return (Path(BASE) / name).read_text()'), 'path-traversal:8');
  flagged('send_file', path('return send_file(BASE + "/" + name)'), 'path-traversal:8');
  flagged(
    'a prefix check without normalising',
    path('p = os.path.join(BASE, name)\nif not p.startswith(BASE):\n    abort(404)\nreturn open(p).read()'),
    'path-traversal:11',
  );
  flagged(
    'a check of the extension alone',
    path(
      'if name.rsplit(".", 1)[1] not in ("png", "jpg"):\n    abort(404)\nreturn open(os.path.join(BASE, name), "rb").read()',
    ),
    'path-traversal:10',
  );
  clean('secure_filename', path('return open(os.path.join(BASE, secure_filename(name))).read()'));
  clean('basename', path('return open(os.path.join(BASE, os.path.basename(name))).read()'));
  clean(
    'is_relative_to',
    path('p = (Path(BASE) / name).resolve()\nif not p.is_relative_to(BASE):\n    abort(404)\nreturn p.read_text()'),
  );
  clean(
    'parents',
    path('p = (Path(BASE) / name).resolve()\nif Path(BASE) not in p.parents:\n    abort(404)\nreturn p.read_text()'),
  );
  clean(
    'commonpath',
    path(
      'p = os.path.realpath(os.path.join(BASE, name))\nif os.path.commonpath([BASE, p]) != BASE:\n    abort(404)\nreturn open(p).read()',
    ),
  );
  clean(
    'a refusal of dots',
    path('if ".." in name or name.startswith("/"):\n    abort(404)\nreturn open(os.path.join(BASE, name)).read()'),
  );
  clean(
    'a function that opens what it is given',
    `def load(path):\n    with open(path) as f:\n        return f.read()\n`,
  );
  clean(
    'an output folder',
    `import os\ndef save(out_dir, name, text):\n    with open(os.path.join(out_dir, name + ".txt"), "w") as f:\n        f.write(text)\n`,
  );
});

describe('web frameworks', () => {
  flagged(
    'django',
    `from django.http import HttpResponse\ndef view(request):\n    return HttpResponse("<p>" + request.GET["q"] + "</p>")\n`,
    'xss:3',
  );
  clean(
    'django with a template',
    `from django.shortcuts import render\ndef view(request):\n    return render(request, "x.html", {"q": request.GET["q"]})\n`,
  );
  flagged(
    'fastapi HTML',
    `from fastapi import FastAPI\nfrom fastapi.responses import HTMLResponse\napp = FastAPI()\n@app.get("/x")\ndef view(q: str):\n    return HTMLResponse(f"<p>{q}</p>")\n`,
    'xss:6',
  );
  clean(
    'fastapi JSON',
    `from fastapi import FastAPI\napp = FastAPI()\n@app.get("/x")\ndef view(q: str):\n    return {"q": q, "n": f"hello {q}"}\n`,
  );
  clean(
    'fastapi with a checked type',
    `from fastapi import FastAPI\napp = FastAPI()\n@app.get("/x/{n}")\ndef view(n: int, db):\n    return db.execute(f"SELECT a FROM t WHERE n = {n}")\n`,
  );
  flagged(
    'a translated text with data of the request in a message',
    `from django.contrib import messages\ndef view(request):\n    text = _('Removed (<a href="%(u)s">undo</a>)') % {"u": request.GET["u"]}\n    messages.info(request, text)\n`,
    'xss:4',
  );
  clean(
    'a translated text with escaped data in a message',
    `from django.contrib import messages\nfrom django.utils.html import escape\ndef view(request):\n    text = _('Removed (<a href="%(u)s">undo</a>)') % {"u": escape(request.GET["u"])}\n    messages.info(request, text)\n`,
  );
  flagged(
    'a path parameter of flask',
    `from flask import Flask\napp = Flask(__name__)\n@app.route("/u/<name>")\ndef view(name):\n    return "Hello " + name\n`,
    'xss:5',
  );
  clean(
    'a number in the path',
    `from flask import Flask\napp = Flask(__name__)\n@app.route("/u/<int:number>")\ndef view(number):\n    return "Hello " + str(number)\n`,
  );
  flagged(
    'tornado',
    `import tornado.web\nclass H(tornado.web.RequestHandler):\n    def get(self):\n        self.write("<b>" + self.get_argument("n") + "</b>")\n`,
    'xss:4',
  );
  flagged(
    'a page built step by step',
    `from flask import Flask, request\napp = Flask(__name__)\n@app.route("/x", methods=["POST"])\ndef view():\n    out = ""\n    for key in request.form.keys():\n        out += "<li>" + key + "</li>"\n    return out\n`,
    'xss:8',
  );
  clean(
    'jsonify',
    `from flask import Flask, request, jsonify\napp = Flask(__name__)\n@app.route("/x")\ndef view():\n    return jsonify({"q": request.args["q"]})\n`,
  );
});

describe('broken, old and odd code', () => {
  test('code that is cut off is scanned and says so', async () => {
    const code = `import os\ndef f(h):\n    os.system("ping " + h)\n    x = foo(1,\n`;
    const result = await analyser.scan(code, 'python');
    assert.equal(result.outcome === 'scanned' && result.parse, 'errors');
    assert.deepEqual(await rulesIn(code), ['command-injection:3']);
  });
  flagged(
    'Python 2',
    `import os\ndef f(h):\n    print "pinging %s" % h\n    os.system("ping %s" % h)\n    exec h\n`,
    'command-injection:4',
    'code-injection:5',
  );
  flagged('indented snippets', `    def f(self, h):\n        os.system("ping " + h)\n`, 'command-injection:2');
  flagged(
    'unicode before the finding',
    `# ☃ 𝔘𝔫𝔦𝔠𝔬𝔡𝔢\nimport os\ndef f(größe):\n    os.system("ls 'ü𝔘' " + größe)\n`,
    'command-injection:4',
  );
  flagged('windows line ends', 'import os\r\ndef f(h):\r\n    os.system("ping " + h)\r\n', 'command-injection:3');
  test('spans are in UTF-16 code units', async () => {
    const code = `# 𝔘\nimport os\ndef f(h):\n    os.system("𝔘 " + h)\n`;
    const result = await analyser.scan(code, 'python');
    const span = result.outcome === 'scanned' ? result.findings[0]?.span : null;
    assert.ok(span);
    assert.equal(code.slice(span.start, span.end), 'os.system("𝔘 " + h)');
    assert.deepEqual([span.line, span.endLine], [4, 4]);
  });
  clean('an empty text', '');
  clean('text that is no code', 'Dear all,\n\nplease find attached { the ( report.\n');
  test('another language is unsupported', async () => {
    assert.deepEqual(await analyser.scan('x', 'cobol'), { outcome: 'unsupported' });
  });
});
