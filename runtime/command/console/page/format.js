// What several parts of the page need: elements, and numbers as text. Everything that comes from the server or a
// client becomes text, never HTML.

/** Returns an element with attributes, and children that are elements or texts. */
export function element(name, attributes = {}, ...children) {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) e.setAttribute(key, value === true ? '' : value);
  }
  e.append(...children.filter((c) => c !== undefined && c !== null && c !== false));
  return e;
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Returns a number of bytes as text: "1.5 KiB". */
export function bytes(n) {
  let i = 0;
  while (n >= 1024 && i < units.length - 1) { n /= 1024; i++; }
  return (i === 0 ? Math.round(n) : n.toFixed(n < 10 ? 1 : 0)) + ' ' + units[i];
}

/** Returns a number as text of few characters: "12,345", "1.2 M". */
export function number(n) {
  if (n >= 1e6) return (n / 1e6).toFixed(1) + ' M';
  return n.toLocaleString('en-US', { maximumFractionDigits: n < 10 ? 1 : 0 });
}

/** Returns milliseconds as text: "12 s", "3 min", "2 h 5 min". */
export function age(ms) {
  const s = Math.floor(ms / 1000);
  if (s < 60) return s + ' s';
  if (s < 3600) return Math.floor(s / 60) + ' min';
  if (s < 86400) return Math.floor(s / 3600) + ' h ' + Math.floor(s % 3600 / 60) + ' min';
  return Math.floor(s / 86400) + ' d ' + Math.floor(s % 86400 / 3600) + ' h';
}

/** Returns microseconds as text: "850 µs", "1.2 ms". */
export function micros(us) {
  if (us === 0) return '–';
  if (us < 1000) return (us < 10 ? us.toFixed(1) : Math.round(us)) + ' µs';
  if (us < 1e6) return (us / 1000).toFixed(us < 1e4 ? 1 : 0) + ' ms';
  return (us / 1e6).toFixed(1) + ' s';
}

/** Returns the time of day of a Unix time in milliseconds: "12:34:56". */
export function clock(ms) {
  const d = new Date(ms);
  return [d.getHours(), d.getMinutes(), d.getSeconds()].map((n) => String(n).padStart(2, '0')).join(':');
}
