/** Finds weaknesses in code, off the main thread and within a deadline. */
import { PurpgateError } from '../../errors.js';
import { LANGUAGES } from './languages.js';
import { Pool } from './pool.js';
import { hashRules, type PrefixResult, type ScanResult } from './scan.js';

export type { ScanResult } from './scan.js';

export interface CodeScanner {
  /**
   * Findings in the order of their place. Code with syntax errors is still scanned, and says so.
   * @param language canonical lower-case name, such as `python`.
   * @throws PurpgateError `guard_failed` on a time-out, a crash or code that is too long; `request_aborted`.
   */
  scan(code: string, language: string, signal?: AbortSignal): Promise<ScanResult>;
  /** Scans all of `code` and tells how much of it is complete top-level statements. Throws as `scan` does. */
  scanPrefix(code: string, language: string, signal?: AbortSignal): Promise<PrefixResult>;
  /** Hex SHA-256 over the rules and the analysis: the same hash finds the same things. */
  readonly rulesHash: string;
  readonly languages: readonly string[];
  /** Idempotent; waits for the threads to end. Jobs that wait or run fail with `guard_failed`. */
  stop(): Promise<void>;
}

interface ScannerOptions {
  /** Threads at most; all but the first start when there is work for them. */
  readonly workers?: number;
  /** Milliseconds that one scan may run. Scans take some milliseconds: this is for what would never end, on a machine that is busy. */
  readonly deadlineMs?: number;
  /** UTF-16 code units of the longest code that is accepted. */
  readonly maxChars?: number;
}

const MAX_CHARS = 1024 * 1024;

/** A scanner that is warm: grammar compiled, rules read and checked. @throws PurpgateError `setting_invalid` for a bad rule file. */
export async function createCodeScanner(options: ScannerOptions = {}): Promise<CodeScanner> {
  const { workers = 1, deadlineMs = 5000, maxChars = MAX_CHARS } = options;
  const pool = new Pool({ workers, deadlineMs });
  const scanPrefix: CodeScanner['scanPrefix'] = async (code, language, signal) => {
    if (code.length > maxChars)
      throw new PurpgateError('guard_failed', {
        message: `code of ${code.length} characters is longer than ${maxChars}`,
      });
    return pool.run(code, language, signal);
  };
  try {
    await pool.warm();
  } catch (thrown) {
    await pool.stop();
    throw thrown;
  }
  return {
    scanPrefix,
    scan: async (code, language, signal) => (await scanPrefix(code, language, signal)).result,
    rulesHash: hashRules(),
    languages: LANGUAGES.map(({ name }) => name),
    stop: () => pool.stop(),
  };
}
