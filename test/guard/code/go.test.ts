import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { Analyser } from '../../../src/guard/code/scan.js';
import { GO_PAIRS } from './go-pairs.js';
import { SAFE_GO } from './go-safe-programs.js';
import { describeRules, findingsIn } from './rule-suite.js';

const analyser = new Analyser();
before(() => analyser.warm());

const found = (code: string): Promise<string[]> => findingsIn(analyser, 'go', code);

describeRules(analyser, { language: 'go', title: 'Go', pairs: GO_PAIRS, safePrograms: SAFE_GO, weaknesses: 35 });

describe('data is followed in Go', () => {
  const SINK = 'exec.Command("sh", "-c", "ls "+x).Run()';
  const HANDLER = 'func f(w http.ResponseWriter, r *http.Request) {\n';
  for (const [name, code] of Object.entries({
    'through a method of the same object': `func (s *Server) f(w http.ResponseWriter, r *http.Request) {\n\ts.run(r.FormValue("a"))\n}\n\nfunc (s *Server) run(x string) {\n\t${SINK}\n}\n`,
    'through a loop and a list': `${HANDLER}\tvar all []string\n\tall = append(all, r.FormValue("a"))\n\n\tfor _, x := range all {\n\t\t${SINK}\n\t}\n}\n`,
    'through two results of a function of the file': `${HANDLER}\tx, err := read(r)\n\tif err != nil {\n\t\treturn\n\t}\n\t${SINK}\n}\n\nfunc read(r *http.Request) (string, error) {\n\treturn r.FormValue("a"), nil\n}\n`,
    'through a value that a request is decoded into': `${HANDLER}\tvar in Input\n\tif json.NewDecoder(r.Body).Decode(&in) != nil {\n\t}\n\tx := in.Name\n\t${SINK}\n}\n`,
    'through a map and a builder': `${HANDLER}\tm := map[string]string{"a": r.FormValue("a")}\n\tvar b strings.Builder\n\tfmt.Fprintf(&b, "%s", m["a"])\n\tx := b.String()\n\t${SINK}\n}\n`,
    'through the body of a request': `${HANDLER}\tbody, err := io.ReadAll(r.Body)\n\t_ = err\n\tx := strings.TrimSpace(string(body))\n\n\t${SINK}\n}\n`,
    'in a function literal': `func main() {\n\thttp.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {\n\t\tx := r.FormValue("a")\n\t\tgo func() {\n\n\t\t\t${SINK}\n\t\t}()\n\t})\n}\n`,
  }))
    test(name, async () => {
      const line = code.split('\n').findIndex((text) => text.includes(SINK)) + 1;
      assert.deepEqual(await found(code), [`command-injection:${line}`]);
    });

  const READ = `${HANDLER}\tx := r.FormValue("a")\n`;
  for (const [name, code] of Object.entries({
    'a switch over its values': `${READ}\tswitch x {\n\tcase "b", "c":\n\tdefault:\n\t\treturn\n\t}\n\t${SINK}\n}\n`,
    'a map of names': `${READ}\tif _, ok := known[x]; !ok {\n\t\treturn\n\t}\n\t${SINK}\n}\n`,
    'a map of truths beside another condition': `${READ}\tif x == "" || !known[x] {\n\t\treturn\n\t}\n\t${SINK}\n}\n`,
    'a list of names': `${READ}\tif !slices.Contains([]string{"b", "c"}, x) {\n\t\treturn\n\t}\n\t${SINK}\n}\n`,
    'a number': `${HANDLER}\tx, err := strconv.Atoi(r.FormValue("a"))\n\tif err != nil {\n\t\treturn\n\t}\n\texec.Command("sh", "-c", fmt.Sprintf("ls %d", x)).Run()\n}\n`,
    'a function that returns an error': `${READ}\tif err := check(x); err != nil {\n\t\treturn\n\t}\n\t${SINK}\n}\n\nfunc check(name string) error {\n\tif !regexp.MustCompile("^[a-z]+$").MatchString(name) {\n\t\treturn errors.New("name")\n\t}\n\treturn nil\n}\n`,
  }))
    test(`and not where it is decided by ${name}`, async () => {
      assert.deepEqual(await found(code), []);
    });

  test('and a tree that is too deep is scanned all the same', async () => {
    const deep = `a := ${'('.repeat(600)}1${')'.repeat(600)}\n`;
    const code = `func f() {\n${'{\n'.repeat(400)}${deep}${'}\n'.repeat(400)}}\n`;
    assert.equal((await analyser.scan(code, 'go')).outcome, 'scanned');
  });
});
