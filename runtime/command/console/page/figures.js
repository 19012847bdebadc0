// The figures above everything, each with a line of the last two minutes.

import { bytes, element, micros, number } from './format.js';

const most = 120;
const svg = 'http://www.w3.org/2000/svg';

// What is drawn: lines of one unit in one picture, with the name and the text of each.
const pictures = [
  { title: 'Messages/s', lines: [['in', 'in', number], ['out', 'out', number]] },
  { title: 'Turns', lines: [['p50', 'p50', micros], ['p99', 'p99', micros]] },
  { title: 'Connections', lines: [['connections', '', number]] },
  { title: 'Queued', lines: [['queued', '', bytes]] },
  { title: 'Reloads', lines: [['reloads', 'ok', number], ['failed', 'failed', number]], sum: true },
  { title: 'Errors', lines: [['errors', '', number]], sum: true },
];

export class Figures {
  #all = [];
  #drawn;

  constructor(root) {
    this.#drawn = pictures.map((picture) => {
      const values = element('p', { class: 'values' });
      const image = document.createElementNS(svg, 'svg');
      image.setAttribute('viewBox', `0 0 ${most - 1} 30`);
      image.setAttribute('preserveAspectRatio', 'none');
      image.setAttribute('aria-hidden', 'true');
      const lines = picture.lines.map((_, i) => {
        const line = document.createElementNS(svg, 'polyline');
        line.setAttribute('class', 'line' + i);
        image.append(line);
        return line;
      });
      root.append(element('div', { class: 'figure' }, element('h2', {}, picture.title), values, image));
      return { ...picture, values, polylines: lines };
    });
  }

  /** Adds figures, which are in the order of time. A gap of more than one begins a new line. */
  add(figures) {
    if (figures.length > 1) this.#all = [];
    this.#all.push(...figures);
    this.#all.splice(0, this.#all.length - most);
    if (!document.hidden) this.#draw();
  }

  #draw() {
    const now = this.#all.at(-1);
    for (const picture of this.#drawn) {
      const texts = picture.lines.map(([key, name, text]) => {
        const value = picture.sum ? this.#all.reduce((sum, f) => sum + f[key], 0) : now[key];
        return (name ? name + ' ' : '') + text(value);
      });
      picture.values.textContent = texts.join(' · ');
      const top = Math.max(1, ...this.#all.flatMap((f) => picture.lines.map(([key]) => f[key])));
      picture.lines.forEach(([key], i) => {
        const from = most - this.#all.length;
        picture.polylines[i].setAttribute('points', this.#all.map((f, j) => `${from + j},${29 - 28 * f[key] / top}`).join(' '));
      });
    }
  }
}
