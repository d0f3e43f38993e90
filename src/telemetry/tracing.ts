/** Spans, where a collector is configured; what is off loads nothing. */
import type { PurpgateError } from '../errors.js';

/** As the headers of W3C Trace Context (https://www.w3.org/TR/trace-context/) carry it. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** Never content, never a secret. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | string[]>>;

export interface Span {
  /** For spans and servers below. */
  readonly context: TraceContext;
  set(attributes: SpanAttributes): void;
  /** Once. An error marks the span as failed, by its code. */
  end(error?: PurpgateError): void;
}

interface SpanOptions {
  readonly kind: 'server' | 'client' | 'internal';
  readonly parent?: TraceContext | undefined;
  readonly attributes: SpanAttributes;
}

export interface Tracing {
  begin(name: string, options: SpanOptions): Span;
  /** Idempotent; sends what is not yet sent, within a bound. */
  stop(): Promise<void>;
}

const TRACEPARENT = /^[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;
/** Printable ASCII, as much of it as the specification asks to be kept. */
const TRACESTATE = /^[\x20-\x7e]{1,512}$/;

/** Null where the headers are absent or not valid; a trace state that is not valid is left out. */
export function readTraceContext(headers: Readonly<Record<string, unknown>>): TraceContext | null {
  const { traceparent, tracestate } = headers;
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent) || traceparent.startsWith('ff')) return null;
  return { traceparent, ...(typeof tracestate === 'string' && TRACESTATE.test(tracestate) && { tracestate }) };
}

/** Exports by OTLP/HTTP to the collector; null where none is named. */
export async function openTracing(endpoint: string | null): Promise<Tracing | null> {
  if (endpoint === null) return null;
  const { createTracing } = await import('./otlp.js');
  return createTracing(endpoint);
}
