/** A Python with PyTorch for campaigns: one that is given, or a virtual environment that is made and removed again. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const PACKAGES = ['torch==2.13.0', 'numpy', 'safetensors'];
const execute = promisify(execFile);

interface FoundPython {
  readonly python: string;
  remove(): Promise<void>;
}

export async function findPython(given: string | undefined): Promise<FoundPython> {
  if (given !== undefined) return { python: given, remove: () => Promise.resolve() };
  const folder = await mkdtemp(join(tmpdir(), 'purpgate-venv-'));
  const python = join(folder, 'bin', 'python');
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    console.log(`installing ${PACKAGES.join(', ')} into ${folder}`);
    await execute('python3', ['-m', 'venv', folder]);
    await execute(python, ['-m', 'pip', 'install', '--quiet', ...PACKAGES]);
  } catch (thrown) {
    await remove();
    throw thrown;
  }
  return { python, remove };
}

/** What the script printed. */
export async function runPython(python: string, args: readonly string[]): Promise<string> {
  return (await execute(python, [...args], { maxBuffer: 2 ** 24 })).stdout;
}
