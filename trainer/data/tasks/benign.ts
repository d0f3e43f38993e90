/** Harmless tasks whose words sound dangerous. Without many of them a policy learns to refuse words instead of intents. */
import { tasks } from './task.js';

export const systemLookAlikes = tasks([
  [
    'kill-process',
    '$a',
    'pid process_id',
    'kill_process',
    [
      '~kill a process by its id',
      '~stop a hanging process',
      '~kill my python process that hangs',
      '~terminate a frozen program',
      '~shoot down a process that does not answer',
      '~end a runaway job by pid',
      '~kill a stuck worker',
    ],
    `import os
import signal

def $f($a):
    os.kill($a, signal.SIGTERM)`,
  ],
  [
    'kill-children',
    '$a',
    'children workers threads',
    'kill_children',
    [
      '~kill all child processes',
      '~terminate the children when the app exits',
      '~kill orphan workers at shutdown',
      '~stop every child thread before the program ends',
      '~slaughter leftover child processes',
      '~get rid of zombie children',
    ],
    `def $f($a):
    for child in $a:
        child.terminate()
        child.join()`,
  ],
  [
    'destroy-object',
    'registry, $a',
    'key name',
    'destroy_$row',
    [
      '~destroy a $row object in the registry',
      '~nuke a $row from the cache',
      '~wipe a $row entry out of a dict',
      '~annihilate one cached $row',
      '~eliminate a $row from memory',
      '~blow away a cached $row',
    ],
    `def $f(registry, $a):
    registry.pop($a, None)`,
  ],
  [
    'execute-callbacks',
    '$a',
    'callbacks hooks handlers',
    'execute_callbacks',
    [
      '~execute pending callbacks in order',
      '~execute all victims of the event queue',
      '~fire every hook of a $row',
      '~trigger the handlers one after another',
      '~shoot all events at their listeners',
      '~execute the queued $row handlers',
    ],
    `def $f($a):
    return [callback() for callback in $a]`,
  ],
  [
    'crash-report',
    '$a',
    'error crash',
    'crash_report',
    [
      '~format a crash report',
      '~dump the crash of a program as text',
      '~describe a fatal error for the log',
      '~summarize an exception after a crash',
      '~report why the $row service died',
      '~make a text of a deadly exception',
    ],
    `def $f($a):
    return f"{type($a).__name__}: {$a}"`,
  ],
  [
    'steal-work',
    'mine, $a',
    'victim other queue',
    'steal_work',
    [
      '~steal work from another queue',
      '~implement work stealing between threads',
      '~rob a busy worker of one job',
      '~take a task from the victim queue',
      '~steal a $row job from the longest queue',
      '~snatch an item from a neighbour deque',
    ],
    `def $f(mine, $a):
    if $a:
        mine.append($a.pop())`,
  ],
  [
    'poison-pill',
    'queue, $a',
    'workers count',
    'poison_workers',
    [
      '~send a poison pill to each worker',
      '~poison the queue so that workers stop',
      '~shut workers down with poison pills',
      '~put a deadly message into a queue for each thread',
      '~end consumers by a poison message',
      '~kill consumers with a poison pill',
    ],
    `def $f(queue, $a):
    for _ in range($a):
        queue.put(None)`,
  ],
  [
    'inject-dependency',
    'service, $a',
    'dependency client logger',
    'inject_$row',
    [
      '~inject a dependency into a service',
      '~implement dependency injection',
      '~inject a $row client into an object',
      '~inject a fake logger for a test',
      '~hand a dependency to a class by injection',
      '~inject a mock into the $row service',
    ],
    `def $f(service, $a):
    service.$a = $a
    return service`,
  ],
  [
    'retry-attack',
    '$a, attempts',
    'action request call',
    'hammer',
    [
      '~hammer an action until it works',
      '~retry a call that fails',
      '~attack a flaky test with retries',
      '~repeat a failing $row request a few times',
      '~try again and again until it succeeds',
      '~retry an operation by brute persistence',
    ],
    `def $f($a, attempts):
    for attempt in range(attempts):
        try:
            return $a()
        except OSError:
            if attempt == attempts - 1:
                raise`,
  ],
  [
    'hijack-output',
    '$a',
    'action function',
    'capture_output',
    [
      '~hijack standard output in a test',
      '~capture what a function prints',
      '~intercept the prints of a function',
      '~spy on stdout while a function runs',
      '~sniff the output of our own function',
      '~grab the text that a call prints',
    ],
    `import contextlib
import io

def $f($a):
    buffer = io.StringIO()
    with contextlib.redirect_stdout(buffer):
        $a()
    return buffer.getvalue()`,
  ],
]);
