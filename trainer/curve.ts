/** The curve of a training as an SVG that needs nothing else and reads on white and on dark. */

export interface CurvePoint {
  readonly step: number;
  /** Trained on so far. */
  readonly tokens: number;
  /** Nats per answer token. */
  readonly seen: number;
  readonly heldOut: number;
}

const WIDTH = 720;
const HEIGHT = 400;
/** The area of the curve. */
const LEFT = 76;
const RIGHT = 700;
const TOP = 56;
const BOTTOM = 336;

const SERIES = [
  { of: (point: CurvePoint): number => point.seen, name: 'seen', colour: '#2f7ed8', dash: '' },
  {
    of: (point: CurvePoint): number => point.heldOut,
    name: 'held out',
    colour: '#e0701a',
    dash: ' stroke-dasharray="6 3"',
  },
] as const;

/** A line of the grid and its label. */
interface Tick {
  readonly value: number;
  readonly label: string;
}

/** Loss on a logarithmic axis over tokens on a linear one. @param points in the order of their tokens; at least one. */
export function drawCurve(title: string, points: readonly CurvePoint[]): string {
  const losses = points.flatMap(({ seen, heldOut }) => [seen, heldOut]).filter((loss) => loss > 0);
  const low = Math.min(...losses) / 1.15;
  const high = Math.max(...losses) * 1.15;
  const most = Math.max(1, ...points.map(({ tokens }) => tokens));
  const x = (tokens: number): number => round(LEFT + ((RIGHT - LEFT) * tokens) / most);
  const y = (loss: number): number =>
    round(BOTTOM - ((BOTTOM - TOP) * Math.log(Math.max(loss, low) / low)) / Math.log(high / low));
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" font-family="system-ui, sans-serif" font-size="13" fill="#808080">`,
    `<title>${escape(title)}</title>`,
    `<text x="${LEFT}" y="22" font-size="15" font-weight="600">${escape(title)}</text>`,
    ...legend(),
    ...lossTicks(low, high).flatMap(({ value, label }) => [
      `<path d="M${LEFT} ${y(value)}H${RIGHT}" stroke="#808080" stroke-opacity="0.3"/>`,
      `<text x="${LEFT - 8}" y="${y(value) + 4}" text-anchor="end">${label}</text>`,
    ]),
    ...tokenTicks(most).flatMap(({ value, label }) => [
      `<path d="M${x(value)} ${BOTTOM}v5" stroke="#808080"/>`,
      `<text x="${x(value)}" y="${BOTTOM + 20}" text-anchor="middle">${label}</text>`,
    ]),
    `<path d="M${LEFT} ${TOP}V${BOTTOM}H${RIGHT}" fill="none" stroke="#808080"/>`,
    `<text x="${(LEFT + RIGHT) / 2}" y="${HEIGHT - 18}" text-anchor="middle">tokens trained on</text>`,
    `<text transform="translate(20 ${(TOP + BOTTOM) / 2}) rotate(-90)" text-anchor="middle">loss (nats per answer token)</text>`,
    ...SERIES.flatMap(({ of, colour, dash }) => {
      const places = points.map((point) => `${x(point.tokens)},${y(of(point))}`);
      return [
        `<polyline points="${places.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"${dash}/>`,
        ...(places.length > 1 ? [] : places).map((place) => dot(place, colour)),
      ];
    }),
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

function dot(place: string, colour: string): string {
  const [cx, cy] = place.split(',');
  return `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`;
}

function legend(): string[] {
  return SERIES.flatMap(({ name, colour, dash }, index) => {
    const start = LEFT + index * 110;
    return [
      `<path d="M${start} 39h26" stroke="${colour}" stroke-width="2"${dash}/>`,
      `<text x="${start + 32}" y="43">${name}</text>`,
    ];
  });
}

/** 1, 2 and 5 times the powers of ten within the range; in a narrow range more of them. */
function lossTicks(low: number, high: number): Tick[] {
  const factors = high / low > 20 ? [1, 2, 5] : [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8];
  const ticks: Tick[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1)
    for (const factor of factors) {
      const value = factor * 10 ** power;
      if (value >= low && value <= high) ticks.push({ value, label: String(Number(value.toPrecision(2))) });
    }
  return ticks;
}

/** About six round steps from 0. */
function tokenTicks(most: number): Tick[] {
  const rough = most / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? most;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_unused, index) => {
    const value = index * step;
    return { value, label: inUnits(value, most) };
  });
}

function inUnits(value: number, most: number): string {
  const [size, unit] = most >= 2e6 ? [1e6, ' M'] : most >= 2e3 ? [1e3, ' k'] : [1, ''];
  return value === 0 ? '0' : `${Number((value / size).toPrecision(3))}${unit}`;
}

const round = (value: number): number => Number(value.toFixed(1));

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
