// A table of any length. The server sorts and filters, and sends the rows around those that are visible.

import { element } from './format.js';

const height = 36; // of a row, in pixels, as in the style sheet
const around = 20; // rows that are asked for above and below the visible ones

export class Table {
  #feed;
  #about;
  #grid;
  #body;
  #space;
  #filter;
  #note;
  #visible = false;
  #query;
  #rows = []; // those that the server has sent, from #offset on
  #offset = 0;
  #matching = 0;
  #active = -1; // the index of the chosen row
  #asked = 0;

  /**
   * about has: name and label of the table; units, one and many of its rows; empty, the text for none; columns, each with title, text(row), sort, small (not on phones) and
   * number; sort, the first column to sort by; key, the field that tells rows apart; open(row), and an action
   * with title, label(row) and run(row), if there are any.
   */
  constructor(root, feed, about) {
    this.#feed = feed;
    this.#about = about;
    this.#query = { table: about.name, offset: 0, limit: 50, sort: about.sort, down: about.sort === 'subscribers', filter: '' };
    this.#filter = element('input', { type: 'search', autocomplete: 'off', spellcheck: 'false' });
    this.#filter.addEventListener('input', () => this.#ask({ filter: this.#filter.value, offset: 0 }, true));
    this.#note = element('p', { class: 'soft', role: 'status' });
    this.#space = element('div', { class: 'space', role: 'presentation' });
    const head = element('div', { role: 'row', class: 'row head', 'aria-rowindex': 1 }, ...about.columns.map((c) => this.#heading(c)),
      about.action && element('span', { role: 'columnheader', class: 'act' }, about.action.title));
    this.#body = element('div', { role: 'rowgroup', class: 'body' }, this.#space);
    this.#grid = element('div', { role: 'grid', class: 'grid ' + about.name, tabindex: 0, 'aria-label': about.label },
      element('div', { role: 'rowgroup', class: 'sticky' }, head), this.#body);
    root.append(element('div', { class: 'bar' }, element('label', { class: 'grow' }, 'Filter ', this.#filter), this.#note), this.#grid);
    this.#grid.addEventListener('scroll', () => this.#scrolled());
    this.#grid.addEventListener('keydown', (event) => this.#key(event));
    new ResizeObserver(() => this.#scrolled()).observe(this.#grid);
    this.#mark();
  }

  /** Begins or ends to show the table. */
  setVisible(visible) {
    this.#visible = visible;
    if (visible) this.#feed.query(this.#query);
  }

  /** Shows what the server has sent, unless something else was asked for meanwhile. */
  show(table) {
    if (['sort', 'down', 'filter'].some((k) => table[k] !== this.#query[k])) return;
    this.#rows = table.rows;
    this.#offset = table.offset;
    this.#matching = table.matching;
    const n = (x) => x.toLocaleString('en-US');
    this.#note.textContent = table.total === 0 ? this.#about.empty
      : (table.matching === table.total ? '' : n(table.matching) + ' of ') + n(table.total) + ' ' + this.#about.units[table.total === 1 ? 0 : 1];
    this.#grid.setAttribute('aria-rowcount', table.matching + 1);
    this.#space.style.height = table.matching * height + 'px';
    this.#active = Math.min(this.#active, table.matching - 1);
    this.#draw();
  }

  #heading(column) {
    if (!column.sort) return element('span', { role: 'columnheader', class: classes(column) }, column.title);
    const button = element('button', { type: 'button', tabindex: -1 }, column.title);
    button.addEventListener('click', () => {
      const down = this.#query.sort === column.sort ? !this.#query.down : false;
      this.#ask({ sort: column.sort, down }, true);
      this.#mark();
    });
    return element('span', { role: 'columnheader', class: classes(column), 'data-sort': column.sort }, button);
  }

  // Marks the column by which the table is sorted.
  #mark() {
    for (const head of this.#grid.querySelectorAll('[data-sort]')) {
      const sorted = head.dataset.sort === this.#query.sort;
      head.setAttribute('aria-sort', sorted ? (this.#query.down ? 'descending' : 'ascending') : 'none');
    }
  }

  #ask(changes, now) {
    Object.assign(this.#query, changes);
    this.#query = { ...this.#query };
    cancelAnimationFrame(this.#asked);
    const ask = () => { if (this.#visible) this.#feed.query(this.#query); };
    if (now) ask();
    else this.#asked = requestAnimationFrame(ask);
  }

  #scrolled() {
    const first = Math.max(0, Math.floor(this.#grid.scrollTop / height) - around);
    const limit = Math.ceil(this.#grid.clientHeight / height) + 2 * around;
    if (first !== this.#query.offset || limit !== this.#query.limit) this.#ask({ offset: first, limit });
  }

  #draw() {
    // A row that is still there keeps its element, so that its button can be pressed while the table changes.
    const old = new Map([...this.#body.querySelectorAll('.row')].map((e) => [e.dataset.key, e]));
    const rows = this.#rows.map((row, i) => {
      const key = String(row[this.#about.key]);
      const e = old.get(key) ?? this.#newRow(key);
      old.delete(key);
      this.#fill(e, row, this.#offset + i);
      return e;
    });
    for (const e of old.values()) e.remove();
    for (const e of rows) if (!e.isConnected) this.#body.append(e);
    this.#choose();
  }

  #newRow(key) {
    const e = element('div', { role: 'row', class: 'row', 'data-key': key });
    for (const column of this.#about.columns) e.append(element('span', { role: 'gridcell', class: classes(column) }));
    if (this.#about.open) {
      e.addEventListener('click', (event) => {
        if (!event.target.closest('button')) this.#about.open(this.#rowOf(key));
      });
    }
    const action = this.#about.action;
    if (action) {
      const button = element('button', { type: 'button', tabindex: -1 }, action.title);
      button.addEventListener('click', () => action.run(this.#rowOf(key)));
      e.append(element('span', { role: 'gridcell', class: 'act' }, button));
    }
    return e;
  }

  #rowOf(key) { return this.#rows.find((row) => String(row[this.#about.key]) === key); }

  #fill(e, row, index) {
    e.setAttribute('aria-rowindex', index + 2);
    e.id = this.#about.name + '-' + index;
    e.toggleAttribute('data-ending', row.open === false);
    e.style.transform = `translateY(${index * height}px)`;
    this.#about.columns.forEach((column, i) => {
      const text = column.text(row);
      if (e.children[i].textContent !== text) e.children[i].textContent = text;
    });
    if (this.#about.action) e.lastChild.firstChild.setAttribute('aria-label', this.#about.action.label(row));
  }

  // Marks the chosen row.
  #choose() {
    const id = this.#rows[this.#active - this.#offset] && this.#about.name + '-' + this.#active;
    for (const e of this.#body.querySelectorAll('.row')) e.toggleAttribute('data-chosen', e.id === id);
    if (id) this.#grid.setAttribute('aria-activedescendant', id);
    else this.#grid.removeAttribute('aria-activedescendant');
  }

  #key(event) {
    if (event.target !== this.#grid) return;
    const page = Math.max(1, Math.floor(this.#grid.clientHeight / height) - 2);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    const chosen = this.#rows[this.#active - this.#offset];
    if (event.key in steps) {
      this.#active = Math.max(0, Math.min(this.#matching - 1, this.#active + steps[event.key]));
      const top = this.#active * height;
      if (top < this.#grid.scrollTop) this.#grid.scrollTop = top;
      const bottom = top + 2 * height - this.#grid.clientHeight; // the head covers one row
      if (bottom > this.#grid.scrollTop) this.#grid.scrollTop = bottom;
      this.#choose();
    } else if (event.key === 'Enter' && chosen && this.#about.open) {
      this.#about.open(chosen);
    } else if (event.key === 'Delete' && chosen && this.#about.action) {
      this.#about.action.run(chosen);
    } else {
      return;
    }
    event.preventDefault();
  }
}

const classes = (column) => [column.small && 'small', column.number && 'number'].filter(Boolean).join(' ') || undefined;
