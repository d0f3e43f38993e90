/** How a response ended. */
import type { ServerResponse } from 'node:http';

/** `cut`: the connection closed before all of the response was handed to the network. */
type ResponseEnd = 'finished' | 'cut';

/** Calls back once, when the response is over in either way. */
export function onResponseEnd(response: ServerResponse, handle: (end: ResponseEnd) => void): void {
  let end: ResponseEnd = 'cut';
  response.once('finish', () => {
    end = 'finished';
  });
  response.once('close', () => {
    handle(end);
  });
}
