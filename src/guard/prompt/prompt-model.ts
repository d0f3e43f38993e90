/** A prompt model as a folder: the shipped one over words, or any text classification of Hugging Face as ONNX. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PurpgateError } from '../../errors.js';
import { createSession, float32, int32, int64, type Feeds, type Session } from '../../lm/runtime.js';
import { loadEncoder, readJson, type Encoder } from '../../lm/tokenizer.js';
import type { PromptLabel } from '../policy.js';
import {
  BUCKETS,
  FEATURES_VERSION,
  featuresOf,
  type Sentences,
  type Surroundings,
  windowsOf,
} from './model-features.js';
import { ATTACKS, type AttackLabel } from './prompt-judge.js';

/** Probability of each label, in [0, 1]. */
export type Scores = Readonly<Record<AttackLabel, number>>;

export const NO_SCORES: Scores = { malicious: 0, jailbreak: 0, injection: 0 };

export interface PromptModel {
  /** Hex SHA-256 over its files. */
  readonly hash: string;
  /** The labels that it tells apart. */
  readonly knows: readonly AttackLabel[];
  /** The highest score of each label over the windows of the text. Between windows it gives way, and stops when `signal` aborts. */
  score(text: string, surroundings: Surroundings, signal: AbortSignal): Promise<Scores>;
  release(): Promise<void>;
}

/** `model_type` of the shipped kind in config.json. */
export const WORDS_MODEL = 'purpgate-words';

interface Head {
  /** The label of each output. */
  readonly labels: readonly PromptLabel[];
  /** Independent probabilities, or one distribution. */
  readonly activation: 'sigmoid' | 'softmax';
}

/** @throws PurpgateError `model_unusable` for a folder that holds no such model, or labels that nobody knows. */
export async function loadPromptModel(folder: string): Promise<PromptModel> {
  const config = await readJson(folder, 'config.json');
  if (config === null) throw unusable(folder, 'has no config.json');
  const bytes = await readModel(folder);
  const hash = createHash('sha256').update(JSON.stringify(config)).update(bytes).digest('hex');
  const head: Head = {
    labels: labelsOf(config['id2label'], folder),
    activation: config['problem_type'] === 'multi_label_classification' ? 'sigmoid' : 'softmax',
  };
  const isWords = config['model_type'] === WORDS_MODEL;
  if (isWords && (config['buckets'] !== BUCKETS || config['features_version'] !== FEATURES_VERSION))
    throw unusable(folder, 'was made for other features; train it again');
  const encoder = isWords ? null : await loadEncoder(folder);
  const session = await createSession(bytes, { threads: 1, spinning: false });
  const windows: WindowMaker =
    encoder === null ? wordWindows : tokenWindows(encoder, { names: session.inputNames, most: longest(config) });
  return {
    hash,
    knows: ATTACKS.filter((label) => head.labels.includes(label)),
    score: (text, surroundings, signal) => best(session, head, { windows: windows(text, surroundings), signal }),
    release: () => session.release(),
  };
}

function unusable(folder: string, reason: string, cause?: unknown): PurpgateError {
  return new PurpgateError('model_unusable', { message: `${folder} ${reason}`, cause });
}

async function readModel(folder: string): Promise<Uint8Array> {
  for (const name of ['model.onnx', join('onnx', 'model.onnx')]) {
    const bytes = await readFile(join(folder, name)).catch(() => null);
    if (bytes !== null) return bytes;
  }
  throw unusable(folder, 'has no model.onnx');
}

/** Names as classifiers in use have them; `LABEL_0` and `LABEL_1` are what is left of two classes without names. */
const NAMES: readonly (readonly [RegExp, PromptLabel])[] = [
  [/jailbreak/i, 'jailbreak'],
  [/inject/i, 'injection'],
  [/unsafe|malicious|harm|attack|toxic|^label_1$/i, 'malicious'],
  [/benign|safe|legit|clean|normal|^label_0$/i, 'benign'],
];

function labelsOf(id2label: unknown, folder: string): PromptLabel[] {
  const names: unknown[] = typeof id2label === 'object' && id2label !== null ? Object.values(id2label) : [];
  if (names.length === 0) throw unusable(folder, 'names no labels: config.json needs id2label');
  return names.map((name) => {
    const label = NAMES.find(([pattern]) => typeof name === 'string' && pattern.test(name))?.[1];
    if (label === undefined) throw unusable(folder, `has a label that says neither attack nor benign: ${String(name)}`);
    return label;
  });
}

