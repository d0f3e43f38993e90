/** Trains a decoder, or an adapter on it: graph, gradients in one flat buffer, AdamW. Each call blocks the thread for its whole work. */
import { PurpgateError } from '../errors.js';
import { groupsOf } from './decoder.js';
import type { Adapter } from './lora.js';
import type { DecoderConfig } from './model-config.js';
import { FlatTensors, missing } from './flat-tensors.js';
import { AdamW, type OptimizerOptions, type OptimizerStep } from './optimizer.js';
import { checkWeights, parameterShapes } from './parameters.js';
import { createSession, float32, type Feeds, type Session } from './runtime.js';
import { readSafetensors, readSafetensorsMetadata, writeSafetensors } from './safetensors.js';
import type { Weights, WeightTensor } from './safetensors.js';
import type { TrainingBatch } from './training-batch.js';
import { batchFeeds } from './training-feeds.js';
import { buildTrainingGraph, trainableShapes } from './training-graph.js';
import type { Loss, TrainableSet, TrainingGraph, TrainingGraphOptions } from './training-graph.js';

export interface TrainerOptions {
  /** Every parameter, or an adapter and where it starts. What is passed in is copied, never changed. */
  readonly trainable: 'all' | { readonly adapter: Adapter };
  readonly loss: Loss;
  readonly optimizer: OptimizerOptions;
  readonly threads: number;
  /** Default false: see `createSession`. */
  readonly spinning?: boolean;
}

interface ForwardResult {
  readonly loss: number;
  /** Natural logarithms of the targets' probabilities, [rows * length] as the batch lies. */
  readonly logprobs: Float32Array;
}

/** @throws PurpgateError `model_unusable` when the weights do not fit the config. */
export async function createTrainer(
  config: DecoderConfig,
  weights: Weights,
  options: TrainerOptions,
): Promise<Trainer> {
  const base = parameterShapes(config);
  checkWeights(base, weights);
  const { trainable } = options;
  const start = trainable === 'all' ? weights : trainable.adapter.tensors;
  const set: TrainableSet =
    trainable === 'all'
      ? { type: 'all' }
      : { type: 'adapter', rank: trainable.adapter.rank, alpha: trainable.adapter.alpha };
  const shapes = trainableShapes(config, set);
  checkWeights(shapes, start);
  const trained = new FlatTensors(shapes);
  trained.copyFrom(start);
  const open = (loss: Loss, pass: TrainingGraphOptions['pass']): Promise<GraphSession> =>
    openGraph(buildTrainingGraph(config, { trainable: set, loss, pass }), options);
  const step = await open(options.loss, 'forward-backward');
  const frozen = new Map([...weights].filter(([name]) => base.has(name) && !shapes.has(name)));
  return new Trainer(
    {
      config,
      set,
      trained,
      frozen,
      optimizer: options.optimizer,
      openForward: () => open({ type: 'supervised' }, 'forward'),
    },
    step,
  );
}

interface GraphSession {
  readonly graph: TrainingGraph;
  readonly session: Session;
}

async function openGraph(
  graph: TrainingGraph,
  options: { readonly threads: number; readonly spinning?: boolean },
): Promise<GraphSession> {
  const session = await createSession(graph.bytes, { threads: options.threads, spinning: options.spinning ?? false });
  return { graph, session };
}

interface TrainerParts {
  readonly config: DecoderConfig;
  readonly set: TrainableSet;
  readonly trained: FlatTensors;
  /** What the graph needs beside. */
  readonly frozen: Weights;
  readonly optimizer: OptimizerOptions;
  readonly openForward: () => Promise<GraphSession>;
}

export class Trainer {
  private readonly gradient: FlatTensors;
  private gradientIsZero = true;
  private readonly optimizer: AdamW;
  private readonly parameterFeeds: Feeds;
  private forward: Promise<GraphSession> | null = null;

  /** Use `createTrainer`. */
  constructor(
    private readonly parts: TrainerParts,
    private readonly stepGraph: GraphSession,
  ) {
    const { trained, frozen } = parts;
    this.gradient = new FlatTensors(trained.shapes);
    this.optimizer = new AdamW(trained.buffer, trained.segments(), parts.optimizer);
    // Views of the flat buffer: what the optimizer writes is what the next run reads.
    this.parameterFeeds = { ...toFeeds(frozen), ...toFeeds(trained.tensors) };
  }

  /** Optimizer steps taken. */
  get steps(): number {
    return this.optimizer.steps;
  }

  /** Live views of what is trained: Hugging Face names, or the adapter's. */
  parameters(): Weights {
    return this.parts.trained.tensors;
  }

  /** Live views of the gradient that `forwardBackward` has summed since the last optimizer step. */
  gradients(): Weights {
    return this.gradient.tensors;
  }

