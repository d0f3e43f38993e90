/** How one caller wants a chat completion written. */
export interface ChatStyle {
  /** Whether a stream ends with a chunk that holds the usage. */
  readonly usageChunk: 'sent' | 'omitted';
  /**
   * Where the notice in place of withheld content goes. Callers that parse the content as JSON get it as `refusal`; everyone else as content, since
   * coding agents lose a refusal or retry it for ever.
   */
  readonly notices: 'content' | 'refusal';
}