const MOST_TOKENS = 512;

function longest(config: Readonly<Record<string, unknown>>): number {
  const positions = config['max_position_embeddings'];
  return typeof positions === 'number' ? Math.min(MOST_TOKENS, positions) : MOST_TOKENS;
}

type WindowMaker = (text: string, surroundings: Surroundings) => Iterable<Feeds>;

/** Windows of a run of the shipped model. */
const BATCH = 32;

function* wordWindows(text: string, surroundings: Surroundings): Generator<Feeds> {
  const features = windowFeatures(text, surroundings);
  for (let from = 0; from < features.length; from += BATCH) yield padded(features.slice(from, from + BATCH));
}

/** The features of every window of a text: short ones, and long ones where the text is longer. */
export function windowFeatures(text: string, surroundings: Surroundings): Int32Array[] {
  const short = windowsOf(text, 'short');
  const windows = short.length > 1 ? [...windowsOf(text, 'long'), ...short] : short;
  const sentences: Sentences = new Map();
  return windows.map((window) => featuresOf(window, surroundings, sentences));
}

/** A feature weighs 1 / sqrt(features of its window), and the padding nothing. */
function padded(windows: readonly Int32Array[]): Feeds {
  const width = Math.max(...windows.map(({ length }) => length));
  const features = new Int32Array(windows.length * width);
  const weights = new Float32Array(windows.length * width);
  for (const [at, window] of windows.entries()) {
    features.set(window, at * width);
    weights.fill(1 / Math.sqrt(window.length), at * width, at * width + window.length);
  }
  return {
    features: int32(features, [windows.length, width]),
    weights: float32(weights, [windows.length, 1, width]),
  };
}

/** Windows of tokens that overlap by a quarter, with the model's own tokens around each. */
function tokenWindows(
  { encode, around }: Encoder,
  { names, most }: { readonly names: readonly string[]; readonly most: number },
): WindowMaker {
  const room = most - around.length;
  return function* (text) {
    const ids = encode(text);
    for (let from = 0; from < ids.length; from += Math.ceil((room * 3) / 4)) {
      const window = [...around.slice(0, 1), ...ids.slice(from, from + room), ...around.slice(1)];
      const of = (value: (id: number) => number) =>
        int64(
          BigInt64Array.from(window, (id) => BigInt(value(id))),
          [1, window.length],
        );
      const known = { input_ids: of((id) => id), attention_mask: of(() => 1), token_type_ids: of(() => 0) };
      yield Object.fromEntries(Object.entries(known).filter(([name]) => names.includes(name)));
      if (from + room >= ids.length) break;
    }
  };
}

async function best(
  session: Session,
  { labels, activation }: Head,
  { windows, signal }: { readonly windows: Iterable<Feeds>; readonly signal: AbortSignal },
): Promise<Scores> {
  let highest = NO_SCORES;
  for (const feeds of windows) {
    if (signal.aborted) throw new PurpgateError('guard_failed', { message: 'the prompt model was stopped' });
    const { logits } = await session.run(feeds, ['logits']);
    for (let at = 0; at < (logits?.data.length ?? 0); at += labels.length) {
      const row = Array.from(logits?.data.subarray(at, at + labels.length) ?? []);
      highest = higher(highest, scoresOf(labels, activation === 'sigmoid' ? row.map(sigmoid) : softmax(row)));
    }
  }
  return highest;
}

/** By label, the sum of its outputs. */
function scoresOf(labels: readonly PromptLabel[], probabilities: readonly number[]): Scores {
  const scores = { ...NO_SCORES };
  for (const [at, label] of labels.entries())
    if (label !== 'benign') scores[label] = Math.min(1, scores[label] + (probabilities[at] ?? 0));
  if (!ATTACKS.every((label) => Number.isFinite(scores[label])))
    throw new PurpgateError('guard_failed', { message: 'the prompt model gave no number' });
  return scores;
}

export function higher(a: Scores, b: Scores): Scores {
  return {
    malicious: Math.max(a.malicious, b.malicious),
    jailbreak: Math.max(a.jailbreak, b.jailbreak),
    injection: Math.max(a.injection, b.injection),
  };
}

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

function softmax(logits: readonly number[]): number[] {
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
