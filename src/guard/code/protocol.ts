/** Messages between the pool and its worker threads. */
import type { PrefixResult } from './scan.js';

export interface Job {
  readonly id: number;
  readonly code: string;
  readonly language: string;
}

export type Reply =
  | { readonly kind: 'ready' }
  /** The rules cannot be loaded: no worker will ever be ready. */
  | { readonly kind: 'unusable'; readonly message: string }
  | { readonly kind: 'done'; readonly id: number; readonly answer: PrefixResult }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };
