/**
 * The only file that imports onnxruntime-node, which is pinned to 1.30.0. Facts of that version that callers live with (measured):
 * - `run` and `createSession` block the thread that calls them; whoever may not be blocked uses another process. Ending a
 *   worker thread or the process by `process.exit` while a run is in flight aborts the whole process.
 * - A run can't be interrupted: the binding ignores `terminate`. Cancel between runs.
 * - Inputs are read in place, `subarray` views too; arrays on a SharedArrayBuffer are refused. (Later versions copy inputs.)
 * - Every fetched output is copied to a fresh array, also one that was preallocated, so fetch only what is needed.
 */
import * as ort from 'onnxruntime-node';
import { PurpgateError } from '../errors.js';

export type FloatTensor = Pick<ort.TypedTensor<'float32'>, 'data' | 'dims'>;
/** What a graph takes; made by `float32`, `int32` and `int64` without a copy, and worth keeping where the array stays the same. */
export type Tensor = ort.TypedTensor<'float32'> | ort.TypedTensor<'int32'> | ort.TypedTensor<'int64'>;
export type Feeds = Readonly<Record<string, Tensor>>;

export const float32 = (data: Float32Array, dims: readonly number[]): ort.TypedTensor<'float32'> =>
  new ort.Tensor('float32', data, dims);

export const int32 = (data: Int32Array, dims: readonly number[]): ort.TypedTensor<'int32'> =>
  new ort.Tensor('int32', data, dims);

export const int64 = (data: BigInt64Array, dims: readonly number[]): ort.TypedTensor<'int64'> =>
  new ort.Tensor('int64', data, dims);

export interface Session {
  readonly inputNames: readonly string[];
  /** Runs the graph; the results are those named in `fetches`, or all outputs. @throws PurpgateError `internal_error`. */
  run(feeds: Feeds, fetches?: readonly string[]): Promise<Readonly<Record<string, FloatTensor>>>;
  release(): Promise<void>;
}

/**
 * Loads a model whose outputs are all float32.
 * `spinning`: idle threads wait busily, which is a little faster on cores of one's own and ruins everybody on shared ones.
 * @throws PurpgateError `model_unusable`.
 */
export async function createSession(
  bytes: Uint8Array,
  options: { readonly threads: number; readonly spinning: boolean },
): Promise<Session> {
  let session: ort.InferenceSession;
  try {
    session = await ort.InferenceSession.create(bytes, {
      intraOpNumThreads: options.threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      extra: { session: { intra_op: { allow_spinning: options.spinning ? '1' : '0' } } },
    });
  } catch (cause) {
    throw new PurpgateError('model_unusable', { message: 'onnxruntime refused the graph', cause });
  }
  return {
    inputNames: session.inputNames,
    run: (feeds, fetches) => run(session, feeds, fetches),
    release: () => session.release(),
  };
}

async function run(
  session: ort.InferenceSession,
  feeds: Feeds,
  fetches: readonly string[] = session.outputNames,
): Promise<Readonly<Record<string, FloatTensor>>> {
  let results: ort.InferenceSession.OnnxValueMapType;
  try {
    results = await session.run(feeds, fetches);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PurpgateError('internal_error', { message: `onnxruntime failed: ${reason}`, cause });
  }
  const tensors: Record<string, FloatTensor> = {};
  for (const [name, value] of Object.entries(results)) {
    if (!(value.data instanceof Float32Array))
      throw new PurpgateError('internal_error', { message: `output ${name} is not float32` });
    tensors[name] = { data: value.data, dims: value.dims };
  }
  return tensors;
}