  /** A copy of the adapter as it is now. @throws PurpgateError `internal_error` where all parameters are trained. */
  adapter(): Adapter {
    const { set, trained } = this.parts;
    if (set.type === 'all') throw new PurpgateError('internal_error', { message: 'this trainer has no adapter' });
    const tensors = new Map(
      [...trained.tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
    );
    return { rank: set.rank, alpha: set.alpha, tensors };
  }

  /** One batch, one optimizer step. */
  async step(batch: TrainingBatch): Promise<ForwardResult & OptimizerStep> {
    const result = await this.forwardBackward(batch);
    return { ...result, ...this.optimizerStep() };
  }

  /** Adds the batch's gradient to what earlier batches since the last optimizer step have left. */
  async forwardBackward(batch: TrainingBatch): Promise<ForwardResult> {
    const { graph, session } = this.stepGraph;
    const outputs = await session.run(this.feeds(graph, batch));
    const output = (name: string): Float32Array => outputs[name]?.data ?? missing(name);
    for (const { parameter, output: name } of graph.gradients) {
      const target = this.gradient.data(parameter);
      // A copy takes a tenth of the time of a sum, and most steps have one batch.
      if (this.gradientIsZero) target.set(output(name));
      else addTo(target, output(name));
    }
    this.gradientIsZero = false;
    for (const { parameter, ids, output: name } of graph.scattered)
      addRows(this.gradient.data(parameter), ids === 'targets' ? batch.targets : batch.inputIds, output(name));
    return { loss: output('loss')[0] ?? NaN, logprobs: output('logprobs') };
  }

  /**
   * `learningRate` overrides the schedule.
   * @throws PurpgateError `internal_error` when the gradient is not finite; it is dropped, the parameters are unchanged.
   */
  optimizerStep(learningRate?: number): OptimizerStep {
    try {
      return this.optimizer.step(this.gradient.buffer, learningRate);
    } finally {
      this.dropGradient();
    }
  }

  /** As after a step: what was summed is forgotten. */
  dropGradient(): void {
    this.gradient.buffer.fill(0);
    this.gradientIsZero = true;
  }

  /**
   * Forward pass alone; the loss is the supervised one. `adapter`, of the trained one's rank and alpha, is used in its place, so that
   * a reference policy needs no trainer of its own.
   */
  async evaluate(batch: TrainingBatch, adapter?: Adapter): Promise<ForwardResult> {
    const { graph, session } = await (this.forward ??= this.parts.openForward());
    const { set } = this.parts;
    if (adapter !== undefined && (set.type === 'all' || set.rank !== adapter.rank || set.alpha !== adapter.alpha))
      throw new PurpgateError('internal_error', {
        message: 'the adapter is not of the rank and alpha that are trained',
      });
    const feeds = { ...this.feeds(graph, batch), ...(adapter === undefined ? {} : toFeeds(adapter.tensors)) };
    const { loss, logprobs } = await session.run(feeds);
    return { loss: loss?.data[0] ?? NaN, logprobs: logprobs?.data ?? missing('logprobs') };
  }

  /** Parameters, moments and step count, so that training goes on bit by bit; a gradient not yet applied is not kept. */
  async saveState(file: string): Promise<void> {
    const tensors = new Map<string, WeightTensor>();
    for (const [prefix, part] of this.state())
      for (const [name, tensor] of part.tensors) tensors.set(`${prefix}/${name}`, tensor);
    await writeSafetensors(file, tensors, { dtype: 'F32', metadata: { steps: String(this.steps) } });
  }

  /** @throws PurpgateError `model_unusable` when the file is not a state of this model and this trainable set. */
  async restoreState(file: string): Promise<void> {
    const { steps } = await readSafetensorsMetadata(file);
    const stored = await readSafetensors(file);
    const parts = [...this.state()];
    const shapes = parts.flatMap(([prefix, part]) =>
      [...part.shapes].map(([name, shape]) => [`${prefix}/${name}`, shape] as const),
    );
    checkWeights(new Map(shapes), stored);
    if (!/^\d+$/.test(steps ?? '')) throw new PurpgateError('model_unusable', { message: `${file} has no step count` });
    for (const [prefix, part] of parts) part.copyFrom(stored, `${prefix}/`);
    this.optimizer.steps = Number(steps);
    this.dropGradient();
  }

  async stop(): Promise<void> {
    const forward = this.forward === null ? null : await this.forward;
    await forward?.session.release();
    await this.stepGraph.session.release();
  }

  private feeds(graph: TrainingGraph, batch: TrainingBatch): Feeds {
    return { ...this.parameterFeeds, ...batchFeeds(batch, graph, groupsOf(this.parts.config)) };
  }

  private *state(): Iterable<readonly [string, FlatTensors]> {
    const { shapes } = this.parts.trained;
    yield ['parameter', this.parts.trained];
    yield ['first-moment', new FlatTensors(shapes, this.optimizer.firstMoment)];
    yield ['second-moment', new FlatTensors(shapes, this.optimizer.secondMoment)];
  }
}

const toFeeds = (weights: Weights): Feeds =>
  Object.fromEntries([...weights].map(([name, { shape, data }]) => [name, float32(data, shape)]));

function addTo(target: Float32Array, addend: Float32Array): void {
  for (let index = 0; index < target.length; index += 1) target[index] = (target[index] ?? 0) + (addend[index] ?? 0);
}

/** target[ids[n]] += rows[n], in the order of n. */
function addRows(target: Float32Array, ids: Int32Array, rows: Float32Array): void {
  const width = rows.length / ids.length;
  for (let n = 0; n < ids.length; n += 1) {
    const start = (ids[n] ?? 0) * width;
    for (let column = 0; column < width; column += 1)
      target[start + column] = (target[start + column] ?? 0) + (rows[n * width + column] ?? 0);
  }
}
