/** Logging with redaction, and every Prometheus metric in one list. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';
import { PurpgateError } from './errors.js';
import { redact } from './text/redact.js';

export type { Logger };

/** Of errors of others, in characters. */
const LONGEST_MESSAGE = 8_192;

/** Logs one JSON line per event to standard error. Credentials never reach it, whatever object is logged. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      redact: {
        paths: ['authorization', 'secret', 'password', 'apiKey', 'connectionString', 'headers.authorization'].flatMap(
          (path) => [path, `*.${path}`],
        ),
        censor: '[REDACTED]',
      },
      serializers: { error: serializeError, err: serializeError },
    },
    destination ?? pino.destination(2),
  );
}

function serializeError(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const code = thrown instanceof PurpgateError ? thrown.code : (thrown as { code?: unknown }).code;
  const cause = thrown.cause === undefined ? undefined : serializeError(thrown.cause);
  // A stack of our own error says nothing that its code does not; a foreign one is a defect to be found.
  const stack = thrown instanceof PurpgateError ? undefined : thrown.stack;
  return { name: thrown.name, code, message: readable(thrown.message), cause, stack: stack && readable(stack) };
}

/** Servers that refuse a request quote it. */
function readable(text: string): string {
  const shown = text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text;
  return redact(shown, (kind, { length }) => `[REDACTED ${kind} ${length}]`);
}

export const SECONDS_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/** One set of metrics per process part; tests make their own, so that nothing is shared between them. */
export function createMetrics() {
  const registry = new Registry();
  return {
    registry,
    ...servingMetrics([registry]),
    ...generationMetrics([registry]),
    ...upstreamMetrics([registry]),
    ...learningMetrics([registry]),
    ...processMetrics([registry]),
  };
}

function servingMetrics(registers: Registry[]) {
  return {
    requests: new Counter({
      name: 'purpgate_requests_total',
      help: 'Finished requests by route and HTTP status.',
      labelNames: ['route', 'status'],
      registers,
    }),
    requestSeconds: new Histogram({
      name: 'purpgate_request_seconds',
      help: 'Seconds from the request to the end of its response.',
      labelNames: ['route'],
      buckets: SECONDS_BUCKETS,
      registers,
    }),
    firstTokenSeconds: new Histogram({
      name: 'purpgate_time_to_first_token_seconds',
      help: 'Seconds from the request to the first released Delta.',
      buckets: SECONDS_BUCKETS,
      registers,
    }),
    inFlight: new Gauge({ name: 'purpgate_requests_in_flight', help: 'Requests being served now.', registers }),
    tokens: new Counter({
      name: 'purpgate_tokens_total',
      help: 'Tokens by kind: prompt or completion.',
      labelNames: ['kind'],
      registers,
    }),
    verdicts: new Counter({
      name: 'purpgate_guard_verdicts_total',
      help: 'Verdicts by stage, guard and action.',
      labelNames: ['stage', 'guard', 'action'],
      registers,
    }),
    guardSeconds: new Histogram({
      name: 'purpgate_guard_seconds',
      help: 'Seconds that one verdict took.',
      labelNames: ['guard'],
      buckets: SECONDS_BUCKETS,
      registers,
    }),
    engineRestarts: new Counter({
      name: 'purpgate_engine_restarts_total',
      help: 'Times the engine process died and was started again.',
      registers,
    }),
  };
}

