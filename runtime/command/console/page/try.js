// A client: it connects to a resource over any transport, sends, and shows what goes both ways.

import { bytes, clock, element } from './format.js';

const most = 500; // messages that are shown

export class Client {
  #root;
  #connect;
  #send;
  #frames;
  #state;
  #fault;
  #socket = null;
  #sent = []; // what replay sends again

  constructor(root) {
    this.#root = root;
    this.#connect = root.querySelector('form[name=connect]');
    this.#send = root.querySelector('form[name=send]');
    this.#frames = root.querySelector('.frames');
    this.#state = root.querySelector('.state');
    this.#fault = root.querySelector('.fault');
    this.#connect.addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.#socket) this.#socket.close(1000);
      else this.#open();
    });
    this.#send.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#send.elements.message.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.shiftKey) {
        event.preventDefault();
        this.#submit();
      }
    });
    root.querySelector('[name=clear]').addEventListener('click', () => {
      this.#frames.replaceChildren();
      this.#sent = [];
    });
    root.querySelector('[name=replay]').addEventListener('click', () => { for (const data of [...this.#sent]) this.#deliver(data, true); });
  }

  setTransports(names) {
    const select = this.#connect.elements.transport;
    if (select.options.length > 0) return;
    select.append(element('option', { value: '' }, 'any'), ...names.map((name) => element('option', { value: name }, name)));
  }

  setResources(modules) {
    const list = this.#root.querySelector('datalist');
    const names = modules.map((m) => m.resource === '/_default' ? '/' : m.resource);
    if (list.options.length !== names.length || names.some((n, i) => n !== list.options[i].value)) {
      list.replaceChildren(...names.map((value) => element('option', { value })));
    }
  }

  #open() {
    const { resource, transport, protocols } = this.#connect.elements;
    const options = { protocols: protocols.value.split(/[\s,]+/).filter(Boolean) };
    if (transport.value) options.transports = transport.value;
    let socket;
    try {
      socket = new Socket(new URL(resource.value.replace(/^\/*/, ''), new URL('./', location.href)).href.replace(/^http/, 'ws'), options);
    } catch (error) {
      this.#note(String(error.message ?? error), 'fault');
      return;
    }
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    this.#show('wait', 'connecting');
    socket.onopen = () => this.#show('open', 'open over ' + socket.transport + (socket.protocol ? ', ' + socket.protocol : ''));
    socket.onmessage = (event) => this.#add('in', event.data);
    socket.onclose = (event) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#show('shut', `closed with ${event.code}${event.reason ? ', ' + event.reason : ''}`);
    };
  }

  #show(state, text) {
    this.#state.dataset.state = state;
    this.#state.textContent = text;
    this.#connect.elements.connect.textContent = this.#socket ? 'Disconnect' : 'Connect';
    this.#send.elements.send.disabled = state !== 'open';
    if (state !== 'wait') this.#note(text);
  }

  #submit() {
    const { message, form } = this.#send.elements;
    this.#fault.textContent = '';
    let data;
    try {
      data = encode(message.value, form.value);
    } catch (error) {
      this.#fault.textContent = error.message;
      return;
    }
    this.#deliver(data);
  }

  #deliver(data, again) {
    if (this.#socket?.readyState !== 1) {
      this.#fault.textContent = 'not connected';
      return;
    }
    this.#socket.send(data);
    if (!again) this.#sent.push(data);
    if (this.#sent.length > most) this.#sent.shift();
    this.#add('out', data);
  }

  #add(way, data) {
    const binary = typeof data !== 'string';
    const text = binary ? hex(data) : data;
    const size = binary ? data.byteLength : new TextEncoder().encode(data).length;
    const item = element('li', { class: way },
      element('time', {}, clock(Date.now())), ' ',
      element('b', {}, way === 'in' ? '← in' : '→ out'), ' ',
      element('span', { class: 'soft' }, (binary ? 'binary ' : '') + bytes(size)), ' ',
      element('code', {}, text.length > 4000 ? text.slice(0, 4000) + '…' : text));
    if (way === 'out') {
      const replay = element('button', { type: 'button' }, 'Again');
      replay.addEventListener('click', () => this.#deliver(data, true));
      item.append(' ', replay);
    }
    this.#append(item);
  }

  #note(text, kind = 'note') { this.#append(element('li', { class: kind }, element('time', {}, clock(Date.now())), ' ', text)); }

  #append(item) {
    const follow = this.#frames.scrollHeight - this.#frames.scrollTop - this.#frames.clientHeight < 30;
    this.#frames.append(item);
    while (this.#frames.children.length > most) this.#frames.firstChild.remove();
    if (follow) this.#frames.scrollTop = this.#frames.scrollHeight;
  }
}

/** Returns what to send for a text in this form, or throws an Error that says what is wrong with it. */
function encode(text, form) {
  if (form === 'json') {
    try {
      return JSON.stringify(JSON.parse(text));
    } catch (error) {
      throw new Error('This is not JSON: ' + error.message);
    }
  }
  if (form !== 'binary') return text;
  const digits = text.replace(/0x|[\s,:]/gi, '');
  if (digits.length % 2 || /[^0-9a-f]/i.test(digits)) throw new Error('Binary data is written as pairs of hexadecimal digits: 00 ff 7f');
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16)).buffer;
}

function hex(buffer) {
  return Array.from(new Uint8Array(buffer).subarray(0, 1400), (b) => b.toString(16).padStart(2, '0')).join(' ');
}
