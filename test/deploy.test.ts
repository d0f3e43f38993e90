/** What deploy/ says of purpgate is so: its settings, commands, ports, probes and names are those of the code. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { parse, parseDocument } from 'yaml';
import { SETTINGS, childEnvironment, loadConfig, packageRoot } from '../src/config.js';
import { parsePools } from '../src/engine/upstream/pools.js';
import { TOPICS } from '../src/events/event-log.js';
import { groupName, topicName } from '../src/events/kafka/connection.js';
import { GROUP } from '../src/reward/scorer.js';
import { readArguments } from '../trainer/grpo-plan.js';

const folder = join(packageRoot, 'deploy');
const chart = join(folder, 'helm', 'purpgate');
const read = (...names: string[]): string => readFileSync(join(...names), 'utf8');

const enginesFile = read(folder, 'engines.yaml');
const keyVariables = [...enginesFile.matchAll(/api_key_env: (\w+)/g)].map(([, name]) => name);
const known = new Set<string | undefined>([
  ...Object.values(SETTINGS).map(({ variable }) => variable),
  ...keyVariables,
]);
const isKnown = (names: Iterable<string | undefined>) => [...names].filter((name) => !known.has(name));
const paths = Object.keys((parse(read(packageRoot, 'openapi', 'purpgate.yaml')) as { paths: object }).paths);

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly volumes?: readonly string[];
  readonly read_only?: boolean;
  readonly deploy?: { readonly replicas?: number };
}

const compose = parse(read(folder, 'compose.yaml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: object;
};
const services = Object.entries(compose.services);
const ours = services.filter(([, { image }]) => image.startsWith('purpgate:'));
const dockerfile = read(folder, 'Dockerfile').replaceAll('\\\n', '');
const instruction = (name: string): string[] =>
  [...dockerfile.matchAll(new RegExp(`^${name} (.*)$`, 'gm'))].map(([, rest = '']) => rest.trim());
const imageEnvironment = Object.fromEntries(
  instruction('ENV').flatMap((line) => line.split(' ').map((pair) => pair.split('=') as [string, string])),
);
const templates = readdirSync(join(chart, 'templates')).map((name) => read(chart, 'templates', name));
const values = parse(read(chart, 'values.yaml')) as Record<string, unknown>;

/** Words of a command that the command line must know. */
const commands = [
  ...ours.map(([, { command = [] }]) => command),
  ...templates.flatMap((text) =>
    [...text.matchAll(/args: \[(.*)\]/g)].map(([, args = '']) => args.split(/, */).map((word) => word.trim())),
  ),
  JSON.parse(instruction('CMD').at(-1) ?? '[]') as string[],
];

describe('every role', () => {
  test('has a command that the command line knows', async () => {
    const main = join(packageRoot, 'dist/src/cli/main.js');
    const { stdout } = await promisify(execFile)(process.execPath, [main, '--help'], { env: childEnvironment() });
    for (const [name = ''] of commands) assert.match(stdout, new RegExp(`^  ${name} `, 'm'));
    assert.deepEqual(new Set(commands.map(([name]) => name)), new Set(['migrate', 'serve', 'score', 'train']));
    assert.equal(instruction('ENTRYPOINT').join(), '["node", "dist/src/cli/main.js"]');
  });

  test('gives the trainer options that it takes', () => {
    const trainers = commands.filter(([name]) => name === 'train');
    assert.equal(trainers.length, 2);
    for (const [, algorithm, ...options] of trainers) {
      assert.equal(algorithm, 'grpo');
      assert.doesNotThrow(() => readArguments(options));
    }
  });
});

describe('the Dockerfile', () => {
  test('copies what is there, and what the code reads at run time', () => {
    const copied = instruction('COPY').filter((line) => !line.startsWith('--from'));
    const sources = copied.flatMap((line) => line.split(' ').slice(0, -1));
    assert.deepEqual(
      sources.filter((name) => !existsSync(join(packageRoot, name))),
      [],
    );
    for (const name of ['migrations', 'models', 'src', 'trainer', 'package.json']) assert.ok(sources.includes(name));
  });

  test('names settings, ports and a health route of the code, and a user that is not root', () => {
    assert.deepEqual(isKnown(Object.keys(imageEnvironment).filter((name) => name !== 'NODE_ENV')), []);
    assert.deepEqual(instruction('EXPOSE'), [`${imageEnvironment['PORT']} ${imageEnvironment['ADMIN_PORT']}`]);
    assert.deepEqual(instruction('USER'), ['node']);
    const [, port, path = ''] = /127\.0\.0\.1:(\d+)([/\w]+)/.exec(instruction('HEALTHCHECK').join()) ?? [];
    assert.equal(port, imageEnvironment['PORT']);
    assert.ok(paths.includes(path));
    assert.equal(instruction('VOLUME').join(), imageEnvironment['PURPGATE_DATA']);
  });

  test('leaves files of the working folder out of the image', () => {
    const ignored = read(packageRoot, '.dockerignore').split('\n');
    for (const name of ['.git', '.purpgate', 'node_modules', 'dist']) assert.ok(ignored.includes(name), name);
  });
});

