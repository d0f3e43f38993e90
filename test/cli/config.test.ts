import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { childEnvironment, packageRoot } from '../../src/config.js';
import { temporaryFolder } from '../support/folder.js';

describe('purpgate config check', () => {
  test('says what serves which model without its key, or the path of what is wrong', async (context) => {
    const file = join(await temporaryFolder(context), 'engines.yaml');
    const check = async (pool: string) => {
      await writeFile(file, `engines: { main: { model: m, api_key_env: THEIR_KEY, ${pool} } }`);
      const env = { ...childEnvironment(), ENGINES_FILE: file, THEIR_KEY: 'sk-hidden' };
      return promisify(execFile)(process.execPath, [join(packageRoot, 'dist/src/cli/main.js'), 'config', 'check'], {
        env,
      });
    };
    const { stdout } = await check('serves: [ours], upstreams: [{ url: http://a:1/v1, weight: 2 }]');
    assert.match(stdout, /valid[^]*main: ours by openai-chat, rules off, a key\n\s+http:\/\/a:1\/v1 \(weight 2\)/);
    assert.ok(!stdout.includes('sk-hidden'));
    await assert.rejects(check('upstreams: [{ url: a }]'), (error: { code?: number; stderr?: string }) => {
      assert.equal(error.code, 1);
      assert.equal(
        error.stderr,
        'purpgate: engines.main.upstreams[0].url: expected a URL that starts with http: or https:\n',
      );
      return true;
    });
  });

  test('says which policy is for whom, or the path of what is wrong', async (context) => {
    const file = join(await temporaryFolder(context), 'policies.yaml');
    const check = async (action: string) => {
      const policies = `policies: { acme: { code: { high: ${action} } } }`;
      await writeFile(file, `${policies}\nuse: [{ policy: acme, tenant: acme, model: m }]`);
      const env = { ...childEnvironment(), POLICIES_FILE: file, GUARD_POLICY: 'strict' };
      return promisify(execFile)(process.execPath, [join(packageRoot, 'dist/src/cli/main.js'), 'config', 'check'], {
        env,
      });
    };
    assert.match((await check('block')).stdout, /acme for tenant acme, model m\n\s+strict for all others\n/);
    await assert.rejects(check('deny'), {
      code: 1,
      stderr: 'purpgate: policies.acme.code.high: expected one of by-rule, block, repair, annotate, observe\n',
    });
  });
});
