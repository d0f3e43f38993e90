/** Lines over one axis as an SVG that needs nothing else and reads on white and on dark. */

/** A line of the grid and its label. */
export interface Tick {
  readonly value: number;
  readonly label: string;
}

interface Axis {
  readonly label: string;
  /** Value to [0, 1], from the origin on. */
  readonly place: (value: number) => number;
  readonly ticks: readonly Tick[];
}

export interface Series {
  readonly name: string;
  readonly colour: string;
  readonly line: 'solid' | 'dashed';
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Chart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}

const WIDTH = 720;
const HEIGHT = 400;
/** The area of the lines. */
const LEFT = 76;
const RIGHT = 700;
const TOP = 56;
const BOTTOM = 336;
const LEGEND_STEP = 150;
const GREY = '#808080';

export function drawChart({ title, x: across, y: up, series }: Chart): string {
  const x = (value: number): number => round(LEFT + (RIGHT - LEFT) * across.place(value));
  const y = (value: number): number => round(BOTTOM - (BOTTOM - TOP) * up.place(value));
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" font-family="system-ui, sans-serif" font-size="13" fill="${GREY}">`,
    `<title>${escape(title)}</title>`,
    `<text x="${LEFT}" y="22" font-size="15" font-weight="600">${escape(title)}</text>`,
    ...series.flatMap(({ name, ...style }, index) => {
      const start = LEFT + index * LEGEND_STEP;
      return [`<path d="M${start} 39h26" ${stroke(style)}/>`, `<text x="${start + 32}" y="43">${escape(name)}</text>`];
    }),
    ...up.ticks.flatMap(({ value, label }) => [
      `<path d="M${LEFT} ${y(value)}H${RIGHT}" stroke="${GREY}" stroke-opacity="0.3"/>`,
      `<text x="${LEFT - 8}" y="${y(value) + 4}" text-anchor="end">${escape(label)}</text>`,
    ]),
    ...across.ticks.flatMap(({ value, label }) => [
      `<path d="M${x(value)} ${BOTTOM}v5" stroke="${GREY}"/>`,
      `<text x="${x(value)}" y="${BOTTOM + 20}" text-anchor="middle">${escape(label)}</text>`,
    ]),
    `<path d="M${LEFT} ${TOP}V${BOTTOM}H${RIGHT}" fill="none" stroke="${GREY}"/>`,
    `<text x="${(LEFT + RIGHT) / 2}" y="${HEIGHT - 18}" text-anchor="middle">${escape(across.label)}</text>`,
    `<text transform="translate(20 ${(TOP + BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${escape(up.label)}</text>`,
    ...series.flatMap(({ points, ...style }) => {
      const places = points.map(([at, value]) => [x(at), y(value)] as const);
      const line = `<polyline points="${places.map((place) => place.join(',')).join(' ')}" fill="none" ${stroke(style)}/>`;
      // A line of one point is invisible.
      const dots = places.length > 1 ? [] : places;
      return [line, ...dots.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${style.colour}"/>`)];
    }),
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

const stroke = ({ colour, line }: Pick<Series, 'colour' | 'line'>): string =>
  `stroke="${colour}" stroke-width="2"${line === 'dashed' ? ' stroke-dasharray="6 3"' : ''}`;

/** About six round steps from 0. */
export function roundTicks(most: number): Tick[] {
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