describe('compose.yaml', () => {
  test('gives each of our services settings that are valid together', () => {
    assert.ok(ours.length >= 5);
    for (const [name, { environment = {} }] of ours) {
      assert.deepEqual(isKnown(Object.keys(environment)), [], name);
      const filled = Object.entries(environment).map(([key, value]) => [
        key,
        value.replaceAll(/\$\{\w+:\?[^}]*\}/g, 'x'),
      ]);
      assert.doesNotThrow(() => loadConfig(Object.fromEntries(filled) as Record<string, string>), name);
    }
  });

  test('runs two gateways with data of their own, two scorers and a trainer, on a root that cannot be written to', () => {
    const roles = ours.map(([, { command, deploy }]) => ({ role: command?.[0], count: deploy?.replicas ?? 1 }));
    const count = (role: string) => roles.filter((one) => one.role === role).reduce((sum, one) => sum + one.count, 0);
    assert.deepEqual(['serve', 'score', 'train', 'migrate'].map(count), [2, 2, 1, 1]);
    const data = ours.flatMap(([, { volumes = [] }]) => volumes);
    assert.equal(new Set(data).size, data.length);
    assert.ok(ours.every(([, { read_only: readOnly }]) => readOnly === true));
  });

  test('publishes ports that the image listens on, to this machine only, and none of the model server', () => {
    for (const [name, { ports = [] }] of services)
      for (const port of ports) {
        const [host, , inside] = port.split(':');
        assert.equal(host, '127.0.0.1', name);
        assert.ok([imageEnvironment['PORT'], imageEnvironment['ADMIN_PORT']].includes(inside), port);
      }
    assert.equal(compose.services['vllm']?.ports, undefined);
  });

  test('asks a server that it runs, by the model that this one serves', () => {
    const [{ upstreams, model, rules }] = parsePools(enginesFile, () => 'secret');
    const vllm = compose.services['vllm']?.command ?? [];
    const { hostname, port } = new URL(upstreams[0]?.url ?? '');
    assert.ok(hostname in compose.services);
    assert.equal(vllm[vllm.indexOf('--port') + 1], port);
    assert.equal(vllm[vllm.indexOf('--model') + 1], model);
    assert.equal(rules, 'on');
    assert.ok(vllm.includes('--enable-lora'));
  });

  test('depends on services and volumes that are there', () => {
    for (const [, { depends_on: needs = {}, volumes = [] }] of services) {
      for (const name of Object.keys(needs)) assert.ok(name in compose.services, name);
      for (const volume of volumes) assert.ok((volume.split(':')[0] ?? '') in compose.volumes, volume);
    }
  });
});

describe('the Helm chart', () => {
  test('has values that purpgate takes', () => {
    const { settings, secrets, engines } = values as Record<string, Record<string, string>>;
    const roles = ['gateway', 'scorer', 'trainer'].map((role) => (values[role] as { settings: object }).settings);
    assert.deepEqual(isKnown([settings, secrets, ...roles].flatMap((each) => Object.keys(each ?? {}))), []);
    const secretNames = Object.fromEntries(Object.keys(secrets ?? {}).map((name) => [name, 'postgresql://x']));
    assert.doesNotThrow(() => loadConfig({ ...settings, ...secretNames }));
    const text = JSON.stringify({ engines });
    assert.deepEqual(
      parsePools(text, () => 'x'),
      parsePools(enginesFile, () => 'x'),
    );
    const { appVersion } = parse(read(chart, 'Chart.yaml')) as { appVersion: string };
    assert.equal(appVersion, (JSON.parse(read(packageRoot, 'package.json')) as { version: string }).version);
  });

  test('uses values that exist, and settings and routes of the code', () => {
    const all = templates.join('\n');
    for (const [, path = ''] of all.matchAll(/\.Values\.([\w.]+)/g)) {
      const value = path
        .split('.')
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], values);
      assert.notEqual(value, undefined, path);
    }
    assert.deepEqual(isKnown([...all.matchAll(/name: ([A-Z][A-Z_]+)/g)].map(([, name]) => name)), []);
    const probes = [...all.matchAll(/httpGet: \{ path: (\S+),/g)].map(([, path = '']) => path);
    assert.equal(probes.length, 3);
    assert.ok(probes.every((path) => paths.includes(path)));
  });

  test('scales by metrics and groups that exist', () => {
    const text = templates.find((template) => template.includes('ScaledObject')) ?? '';
    const [metric = ''] = /purpgate_\w+/.exec(text) ?? [];
    assert.ok(read(packageRoot, 'src/telemetry.ts').includes(`'${metric}'`), metric);
    const kafka = loadConfig({ KAFKA_BROKERS: 'kafka:9092' });
    assert.ok(text.includes(`}}${groupName(kafka, TOPICS.interactions, GROUP)}\n`));
    assert.ok(text.includes(`}}${topicName(kafka, TOPICS.interactions)}\n`));
  });

  test('opens ways to every server that its settings name', () => {
    const { egressPorts } = values['networkPolicy'] as { egressPorts: number[] };
    const { KAFKA_BROKERS = '' } = values['settings'] as Record<string, string>;
    const [pool] = parsePools(JSON.stringify({ engines: values['engines'] }), () => 'x');
    const named = [KAFKA_BROKERS, ...pool.upstreams.map(({ url }) => new URL(url).host)];
    assert.ok(named.every((address) => egressPorts.includes(Number(address.split(':').at(-1)))));
  });

  test('is YAML that parses, outside of its templates', () => {
    for (const name of ['Chart.yaml', 'values.yaml']) assert.deepEqual(parseDocument(read(chart, name)).errors, []);
    for (const template of templates) assert.equal(template.split('{{').length, template.split('}}').length);
  });
});
