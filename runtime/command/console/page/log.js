// The end of the log. It is filtered here, so that a filter shows lines of before, too.

import { clock, element } from './format.js';

const most = 2000; // lines that are kept
const levels = ['DEBUG', 'INFO', 'WARN', 'ERROR'];

/** A Log emits "errors" with the number of errors that have come while it was not visible. */
export class Log extends EventTarget {
  #list;
  #form;
  #entries = []; // {text, level, item}
  #visible = false;
  #errors = 0;

  constructor(root) {
    super();
    this.#list = root.querySelector('.lines');
    this.#form = root.querySelector('form');
    this.#form.addEventListener('submit', (event) => event.preventDefault());
    this.#form.addEventListener('input', () => this.#filter());
    this.#form.elements.clear.addEventListener('click', () => this.clear());
    this.#list.addEventListener('scroll', () => {
      this.#form.elements.follow.checked = this.#list.scrollHeight - this.#list.scrollTop - this.#list.clientHeight < 30;
    });
  }

  /** Removes all lines. */
  clear() {
    this.#entries = [];
    this.#list.replaceChildren();
  }

  setVisible(visible) {
    this.#visible = visible;
    if (!visible) return;
    this.#errors = 0;
    this.dispatchEvent(new CustomEvent('errors', { detail: 0 }));
    this.#follow();
  }

  add(lines, lost) {
    const items = [];
    if (lost > 0) items.push(this.#keep({ level: 'WARN', message: `${lost} lines are missing here` }));
    for (const line of lines) items.push(this.#keep(line));
    this.#list.append(...items);
    for (const old of this.#entries.splice(0, this.#entries.length - most)) old.item.remove();
    const errors = lines.filter((l) => l.level === 'ERROR').length;
    if (!this.#visible && errors > 0) {
      this.#errors += errors;
      this.dispatchEvent(new CustomEvent('errors', { detail: this.#errors }));
    }
    this.#follow();
  }

  #keep(line) {
    const attrs = (line.attrs ?? []).map(([name, value]) => `${name}=${value}`).join(' ');
    const item = element('li', { class: line.level.toLowerCase() },
      line.time && element('time', {}, clock(line.time)), ' ',
      element('b', {}, line.level), ' ',
      element('span', { class: 'message' }, line.message), ' ',
      element('span', { class: 'soft' }, attrs),
      line.detail && element('pre', {}, line.detail));
    const entry = { text: `${line.message} ${attrs} ${line.detail ?? ''}`.toLowerCase(), level: levels.indexOf(line.level), item };
    item.hidden = !this.#matches(entry);
    this.#entries.push(entry);
    return item;
  }

  #matches(entry) {
    const { filter, level } = this.#form.elements;
    return (entry.level < 0 || entry.level >= levels.indexOf(level.value)) && entry.text.includes(filter.value.toLowerCase());
  }

  #filter() {
    for (const entry of this.#entries) entry.item.hidden = !this.#matches(entry);
    this.#follow();
  }

  #follow() {
    if (this.#visible && this.#form.elements.follow.checked) this.#list.scrollTop = this.#list.scrollHeight;
  }
}
