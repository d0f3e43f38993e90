/** What a wire format is to the http layer: a way to read a request, and two ways to write its answer. */
import type { PurpgateError } from '../errors.js';
import type { CompletionRequest, Delta } from '../types.js';
import type { WireVerdict } from './wire.js';

export interface RequestOrigin {
  /** UUIDv7. */
  readonly id: string;
  /** From the session header of a known client. */
  readonly session: string | null;
}

/** What every object and event of one response says. */
export interface ResponseIdentity {
  /** Interaction id. */
  readonly id: string;
  /** As the request names it: an alias stays an alias. */
  readonly model: string;
  /** Null for a foreign model. */
  readonly version: string | null;
  /** Unix time in seconds. */
  readonly created: number;
}

/** Takes every Delta of one answer, in order, and gives the object that a client reads. */
export interface WholeAnswer {
  add(delta: Delta): void;
  /** @throws PurpgateError `internal_error` when the Deltas broke their order's promise and ended without `finish` or `usage`. */
  build(): { readonly body: object; readonly verdicts: readonly WireVerdict[] };
}

/** Turns the Deltas of one answer, in order, into server-sent events. */
export interface StreamedAnswer {
  /** The events that a Delta becomes; empty when it has nothing to show by itself. */
  encode(delta: Delta): string;
  /** What ends a stream that went well. */
  end(): string;
  /** What ends a stream that failed after its first byte. */
  fail(error: PurpgateError): string;
}

/** A request in one wire format, understood. */
export interface ParsedCall {
  readonly request: CompletionRequest;
  readonly delivery: 'whole' | 'stream';
  whole(identity: ResponseIdentity): WholeAnswer;
  stream(identity: ResponseIdentity): StreamedAnswer;
}

export interface WireFormat<Body> {
  /**
   * @param body validated against the contract's schema
   * @throws PurpgateError `unsupported_parameter` or `invalid_request`, with the field's path as `param`
   */
  parse(body: Body, origin: RequestOrigin): ParsedCall;
  /** The body of a response whose status says that the request failed. */
  errorBody(error: PurpgateError, requestId: string): object;
  /** What is sent in silence, so that nobody takes the connection for dead. */
  readonly keepAlive: string;
}
