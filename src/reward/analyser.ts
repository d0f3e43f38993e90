/**
 * Security analysers of others as own oracles: the code of an answer is written to a folder of its own, read by the operator's command, and
 * never run. Marks by which code switches an analyser off (`# nosec`) are not heeded: a policy would learn them.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { childEnvironment } from '../config.js';
import { PurpgateError } from '../errors.js';
import type { Evidence } from '../events/interaction.js';
import { ANALYSERS, type AnalyserFinding, type AnalyserReport } from './analyser-reports.js';
import { findCode, type CodeUnit } from './code.js';
import type { AnalyserSettings } from './composition.js';
import { undecided, type Judgement, type Sample } from './oracle.js';
import type { OwnOracle } from './own-oracle.js';

const MOST_OUTPUT_BYTES = 16 << 20;
const VERSION_MS = 20_000;
const LONGEST_MESSAGE = 300;

/** 1 when all code was read and nothing of medium severity or more was found; 0 for a finding; null for all else. Never rejects. */
export async function createAnalyser(settings: AnalyserSettings): Promise<OwnOracle> {
  const { name, command, rules, kinds, timeoutMs } = settings;
  const { languages, argumentsFor, read } = ANALYSERS[name];
  const running = new Set<Promise<unknown>>();
  const stopped = new AbortController();

  async function analyse(units: readonly CodeUnit[], signal: AbortSignal): Promise<Judgement> {
    const folder = await mkdtemp(join(tmpdir(), 'purpgate-analyser-'));
    try {
      const files = units.map(({ languages: [language] }, index) => `${index}.${languages[language ?? ''] ?? 'txt'}`);
      for (const [index, { code }] of units.entries()) await writeFile(join(folder, files[index] ?? ''), code);
      const report = read(await run(command, argumentsFor(folder, rules), signal));
      return judgementOf(name, report, { units, files });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  return {
    name,
    kinds,
    about: 'code',
    timeoutMs,
    version: await versionOf(settings),
    async judge(sample, signal) {
      const units = unitsOf(sample, Object.keys(languages));
      if (units.length === 0) return undecided('there is no code to analyse');
      const unread = units.find(({ languages: [language] }) => languages[language ?? ''] === undefined);
      if (unread !== undefined) return undecided(`${name} does not read ${unread.languages[0] ?? 'the code'}`);
      const timeout = AbortSignal.timeout(timeoutMs);
      const work = analyse(units, AbortSignal.any([signal, timeout, stopped.signal]));
      running.add(work);
      try {
        return await work;
      } catch (thrown) {
        if (timeout.aborted) return undecided(`${name} ran out of time`);
        return undecided(`${name} failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      } finally {
        running.delete(work);
      }
    },
    async stop() {
      stopped.abort();
      await Promise.allSettled(running);
    },
  };
}

/** Prose that might be code is left out: it would not parse. */
function unitsOf({ response }: Sample, languages: readonly string[]): readonly CodeUnit[] {
  return findCode(response, languages).filter(({ trust }) => trust !== 'prose');
}

interface Analysed {
  readonly units: readonly CodeUnit[];
  readonly files: readonly string[];
}

function judgementOf(name: string, report: AnalyserReport, { units, files }: Analysed): Judgement {
  const evidence = report.findings.map((finding) =>
    evidenceOf(name, finding, units[files.indexOf(basename(finding.file))]),
  );
  if (evidence.length > 0) return { value: 0, evidence };
  if (report.failure !== null) return undecided(`${name} could not read the code: ${report.failure}`);
  const read = report.files.map((path) => basename(path));
  if (!files.every((file) => read.includes(file))) return undecided(`${name} left out some of the code`);
  return { value: 1, evidence: [] };
}

function evidenceOf(name: string, { rule, cwe, line, message }: AnalyserFinding, unit: CodeUnit | undefined): Evidence {
  const lines = unit?.code.split('\n') ?? [];
  const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  const start = unit === undefined || unit.start === null ? null : unit.start + before;
  const end = start === null ? null : start + (lines[line - 1]?.length ?? 0);
  return { rule: `${name}/${rule}`, cwe, start, end, message: message.slice(0, LONGEST_MESSAGE) };
}

/** Of the command and of its rules: whatever changes them may change a judgement. */
async function versionOf({ name, command, rules }: AnalyserSettings): Promise<string> {
  const told = await run(command, ANALYSERS[name].versionArguments, AbortSignal.timeout(VERSION_MS)).catch(() => '');
  const version = /\d+(?:\.\d+)+/.exec(told)?.[0] ?? 'absent';
  if (rules === null) return `${name}:${version}`;
  return `${name}:${version}+${createHash('sha256').update(readFileSync(rules)).digest('hex').slice(0, 12)}`;
}

/** What it prints. A group of its own, so that nothing that it starts outlives it. @throws PurpgateError `internal_error`, also for a status above 1. */
function run(command: string, given: readonly string[], signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      reject(new PurpgateError('internal_error', { message: reason }));
    };
    if (signal.aborted) {
      fail('it was stopped');
      return;
    }
    const child = spawn(command, given, {
      detached: true,
      env: childEnvironment(),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const kill = (): void => {
      // Also when it has ended itself: what it started may still hold the pipe.
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The whole group has ended meanwhile.
      }
    };
    signal.addEventListener('abort', kill, { once: true });
    const chunks: Buffer[] = [];
    let length = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > MOST_OUTPUT_BYTES) kill();
      else chunks.push(chunk);
    });
    child.once('error', (error) => {
      fail(`the command ${command} cannot be started (${error.message})`);
    });
    child.once('close', (status) => {
      signal.removeEventListener('abort', kill);
      // The status 1 tells of findings.
      if (status === 0 || status === 1) resolve(Buffer.concat(chunks).toString('utf8'));
      else fail(status === null ? 'it was killed' : `it ended with the status ${status}`);
    });
  });
}