/** By OpenTelemetry's GenAI semantic conventions, names and buckets, in Prometheus's spelling. */
function generationMetrics(registers: Registry[]) {
  const labelNames = ['gen_ai_operation_name', 'gen_ai_request_model'] as const;
  return {
    operationSeconds: new Histogram({
      name: 'gen_ai_client_operation_duration_seconds',
      help: 'Seconds from the call of an engine to its end; error_type is empty where it answered in full.',
      labelNames: [...labelNames, 'error_type'],
      buckets: Array.from({ length: 14 }, (_, power) => 0.01 * 2 ** power),
      registers,
    }),
    serverFirstTokenSeconds: new Histogram({
      name: 'gen_ai_server_time_to_first_token_seconds',
      help: 'Seconds from the call of an engine to its first token, before any guard.',
      labelNames,
      buckets: [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
      registers,
    }),
    outputTokenSeconds: new Histogram({
      name: 'gen_ai_server_time_per_output_token_seconds',
      help: 'Seconds for each output token of an engine after its first.',
      labelNames,
      buckets: [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5],
      registers,
    }),
    cost: new Counter({
      name: 'purpgate_cost_dollars_total',
      help: 'US dollars for the tokens of models whose prices ENGINES_FILE names.',
      labelNames: ['gen_ai_request_model'],
      registers,
    }),
    budgetRefusals: new Counter({
      name: 'purpgate_budget_refusals_total',
      help: 'Requests that a budget refused, or whose answers it cut, by what ran out.',
      labelNames: ['owner', 'unit', 'period', 'outcome'],
      registers,
    }),
    budgetExchanges: new Counter({
      name: 'purpgate_budget_exchanges_total',
      help: 'Reports of used budgets to the database by outcome: done or failed.',
      labelNames: ['outcome'],
      registers,
    }),
    overheadSeconds: new Histogram({
      name: 'purpgate_overhead_seconds',
      help: 'Seconds that purpgate adds to the first token: from the engine that has it to its release, guards and hold-back included.',
      buckets: [0.0001, 0.00025, 0.0005, ...SECONDS_BUCKETS],
      registers,
    }),
  };
}

function upstreamMetrics(registers: Registry[]) {
  const labelNames = ['pool', 'upstream'] as const;
  return {
    upstreamRequests: new Counter({
      name: 'purpgate_upstream_requests_total',
      help: 'Attempts at an upstream by outcome: answered, refused, throttled, failed, timed_out or aborted.',
      labelNames: [...labelNames, 'outcome'],
      registers,
    }),
    upstreamRetries: new Counter({
      name: 'purpgate_upstream_retries_total',
      help: 'Requests that failed before their first byte and were tried again, or were denied that by the budget.',
      labelNames: ['pool', 'outcome'],
      registers,
    }),
    captureDropped: new Counter({
      name: 'purpgate_capture_dropped_total',
      help: 'Answers whose captured token ids were dropped: absent, another count or text than the answer, no log-probability for each.',
      labelNames: ['pool', 'reason'],
      registers,
    }),
    upstreamOutstanding: new Gauge({
      name: 'purpgate_upstream_outstanding_tokens',
      help: 'Estimated tokens of the requests that an upstream is working on.',
      labelNames,
      registers,
    }),
    upstreamAvailable: new Gauge({
      name: 'purpgate_upstream_available',
      help: 'Whether an upstream was thought well when it was last used or checked: 1 or 0.',
      labelNames,
      registers,
    }),
    upstreamFirstDeltaSeconds: new Histogram({
      name: 'purpgate_upstream_first_delta_seconds',
      help: 'Seconds from an attempt to the first piece of its answer.',
      labelNames,
      buckets: SECONDS_BUCKETS,
      registers,
    }),
  };
}

function learningMetrics(registers: Registry[]) {
  return {
    spoolBytes: new Gauge({ name: 'purpgate_spool_bytes', help: 'Bytes in the spool, not yet shipped.', registers }),
    spoolOldestSeconds: new Gauge({
      name: 'purpgate_spool_oldest_seconds',
      help: 'Age of the oldest record that is not yet shipped.',
      registers,
    }),
    shipped: new Counter({
      name: 'purpgate_spool_shipped_total',
      help: 'Records shipped from the spool to the event log.',
      registers,
    }),
    deadLetters: new Counter({
      name: 'purpgate_dead_letters_total',
      help: 'Records that could not be processed and were put aside, by place.',
      labelNames: ['place'],
      registers,
    }),
    logLag: new Gauge({
      name: 'purpgate_event_log_lag_records',
      help: 'Records of a topic that a consumer group has not yet committed; measured by its members, on Kafka.',
      labelNames: ['topic', 'group'],
      registers,
    }),
    scored: new Counter({
      name: 'purpgate_scored_total',
      help: 'Scored interactions by kind and outcome: scored or null.',
      labelNames: ['kind', 'outcome'],
      registers,
    }),
    reward: new Histogram({
      name: 'purpgate_reward',
      help: 'Scores by kind.',
      labelNames: ['kind'],
      buckets: [0, 0.2, 0.4, 0.6, 0.8, 1],
      registers,
    }),
  };
}

/** Of this process, which serves; engine, trainer and PostgreSQL have their own. */
function processMetrics(registers: Registry[]) {
  return {
    eventLoopDelay: new Histogram({
      name: 'purpgate_event_loop_delay_seconds',
      help: 'Seconds by which a timer of the main thread was late, measured a hundred times a second.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
      registers,
    }),
    memory: new Gauge({
      name: 'purpgate_memory_bytes',
      help: 'Memory of the process by kind: resident, or heap (the used part of that of the main thread).',
      labelNames: ['kind'],
      collect() {
        const { rss, heapUsed } = process.memoryUsage();
        this.set({ kind: 'resident' }, rss);
        this.set({ kind: 'heap' }, heapUsed);
      },
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
