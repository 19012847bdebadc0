// The modules, and the overlay that shows why the saved file of one does not serve.

import { clock, element, number } from './format.js';

export class Modules {
  #list;
  #empty;
  #overlay;
  #problems;
  #dismissed = ''; // the failures that the user has seen
  #shown = '';
  #items = new Map(); // by resource: what was shown, and its element

  constructor(root, overlay) {
    this.#list = root.querySelector('ul');
    this.#empty = root.querySelector('.empty');
    this.#overlay = overlay;
    this.#problems = overlay.querySelector('.problems');
    overlay.querySelector('.dismiss').addEventListener('click', () => overlay.close());
    overlay.addEventListener('close', () => { this.#dismissed = this.#shown; });
  }

  show(modules) {
    this.#empty.hidden = modules.length > 0;
    // What has not changed stays, so that a text in it can be selected and scrolled.
    const items = new Map(modules.map((m) => {
      const text = JSON.stringify(m);
      const old = this.#items.get(m.resource);
      return [m.resource, old?.text === text ? old : { text, element: this.#item(m) }];
    }));
    for (const [resource, { element }] of this.#items) if (items.get(resource)?.element !== element) element.remove();
    this.#items = items;
    let before = this.#list.firstChild;
    for (const { element } of items.values()) {
      if (element === before) before = before.nextSibling;
      else this.#list.insertBefore(element, before);
    }
    this.#showFailures(modules.filter((m) => m.failure));
  }

  #item(m) {
    const state = m.failure ? ['bad', 'does not load'] : m.version === 0 ? ['idle', 'not asked for yet'] : ['good', 'version ' + m.version];
    const facts = [];
    if (m.version > 0) {
      if (m.failure) facts.push(`version ${m.version} serves on`);
      facts.push(number(m.connections) + (m.connections === 1 ? ' connection' : ' connections'));
      if (m.workers > 1) facts.push(m.workers + ' workers');
      if (m.loaded) facts.push((m.reloads > 0 ? 'reloaded at ' : 'loaded at ') + clock(m.loaded));
      if (m.errors > 0) facts.push(number(m.errors) + (m.errors === 1 ? ' error' : ' errors'));
    }
    return element('li', { class: 'module' },
      element('h2', {}, m.resource === '/_default' ? '/' : m.resource),
      element('p', { class: 'badge ' + state[0] }, state[1]),
      element('p', { class: 'facts' }, m.file || 'the file is deleted', ...facts.map((f) => ' · ' + f)),
      m.failure && problem(m.failure),
      m.fault && problem(m.fault));
  }

  // The overlay opens for each new failure, and closes when there is none left.
  #showFailures(failing) {
    const key = JSON.stringify(failing.map((m) => [m.resource, m.failure]));
    if (failing.length === 0) {
      this.#shown = this.#dismissed = '';
      if (this.#overlay.open) this.#overlay.close();
      return;
    }
    if (key === this.#shown) return;
    this.#shown = key;
    this.#overlay.querySelector('h2').textContent = failing.length === 1 ? failing[0].file + ' does not load' : failing.length + ' modules do not load';
    this.#problems.replaceChildren(...failing.map((m) => element('section', {},
      failing.length > 1 && element('h3', {}, m.file),
      problem(m.failure),
      element('p', { class: 'soft' }, m.version > 0 ? `Version ${m.version} serves on, with ${number(m.connections)} ${m.connections === 1 ? 'connection' : 'connections'}.` : 'Clients are refused until it loads.'))));
    if (!this.#overlay.open && key !== this.#dismissed) this.#overlay.showModal();
  }
}

/** Returns an error: the message, its place, the code around it and the stack. */
function problem(p) {
  return element('div', { class: 'problem' },
    element('p', { class: 'message' }, p.message),
    element('p', { class: 'soft' }, [clock(p.time), 'in ' + p.in, p.at && 'at ' + p.at, p.version && 'version ' + p.version].filter(Boolean).join(' · ')),
    p.detail && element('pre', { tabindex: 0, role: 'group', 'aria-label': 'Code and stack' }, p.detail));
}
