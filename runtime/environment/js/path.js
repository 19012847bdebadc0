// require('path'), with the rules of POSIX. The working directory is the modules folder, which modules
// see as "/".
(function (host) {
	const { argumentType, check: { string: check } } = host.use('errors');

	// clean resolves the "." and ".." of a path. "..", where nothing is left to go up from, stays in a
	// relative one.
	function clean(path, absolute) {
		const parts = [];
		for (const part of path.split('/')) {
			if (part === '' || part === '.') continue;
			if (part !== '..') parts.push(part);
			else if (parts.length > 0 && parts[parts.length - 1] !== '..') parts.pop();
			else if (!absolute) parts.push('..');
		}
		return parts.join('/');
	}

	function normalize(path) {
		check(path, 'path');
		if (path === '') return '.';
		const absolute = path[0] === '/', folder = path.endsWith('/');
		let result = clean(path, absolute);
		if (result === '' && !absolute) result = '.';
		if (folder && result !== '') result += '/';
		return absolute ? '/' + result : result;
	}

	function resolve(...paths) {
		let result = '';
		for (let i = paths.length - 1; i >= 0 && result[0] !== '/'; i--) {
			check(paths[i], 'paths[' + i + ']');
			if (paths[i] !== '') result = result === '' ? paths[i] : paths[i] + '/' + result;
		}
		return '/' + clean(result, true);
	}

	function join(...paths) {
		for (const path of paths) check(path, 'path');
		return normalize(paths.filter((path) => path !== '').join('/'));
	}

	function relative(from, to) {
		check(from, 'from');
		check(to, 'to');
		const a = resolve(from).split('/').filter(Boolean), b = resolve(to).split('/').filter(Boolean);
		let same = 0;
		while (same < a.length && same < b.length && a[same] === b[same]) same++;
		return [...a.slice(same).fill('..'), ...b.slice(same)].join('/');
	}

	// trimmed returns the length of a path without the slashes at its end.
	function trimmed(path) {
		let end = path.length;
		while (end > 0 && path[end - 1] === '/') end--;
		return end;
	}

	function dirname(path) {
		check(path, 'path');
		if (path === '') return '.';
		const end = trimmed(path), slash = path.slice(0, end).lastIndexOf('/');
		if (slash < 0) return path[0] === '/' ? '/' : '.';
		if (slash === 0) return '/';
		if (slash === 1 && path[0] === '/') return '//';
		return path.slice(0, slash);
	}

	function basename(path, suffix) {
		if (suffix !== undefined) check(suffix, 'suffix');
		check(path, 'path');
		if (suffix !== undefined && suffix === path) return '';
		const whole = path.slice(0, trimmed(path)), base = whole.slice(whole.lastIndexOf('/') + 1);
		return suffix && base !== suffix && base.endsWith(suffix) ? base.slice(0, -suffix.length) : base;
	}

	function extname(path) {
		check(path, 'path');
		const base = basename(path), dot = base.lastIndexOf('.');
		return dot <= 0 || base === '..' ? '' : base.slice(dot);
	}

	function parse(path) {
		check(path, 'path');
		const root = path[0] === '/' ? '/' : '', base = basename(path), ext = extname(path);
		const whole = path.slice(0, trimmed(path)), slash = whole.lastIndexOf('/');
		return { root, dir: slash > 0 ? whole.slice(0, slash) : slash === 0 || root ? root : '', base, ext, name: base.slice(0, base.length - ext.length) };
	}

	function format(object) {
		if (typeof object !== 'object' || object === null) throw argumentType('pathObject', 'of type object', object);
		const { root, dir = root, base, name = '', ext = '' } = object;
		const last = base || name + (ext && ext[0] !== '.' ? '.' : '') + ext;
		if (!dir) return last;
		return dir === root ? dir + last : dir + '/' + last;
	}

	const path = {
		resolve, normalize, isAbsolute(path) { check(path, 'path'); return path[0] === '/'; }, join, relative, toNamespacedPath: (path) => path,
		dirname, basename, extname, format, parse, sep: '/', delimiter: ':', posix: null,
	};
	path.posix = path;
	Object.defineProperty(path, 'win32', { get() { throw new Error('path.win32 is not available: this server has the paths of POSIX, path.posix'); } });
	return path;
})
