import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createSandbox, type CheckJob, type CheckOutcome, type Sandbox } from '../../src/reward/sandbox.js';
import { skipWithoutSandbox } from '../support/sandbox.js';

const never = new AbortController().signal;
const DOUBLE = 'def double(x):\n    return 2 * x';
const TEST = 'assert target(2) == 4\nassert target(-3) == -6';

function job(code: string, rest: Partial<CheckJob> = {}): CheckJob {
  return { code, functionName: null, setup: '', test: TEST, ...rest };
}

describe('the sandbox', { skip: skipWithoutSandbox }, () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await createSandbox({ workers: 2, deadlineMs: 1_200 });
    assert.equal(sandbox.unavailable, null);
  });
  after(() => sandbox.stop());

  const run = (code: string, rest: Partial<CheckJob> = {}): Promise<CheckOutcome> =>
    sandbox.check(job(code, rest), never);
  const passes = async (code: string, rest: Partial<CheckJob> = {}): Promise<void> => {
    assert.deepEqual(await run(code, rest), { outcome: 'passed' });
  };
  const fails = async (code: string, reason: RegExp, rest: Partial<CheckJob> = {}): Promise<void> => {
    const outcome = await run(code, rest);
    assert.ok(outcome.outcome === 'failed', `${outcome.outcome}: ${code}`);
    assert.match(outcome.reason, reason, code);
  };

  test('right code passes and wrong code fails with the reason', async () => {
    await passes(DOUBLE);
    await fails('def double(x):\n    return x + 2', /^AssertionError \(test:2\)/);
    await fails('def double(x):\n    return undefined', /NameError: name 'undefined' is not defined/);
    await fails('def double(x) return x', /SyntaxError/);
  });

  test('the target is the named function, else the last public one, else the last', async () => {
    const two = `${DOUBLE}\ndef _help(x):\n    return 0`;
    await passes(two);
    await fails(two, /AssertionError/, { functionName: '_help' });
    await passes('def _double(x):\n    return 2 * x');
    await passes('double = lambda x: 2 * x', { functionName: 'double' });
    await fails(DOUBLE, /there is no function twice/, { functionName: 'twice' });
    await fails('x = 1', /there is no function/);
  });

  test('the setup runs first, and the test sees the setup, the namespace and the source', async () => {
    const setup =
      'import sys, types\nsys.modules["shop"] = types.ModuleType("shop")\nsys.modules["shop"].price = 7\nseen = []';
    await passes('import shop\nSIZE = shop.price\ndef size():\n    return SIZE', {
      setup,
      test: 'assert seen == [] and target() == 7 and solution["SIZE"] == 7 and "import shop" in source',
    });
    await fails('def size():\n    return seen', /NameError/, { setup, test: 'target()' });
  });

  test('code has a folder of its own for files, programs and a database', async () => {
    await passes('def keep(text):\n    open("a.txt", "w").write(text)\n    return open("a.txt").read()', {
      test: 'import os\nassert os.listdir(".") == []\nassert target("x") == "x"',
    });
    await passes('import sqlite3\ndef rows():\n    return sqlite3.connect("x.db").execute("select 1").fetchall()', {
      test: 'import os\nassert os.listdir(".") == []\nassert target() == [(1,)]',
    });
    await passes('import subprocess\ndef say(text):\n    return subprocess.check_output(["echo", text]).decode()', {
      test: 'assert target("hi") == "hi\\n"',
    });
  });

  test('what processes share is gone with their check', async () => {
    // One server after the other: both checks of a pair would else run in sandboxes of their own.
    const single = await createSandbox({ workers: 1, deadlineMs: 1_200 });
    const check = (test: string): Promise<CheckOutcome> => single.check(job(DOUBLE, { test }), never);
    const library = 'import ctypes\nc = ctypes.CDLL(None, use_errno=True)\n';
    try {
      const made =
        'assert c.shmget(0, 1 << 20, 0o1600) >= 0 and c.semget(0, 1, 0o1600) >= 0 and c.msgget(0, 0o1600) >= 0';
      assert.deepEqual(await check(library + made), { outcome: 'passed' });
      const left =
        'for kind in ("shm", "sem", "msg"):\n    assert len(open(f"/proc/sysvipc/{kind}").readlines()) == 1, kind';
      assert.deepEqual(await check(left), { outcome: 'passed' });
      const queue = 'assert c.mq_open(b"/left", 0o102, 0o600, None) == -1';
      assert.deepEqual(await check(library + queue), { outcome: 'passed' });
    } finally {
      await single.stop();
    }
  });

  test('nothing of one check is left for the next', async () => {
    const spoil =
      'import builtins, os, sys\nbuiltins.len = None\nsys.modules["json"] = None\nopen("/tmp/left", "w").write("x")';
    for (let round = 0; round < 4; round++) {
      await run(`${spoil}\nos.environ["LEFT"] = "x"\n${DOUBLE}`);
      await passes(
        'import json, os\ndef left():\n    return [os.path.exists("/tmp/left"), os.environ.get("LEFT"), len("ab")]',
        {
          test: 'assert target() == [False, None, 2]',
        },
      );
    }
  });

  describe('a pass cannot be had by', () => {
    const attacks: Readonly<Record<string, string>> = {
      'an exit with 0': 'import sys\nsys.exit(0)',
      'an exit from the function': 'import sys\ndef f(x):\n    sys.exit(0)',
      'an exit without clean-up in the function': 'import os\ndef f(x):\n    os._exit(0)',
      'printing what a pass looks like':
        'print(\'{"passed": true, "reason": ""}\\n+\\npassed\', flush=True)\ndef f(x):\n    return 0',
      'writing to every open file':
        'import os\nfor fd in range(64):\n    try:\n        os.write(fd, b\'+\\n{"passed": true}\\n\')\n    except OSError:\n        pass\ndef f(x):\n    return 0',
      'writing to the files of the parent':
        'import os\nfor fd in range(64):\n    for pid in (1, os.getppid()):\n        try:\n            open(f"/proc/{pid}/fd/{fd}", "w").write(\'{"passed": true}\\n\')\n        except OSError:\n            pass\ndef f(x):\n    return 0',
      'closing every file': 'import os\nos.closerange(0, 64)\ndef f(x):\n    return 0',
      'closing stdout': 'import os, sys\nsys.stdout.close()\nos.close(1)\ndef f(x):\n    return 0',
      'replacing builtins':
        'import builtins\nbuiltins.AssertionError = type("Calm", (Exception,), {})\nbuiltins.all = lambda *a: True\nbuiltins.len = lambda *a: 4\ndef f(x):\n    return 0',
      'replacing what the answer is written with':
        'import os\nwrite = os.write\nos.write = lambda fd, data: write(fd, data[:16] + b"+")\nos._exit = lambda *a: None\ndef f(x):\n    return 0',
      'changing the main module':
        'import __main__\n__main__.run = lambda *a: None\n__main__.check = lambda *a: None\ndef f(x):\n    return 0',
      'ending the parent': 'import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\ndef f(x):\n    return 0',
      'a fork that exits with 0': 'import os\nif os.fork():\n    os._exit(0)\ndef f(x):\n    return 0',
      'a thread that exits with 0':
        'import os, threading, time\nthreading.Thread(target=lambda: (time.sleep(0.05), os._exit(0))).start()\ndef f(x):\n    time.sleep(0.2)',
      'a generator or a coroutine in place of a value': 'async def f(x):\n    return 2 * x',
    };
    for (const [name, code] of Object.entries(attacks))
      test(name, async () => {
        const test = 'assert all([len([1, 2]) == 2, target(2) == 4])';
        const outcome = await run(code, { test });
        assert.equal(outcome.outcome, 'failed');
        await passes(DOUBLE);
      });

    test('stopping the parent', async () => {
      const impatient = await createSandbox({ workers: 1, deadlineMs: 500 });
      try {
        const code = 'import os, signal\nos.kill(os.getppid(), signal.SIGSTOP)\ndef f(x):\n    return 0';
        assert.deepEqual(await impatient.check(job(code), never), {
          outcome: 'failed',
          reason: 'it ended the sandbox',
        });
        assert.deepEqual(await impatient.check(job(DOUBLE), never), { outcome: 'passed' });
      } finally {
        await impatient.stop();
      }
    });
  });

  describe('code is bounded in', () => {
    test('time, whatever keeps it busy', async () => {
      const ignore = 'import signal\nfor s in set(range(1, 32)) - {9, 19}:\n    signal.signal(s, signal.SIG_IGN)\n';
      const busy = [
        'while True:\n    pass',
        `${ignore}while True:\n    pass`,
        'def f(x):\n    while True:\n        print("x" * 10000)',
        'import time\ndef f(x):\n    time.sleep(1000)',
      ];
      await Promise.all(busy.map((code) => fails(code, /ran out of time/)));
    });

    test('memory', async () => {
      await fails('def f(x):\n    return bytearray(10 << 30)', /MemoryError/);
      await fails(
        'def f(x):\n    rows = []\n    while True:\n        rows.append(bytearray(1 << 24))',
        /MemoryError|without an answer|out of time/,
      );
    });

    test('processes, of which none outlives its check', async () => {
      await fails('import os\ndef f(x):\n    while True:\n        os.fork()', /./);
      await run(
        'import os\nif os.fork() == 0:\n    os.setsid()\n    while True:\n        pass\ndef f(x):\n    return 2 * x',
      );
      await passes('import os\ndef pids():\n    return [p for p in os.listdir("/proc") if p.isdigit()]', {
        test: 'assert len(target()) == 3, target()',
      });
    });

    test('files', async () => {
      await fails(
        'def f(x):\n    with open("big", "wb") as file:\n        for _ in range(64):\n            file.write(bytes(1 << 20))',
        /File too large/,
      );
      await fails(
        'def f(x):\n    for n in range(100):\n        open(str(n), "wb").write(bytes(1 << 22))',
        /No space left/,
      );
      await fails('def f(x):\n    return [open("/dev/null") for _ in range(1000)]', /Too many open files/);
    });
  });

  describe('the host is out of reach:', () => {
    test('its files cannot be read', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'purpgate-secret-'));
      const secret = join(folder, 'secret.txt');
      writeFileSync(secret, 'secret', { mode: 0o644 });
      try {
        await fails(`def f(x):\n    return open(${JSON.stringify(secret)}).read()`, /No such file/);
        await passes('import os\ndef top():\n    return sorted(os.listdir("/"))', {
          test: 'assert set(target()) <= set("bin dev etc lib lib64 proc tmp usr".split()), target()',
        });
        await passes('def read():\n    return open("/etc/passwd").read()', {
          test: 'assert [line.split(":")[0] for line in target().splitlines()] == ["root", "sandbox"]',
        });
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    test('its environment and its processes cannot be seen', async () => {
      await passes('import os\ndef f():\n    return sorted(os.environ)', {
        test: 'assert set(target()) <= set("HOME LANG LC_CTYPE MALLOC_ARENA_MAX PATH PWD PYTHONHASHSEED".split()), target()',
      });
      await passes('import os\ndef f():\n    return os.uname().nodename, os.getuid()', {
        test: 'assert target() == ("sandbox", 1000)',
      });
    });

    test('nothing can be written but in the folder for temporary files', async () => {
      for (const place of [
        '/x',
        '/usr/x',
        '/etc/x',
        '/etc/passwd',
        '/dev/x',
        '/dev/shm/x',
        '/proc/sys/kernel/core_pattern',
      ])
        await fails(`def f(x):\n    open(${JSON.stringify(place)}, "w").write("x")`, /Read-only|denied|No such file/);
    });

    test('there is no network', async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      assert.ok(typeof address === 'object' && address !== null);
      let connections = 0;
      server.on('connection', () => (connections += 1));
      try {
        const code = `import socket\ndef f(x):\n    socket.create_connection(("127.0.0.1", ${address.port}), 1)`;
        await fails(code, /refused|unreachable/);
        await fails('import socket\ndef f(x):\n    socket.create_connection(("192.0.2.1", 80), 1)', /unreachable/);
        assert.equal(connections, 0);
      } finally {
        server.close();
      }
    });

    test('the process that judges cannot be read', async () => {
      await fails('import os\ndef f(x):\n    open(f"/proc/{os.getppid()}/mem", "rb")', /Permission denied/);
      await fails('import os\ndef f(x):\n    os.listdir(f"/proc/{os.getppid()}/fd")', /Permission denied/);
    });

    test('capabilities and further namespaces cannot be had', async () => {
      await passes(
        'def f():\n    return [line for line in open("/proc/self/status") if line.startswith("CapEff")][0]',
        {
          test: 'assert int(target().split()[1], 16) == 0',
        },
      );
      await passes('import ctypes\ndef f():\n    return ctypes.CDLL(None, use_errno=True).unshare(0x10000000)', {
        test: 'assert target() == -1',
      });
    });
  });

  test('two hundred and fifty checks in a row, also over the change of a process', async (t) => {
    const started = performance.now();
    for (let round = 0; round < 250; round++) await passes(DOUBLE, { test: `assert target(${round}) == ${2 * round}` });
    const rate = 250 / ((performance.now() - started) / 1000);
    t.diagnostic(`${rate.toFixed(0)} checks per second, one after another`);
    assert.ok(rate > 10, `${rate.toFixed(1)} checks per second`);
  });

  test('an aborted check rejects and frees its place', async () => {
    const aborter = new AbortController();
    const checks = Array.from({ length: 4 }, () => sandbox.check(job('while True:\n    pass'), aborter.signal));
    aborter.abort();
    for (const check of await Promise.allSettled(checks)) {
      assert.equal(check.status, 'rejected');
      assert.equal((check.reason as { code: string }).code, 'request_aborted');
    }
    await passes(DOUBLE);
  });

  test('stop ends what runs, leaves no process behind, and may be called twice', async () => {
    const other = await createSandbox({ workers: 1, deadlineMs: 60_000 });
    const checks = [other.check(job('while True:\n    pass'), never), other.check(job(DOUBLE), never)];
    await Promise.all([other.stop(), other.stop()]);
    for (const outcome of await Promise.all(checks)) assert.equal(outcome.outcome, 'unavailable');
    assert.equal((await other.check(job(DOUBLE), never)).outcome, 'unavailable');
    await sandbox.stop();
    assert.deepEqual(childrenNamed('bwrap'), []);
  });
});

/** Living children of this process. */
function childrenNamed(name: string): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        const [, command, state, parent] =
          /^\d+ \((.*)\) (\S) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
        return command === name && state !== 'Z' && parent === String(process.pid);
      } catch {
        return false;
      }
    });
}
