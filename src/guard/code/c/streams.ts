/** Streams of C++: what is read from them comes from outside. */
import { checkAccess, store } from './access.js';
import type { CExpression } from './ast.js';
import type { CMachine } from './machine.js';
import type { Flow, Value } from './values.js';

/** `std::cin >> x`. */
export function readStream(machine: CMachine, target: CExpression, stream: Value): Value {
  const place = machine.locate(target);
  const flow: Flow = {
    level: 'local',
    kind: 'input',
    origin: machine.nextId(),
    cleaned: 0,
    isPart: false,
    isNormalised: false,
  };
  machine.escapes += 1;
  if (place?.type?.kind === 'array') {
    checkAccess(
      machine,
      { target: place.target, size: machine.unknownAmount({ low: 1, high: Infinity }), access: 'write', flows: [flow] },
      target,
    );
    machine.state.change(place.target.object, { flows: [flow], rest: 'unknown' });
  } else if (place?.type?.kind === 'unknown') machine.state.change(place.target.object, { flows: [flow] });
  else if (place !== null) store(machine, place, machine.unknown(place.type, [flow]));
  return stream;
}
