/** Scans the code of an answer once for the two oracles that need it. */
import type { CodeScanner, ScanResult } from '../../guard/code/scanner.js';
import type { Finding } from '../../types.js';
import { findCode, type CodeUnit } from '../code.js';
import type { Sample } from '../oracle.js';

export interface ScannedUnit {
  readonly unit: CodeUnit;
  /** The one of the unit's languages that it parsed in; else the likeliest. */
  readonly language: string;
  readonly result: ScanResult;
}

/** A finding in UTF-16 code units of the answer's content; null where it does not stand there character by character. */
export interface LocatedFinding {
  readonly finding: Finding;
  readonly start: number | null;
  readonly end: number | null;
}

interface ScannedCode {
  /** Prose that does not parse as code is no code, and not among these; its findings are. */
  readonly units: readonly ScannedUnit[];
  readonly findings: readonly LocatedFinding[];
}

export type SampleScan = (sample: Sample, signal: AbortSignal) => Promise<ScannedCode>;

/** The scan is remembered per sample object, so that each oracle may ask for it. Rejects as the scanner does. */
export function createSampleScan(scanner: CodeScanner): SampleScan {
  const scans = new WeakMap<Sample, Promise<ScannedCode>>();
  return (sample, signal) => {
    const known = scans.get(sample);
    if (known !== undefined) return known;
    const scan = scanSample(scanner, sample, signal);
    scans.set(sample, scan);
    return scan;
  };
}

async function scanSample(scanner: CodeScanner, sample: Sample, signal: AbortSignal): Promise<ScannedCode> {
  const scanned: ScannedUnit[] = [];
  for (const unit of findCode(sample.response, scanner.languages)) scanned.push(await scanUnit(scanner, unit, signal));
  const findings = scanned.flatMap(({ unit, result }) =>
    result.outcome === 'scanned' ? result.findings.map((finding) => locate(finding, unit)) : [],
  );
  findings.push(...(await scanTogether(scanner, scanned, signal)));
  const units = scanned.filter(({ unit, result }) => unit.trust !== 'prose' || parses(result));
  return { units, findings: distinct(findings) };
}

/** In the first of its languages that it parses in. */
async function scanUnit(scanner: CodeScanner, unit: CodeUnit, signal: AbortSignal): Promise<ScannedUnit> {
  let likeliest: ScannedUnit | null = null;
  for (const language of unit.languages) {
    const scanned = { unit, language, result: await scanner.scan(unit.code, language, signal) };
    if (parses(scanned.result)) return scanned;
    likeliest ??= scanned;
  }
  return likeliest ?? { unit, language: 'unknown', result: { outcome: 'unsupported' } };
}

/** Units of one language read as one file: a weakness may be spread over blocks, each of which is clean. */
async function scanTogether(
  scanner: CodeScanner,
  scanned: readonly ScannedUnit[],
  signal: AbortSignal,
): Promise<LocatedFinding[]> {
  const findings: LocatedFinding[] = [];
  for (const language of new Set(scanned.map((each) => each.language))) {
    const units = scanned.filter((each) => each.language === language && parses(each.result)).map(({ unit }) => unit);
    if (units.length < 2) continue;
    const joined = units.map(({ code }) => (code.endsWith('\n') ? code : `${code}\n`));
    const result = await scanner.scan(joined.join(''), language, signal);
    if (result.outcome === 'scanned') findings.push(...result.findings.map((finding) => place(finding, units, joined)));
  }
  return findings;
}

/** Takes a finding in joined units back to the unit that it begins in. */
function place(finding: Finding, units: readonly CodeUnit[], joined: readonly string[]): LocatedFinding {
  let offset = 0;
  for (const [index, unit] of units.entries()) {
    const length = joined[index]?.length ?? 0;
    if (finding.span !== null && finding.span.start < offset + length) {
      const { start, end } = finding.span;
      const within = { ...finding.span, start: start - offset, end: Math.min(end - offset, unit.code.length) };
      return locate({ ...finding, span: within }, unit);
    }
    offset += length;
  }
  return { finding, start: null, end: null };
}

function locate(finding: Finding, unit: CodeUnit): LocatedFinding {
  if (finding.span === null || unit.start === null) return { finding, start: null, end: null };
  return { finding, start: unit.start + finding.span.start, end: unit.start + finding.span.end };
}

function distinct(findings: readonly LocatedFinding[]): LocatedFinding[] {
  const byPlace = new Map<string, LocatedFinding>();
  for (const located of findings) {
    const { rule, span } = located.finding;
    const key = `${rule} ${located.start ?? `unit ${span?.start ?? ''}`}`;
    if (!byPlace.has(key)) byPlace.set(key, located);
  }
  return [...byPlace.values()];
}

export function parses(result: ScanResult): boolean {
  return result.outcome === 'scanned' && result.parse === 'clean';
}
