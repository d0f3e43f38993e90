/** A response of server-sent events. */
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { cutWhenStalled } from './response-end.js';

export interface EventStreamOptions {
  /** Silence after which a sign of life is sent: proxies and clients cut connections that are silent for a minute. */
  readonly keepAliveMs: number;
  /** How long a client may read nothing while there is something to read, before its connection is cut. */
  readonly stalledMs: number;
}

/** UTF-16 code units that are gathered at most before they are sent. */
const GATHERED = 16_384;

export class EventStream {
  private readonly response: ServerResponse;
  private readonly keepAlive: NodeJS.Timeout;
  private gathered = '';

  /** Sends the headers, those that were set on the reply with them. */
  constructor(
    reply: FastifyReply,
    private readonly options: EventStreamOptions & { readonly keepAlive: string },
  ) {
    reply.hijack();
    this.response = reply.raw;
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) this.response.setHeader(name, value);
    this.response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      // nginx holds a response back in its buffer unless told otherwise.
      'x-accel-buffering': 'no',
    });
    this.response.flushHeaders();
    this.keepAlive = setInterval(() => {
      if (!this.response.writableNeedDrain) this.response.write(options.keepAlive);
    }, options.keepAliveMs);
    this.response.once('close', () => {
      clearInterval(this.keepAlive);
    });
  }

  /** Sends events. Gives a promise only when the client is slower than its source, to be awaited before the next call. */
  write(events: string): Promise<void> | null {
    if (this.response.destroyed) return null;
    // Events that come in one turn of the loop leave in one packet.
    if (this.gathered === '') process.nextTick(this.flush);
    this.gathered += events;
    if (this.gathered.length >= GATHERED) this.flush();
    return this.response.writableNeedDrain ? this.drained() : null;
  }

  /** Sends the last events and ends the response. */
  end(events: string): void {
    clearInterval(this.keepAlive);
    if (!this.response.destroyed) {
      cutWhenStalled(this.response, this.options.stalledMs);
      this.response.end(this.gathered + events);
    }
    this.gathered = '';
  }

  private readonly flush = (): void => {
    if (this.gathered === '' || this.response.destroyed) return;
    this.keepAlive.refresh();
    this.response.write(this.gathered);
    this.gathered = '';
  };

  /** Resolves when there is room again, or nobody to write to. */
  private drained(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.response.destroy(), this.options.stalledMs);
      const settle = () => {
        clearTimeout(timer);
        this.response.off('drain', settle).off('close', settle);
        resolve();
      };
      this.response.once('drain', settle).once('close', settle);
    });
  }
}
