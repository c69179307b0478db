// Plots of the last minutes as SVG: lines for bytes per second, points for connect times.

const PLOT_SECONDS = 180;
const HOUR_SECONDS = 3600;
const PLOT_WIDTH = 600;
const PLOT_HEIGHT = 140;
const PLOT_TOP = 8;
const PLOT_BOTTOM = 18;
const PLOT_LEFT = 62;

function makeSvg(tag, attributes, text) {
  const out = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) out.setAttribute(name, value);
  if (text !== undefined) out.textContent = text;
  return out;
}

/** Rounds up to 1, 2 or 5 times a power of ten, so that the labels of the axis are round. */
function roundedUp(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return power * [1, 2, 5, 10].find((step) => step * power >= value);
}

const plotX = (age, span) => PLOT_WIDTH - (age / span) * (PLOT_WIDTH - PLOT_LEFT);
const plotY = (value, most) => PLOT_HEIGHT - PLOT_BOTTOM - (value / most) * (PLOT_HEIGHT - PLOT_TOP - PLOT_BOTTOM);

function axis(most, label, span) {
  const out = [];
  for (const part of [0, 0.5, 1]) {
    const y = plotY(part * most, most);
    out.push(makeSvg('line', { x1: PLOT_LEFT, x2: PLOT_WIDTH, y1: y, y2: y, class: 'grid' }));
    out.push(makeSvg('text', { x: PLOT_LEFT - 6, y: y + 4, class: 'label end' }, label(part * most)));
  }
  for (let age = 0; age <= span; age += span / 3) {
    const anchor = age === 0 ? 'label end' : age === span ? 'label' : 'label middle';
    out.push(makeSvg('text', { x: plotX(age, span), y: PLOT_HEIGHT - 2, class: anchor }, age === 0 ? 'now' : `−${age / 60} min`));
  }
  return out;
}

/** Draws one line for each route over the last `span` seconds; points are { at, gateway, direct } with `at` in seconds. */
function drawLines(svg, points, now, span) {
  const shown = points.filter(({ at }) => now - at <= span);
  const most = roundedUp(Math.max(1000, ...shown.map(({ gateway, direct }) => Math.max(gateway, direct))));
  const children = axis(most, (value) => bytesText(value).replace('.0 ', ' '), span);
  for (const route of ['direct', 'gateway']) {
    const line = shown.map((point) => `${plotX(now - point.at, span).toFixed(1)},${plotY(point[route], most).toFixed(1)}`);
    if (line.length > 1) {
      const floor = plotY(0, most);
      const [first, last] = [line[0], line.at(-1)].map((place) => place.split(',')[0]);
      children.push(makeSvg('polygon', { points: `${first},${floor} ${line.join(' ')} ${last},${floor}`, class: `area ${route}` }));
    }
    children.push(makeSvg('polyline', { points: line.join(' '), class: `line ${route}` }));
  }
  showPlot(svg, children);
}

/** Draws one point for each connect; points are { at, ms, route }. */
function drawPoints(svg, points, now) {
  const shown = points.filter(({ at }) => now - at <= PLOT_SECONDS);
  const most = roundedUp(Math.max(1, ...shown.map(({ ms }) => ms)));
  const children = axis(most, (value) => `${value} ms`, PLOT_SECONDS);
  for (const { at, ms, route } of shown)
    children.push(makeSvg('circle', { cx: plotX(now - at, PLOT_SECONDS).toFixed(1), cy: plotY(ms, most).toFixed(1), r: 3, class: `point ${route}` }));
  showPlot(svg, children);
}

function showPlot(svg, children) {
  svg.setAttribute('viewBox', `0 0 ${PLOT_WIDTH} ${PLOT_HEIGHT}`);
  svg.replaceChildren(...children);
}
