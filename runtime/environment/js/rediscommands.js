// The commands of require('redis'): node-redis's names, how their arguments become words, and what becomes
// of their replies. Where a command is not in words or replies, its arguments are its words, and its
// reply is what Redis has answered.
(function () {
	// names holds those whose command is the name in capitals.
	const names = ('append bitCount bitField bitOp bitPos copy dbSize decr decrBy del dump echo eval evalSha exists expire expireAt expireTime fCall flushAll flushDb ' +
		'geoAdd geoDist geoHash geoPos geoSearch geoSearchStore get getBit getDel getEx getRange getSet ' +
		'hDel hExists hGet hGetAll hIncrBy hIncrByFloat hKeys hLen hmGet hRandField hScan hSet hSetNX hStrLen hVals incr incrBy incrByFloat info keys lastSave lcs ' +
		'lIndex lInsert lLen lMove lmPop lPop lPos lPush lPushX lRange lRem lSet lTrim mGet mSet mSetNX move persist pExpire pExpireAt pExpireTime pfAdd pfCount pfMerge ping pSetEx pTTL publish ' +
		'randomKey rename renameNX restore rPop rPopLPush rPush rPushX sAdd scan sCard sDiff sDiffStore set setBit setEx setNX setRange sInter sInterCard sInterStore sIsMember sMembers smIsMember sMove ' +
		'sort sPop sRandMember sRem sScan strLen sUnion sUnionStore time touch ttl type unlink xAck xAdd xAutoClaim xClaim xDel xLen xPending xRange xRead xReadGroup xRevRange xTrim ' +
		'zAdd zCard zCount zDiff zDiffStore zIncrBy zInter zInterCard zInterStore zLexCount zmPop zmScore zPopMax zPopMin zRandMember zRange zRangeByLex zRangeByScore zRangeStore zRank zRem ' +
		'zRemRangeByLex zRemRangeByRank zRemRangeByScore zRevRank zScan zScore zUnion zUnionStore').split(' ');
	// others holds the commands of names that are not.
	const others = {
		bitFieldRo: 'BITFIELD_RO', clientId: 'CLIENT ID', clientInfo: 'CLIENT INFO', configGet: 'CONFIG GET', configSet: 'CONFIG SET', evalRo: 'EVAL_RO', evalShaRo: 'EVALSHA_RO', fCallRo: 'FCALL_RO',
		functionDelete: 'FUNCTION DELETE', functionFlush: 'FUNCTION FLUSH', functionLoad: 'FUNCTION LOAD', geoSearchWith: 'GEOSEARCH', hRandFieldCount: 'HRANDFIELD', hRandFieldCountWithValues: 'HRANDFIELD',
		hScanNoValues: 'HSCAN', lcsLen: 'LCS', lPopCount: 'LPOP', lPosCount: 'LPOS', memoryUsage: 'MEMORY USAGE', objectEncoding: 'OBJECT ENCODING', objectFreq: 'OBJECT FREQ', objectIdleTime: 'OBJECT IDLETIME',
		objectRefCount: 'OBJECT REFCOUNT', pubSubChannels: 'PUBSUB CHANNELS', pubSubNumPat: 'PUBSUB NUMPAT', pubSubNumSub: 'PUBSUB NUMSUB', rPopCount: 'RPOP', scriptExists: 'SCRIPT EXISTS',
		scriptFlush: 'SCRIPT FLUSH', scriptLoad: 'SCRIPT LOAD', sortRo: 'SORT_RO', sortStore: 'SORT', sPopCount: 'SPOP', sRandMemberCount: 'SRANDMEMBER', xClaimJustId: 'XCLAIM', xGroupCreate: 'XGROUP CREATE',
		xGroupCreateConsumer: 'XGROUP CREATECONSUMER', xGroupDelConsumer: 'XGROUP DELCONSUMER', xGroupDestroy: 'XGROUP DESTROY', xGroupSetId: 'XGROUP SETID', xInfoConsumers: 'XINFO CONSUMERS',
		xInfoGroups: 'XINFO GROUPS', xInfoStream: 'XINFO STREAM', xPendingRange: 'XPENDING', zDiffWithScores: 'ZDIFF', zInterWithScores: 'ZINTER', zPopMaxCount: 'ZPOPMAX', zPopMinCount: 'ZPOPMIN',
		zRandMemberCount: 'ZRANDMEMBER', zRandMemberCountWithScores: 'ZRANDMEMBER', zRangeByScoreWithScores: 'ZRANGEBYSCORE', zRangeWithScores: 'ZRANGE', zRankWithScore: 'ZRANK', zRevRankWithScore: 'ZREVRANK',
		zUnionWithScores: 'ZUNION',
	};

	// Parts of arguments.
	const list = (value) => (Array.isArray(value) ? value : [value]);
	const counted = (value) => [list(value).length, list(value)];
	const pick = (o, ...keys) => (o === undefined ? [] : keys.map((key) => (o?.[key] === undefined || o[key] === null || o[key] === false ? [] : o[key] === true ? [key] : [key, o[key]])));
	const limited = (o) => (o?.LIMIT ? ['LIMIT', o.LIMIT.offset, o.LIMIT.count] : []);
	const pairs = (value) => (value instanceof Map ? [...value] : Array.isArray(value) ? value : Object.entries(value));
	const fields = (value, other) => (other === undefined && typeof value === 'object' && !(value instanceof Uint8Array) ? pairs(value) : [value, other]);
	const seconds = (time) => (time instanceof Date ? Math.floor(time / 1000) : time);
	const milliseconds = (time) => (time instanceof Date ? Number(time) : time);
	const optional = (...values) => values.filter((value) => value !== undefined);
	const scanned = (o) => pick(o, 'MATCH', 'COUNT', 'TYPE');
	const withKeys = (o) => [counted(o?.keys ?? []), o?.arguments ?? []];
	const weighted = (keys) => {
		const all = list(keys), weights = all.some((k) => k !== null && typeof k === 'object' && 'weight' in k);
		return [all.length, all.map((k) => (weights ? k.key : k)), weights ? ['WEIGHTS', all.map((k) => k.weight)] : []];
	};
	const sorted = (key, o) => [key, o?.BY === undefined ? [] : ['BY', o.BY], limited(o), o?.GET === undefined ? [] : list(o.GET).map((g) => ['GET', g]), optional(o?.DIRECTION), pick(o, 'ALPHA')];
	const ranged = (key, from, to, o) => [key, from, to, optional(o?.BY && 'BY' + o.BY), pick(o, 'REV'), limited(o)];
	const trimmed = (strategy, threshold, o) => [strategy, optional(o?.strategyModifier), threshold, pick(o, 'LIMIT')];
	const area = (key, from, by, o) => [key, typeof from === 'object' && !(from instanceof Uint8Array) ? ['FROMLONLAT', from.longitude, from.latitude] : ['FROMMEMBER', from],
		'radius' in by ? ['BYRADIUS', by.radius] : ['BYBOX', by.width, by.height], by.unit, optional(o?.SORT),
		o?.COUNT === undefined ? [] : typeof o.COUNT === 'object' ? ['COUNT', o.COUNT.value, pick(o.COUNT, 'ANY')] : ['COUNT', o.COUNT]];
	const streams = (value) => [...list(value).map((s) => s.key), ...list(value).map((s) => s.id)];
	const bits = (operations) => operations.map((o) => (o.operation === 'OVERFLOW' ? ['OVERFLOW', o.behavior]
		: [o.operation, o.encoding, o.offset, o.operation === 'SET' ? o.value : o.operation === 'INCRBY' ? o.increment : []]));
	const claimed = (key, group, consumer, idle, ids, o) => [key, group, consumer, idle, ids, pick(o, 'IDLE'), o?.TIME === undefined ? [] : ['TIME', milliseconds(o.TIME)], pick(o, 'RETRYCOUNT', 'FORCE'), pick(o, 'LASTID')];

	// words holds functions from the arguments to the words after the command. Arrays in these are flattened.
	const words = {
		bitCount: (key, range) => [key, range ? [range.start, range.end, optional(range.mode)] : []],
		bitField: (key, operations) => [key, bits(operations)],
		bitFieldRo: (key, operations) => [key, operations.map((o) => ['GET', o.encoding, o.offset])],
		bitPos: (key, bit, start, end, mode) => [key, bit, optional(start, end, mode)],
		configSet: (name, value) => fields(name, value),
		copy: (from, to, o) => [from, to, pick(o, 'DB', 'REPLACE')],
		eval: (script, o) => [script, withKeys(o)],
		expire: (key, time, mode) => [key, time, optional(mode)],
		expireAt: (key, time, mode) => [key, seconds(time), optional(mode)],
		flushAll: (mode) => optional(mode),
		functionFlush: (mode) => optional(mode),
		functionLoad: (code, o) => [pick(o, 'REPLACE'), code],
		geoAdd: (key, members, o) => [key, optional(o?.condition), pick(o, 'NX', 'XX', 'CH'), list(members).map((m) => [m.longitude, m.latitude, m.member])],
		geoDist: (key, a, b, unit) => [key, a, b, optional(unit)],
		geoSearch: area,
		geoSearchStore: (to, from, center, by, o) => [to, area(from, center, by, o), pick(o, 'STOREDIST')],
		geoSearchWith: (key, from, by, what, o) => [area(key, from, by, o), what],
		getEx: (key, o) => [key, o.type !== undefined ? [o.type, o.type === 'PERSIST' ? [] : o.type === 'EXAT' ? seconds(o.value) : milliseconds(o.value)] : pick(o, 'EX', 'PX', 'EXAT', 'PXAT', 'PERSIST')],
		hRandFieldCountWithValues: (key, count) => [key, count, 'WITHVALUES'],
		hScan: (key, cursor, o) => [key, cursor, scanned(o)],
		hScanNoValues: (key, cursor, o) => [key, cursor, scanned(o), 'NOVALUES'],
		hSet: (key, value, other) => [key, fields(value, other)],
		info: (section) => optional(section),
		lcsLen: (a, b) => [a, b, 'LEN'],
		lmPop: (keys, side, o) => [counted(keys), side, pick(o, 'COUNT')],
		lPos: (key, element, o) => [key, element, pick(o, 'RANK', 'MAXLEN')],
		lPosCount: (key, element, count, o) => [key, element, pick(o, 'RANK'), 'COUNT', count, pick(o, 'MAXLEN')],
		memoryUsage: (key, o) => [key, pick(o, 'SAMPLES')],
		mSet: (values) => pairs(values),
		pExpireAt: (key, time, mode) => [key, milliseconds(time), optional(mode)],
		ping: (text) => optional(text),
		pubSubChannels: (pattern) => optional(pattern),
		pubSubNumSub: (channels) => optional(channels),
		restore: (key, ttl, value, o) => [key, ttl, value, pick(o, 'REPLACE', 'ABSTTL', 'IDLETIME', 'FREQ')],
		scan: (cursor, o) => [cursor, scanned(o)],
		scriptFlush: (mode) => optional(mode),
		set: (key, value, o) => !o ? [key, value] : [key, value, o.expiration === undefined ? pick(o, 'EX', 'PX', 'EXAT', 'PXAT', 'KEEPTTL')
			: typeof o.expiration === 'string' ? o.expiration : o.expiration.type === 'KEEPTTL' ? 'KEEPTTL' : [o.expiration.type, o.expiration.value], optional(o.condition), pick(o, 'NX', 'XX', 'GET')],
		sInterCard: (keys, o) => [counted(keys), typeof o === 'number' ? ['LIMIT', o] : pick(o, 'LIMIT')],
		sort: sorted,
		sortStore: (from, to, o) => [sorted(from, o), 'STORE', to],
		xAdd: (key, id, message, o) => [key, pick(o, 'NOMKSTREAM'), o?.TRIM ? trimmed(o.TRIM.strategy ?? 'MAXLEN', o.TRIM.threshold, { strategyModifier: o.TRIM.strategyModifier, LIMIT: o.TRIM.limit }) : [], id, pairs(message)],
		xAutoClaim: (key, group, consumer, idle, start, o) => [key, group, consumer, idle, start, pick(o, 'COUNT')],
		xClaim: claimed,
		xClaimJustId: (...args) => [claimed(...args), 'JUSTID'],
		xGroupCreate: (key, group, id, o) => [key, group, id, pick(o, 'MKSTREAM', 'ENTRIESREAD')],
		xGroupSetId: (key, group, id, o) => [key, group, id, pick(o, 'ENTRIESREAD')],
		xPendingRange: (key, group, from, to, count, o) => [key, group, pick(o, 'IDLE'), from, to, count, optional(o?.consumer)],
		xRange: (key, from, to, o) => [key, from, to, pick(o, 'COUNT')],
		xRead: (value, o) => [pick(o, 'COUNT', 'BLOCK'), 'STREAMS', streams(value)],
		xReadGroup: (group, consumer, value, o) => ['GROUP', group, consumer, pick(o, 'COUNT', 'BLOCK', 'NOACK'), 'STREAMS', streams(value)],
		xTrim: (key, strategy, threshold, o) => [key, trimmed(strategy, threshold, o)],
		zAdd: (key, members, o) => [key, optional(o?.condition, o?.comparison), pick(o, 'NX', 'XX', 'GT', 'LT', 'CH'), list(members).map((m) => [m.score, m.value])],
		zDiff: (keys) => counted(keys),
		zDiffStore: (to, keys) => [to, counted(keys)],
		zDiffWithScores: (keys) => [counted(keys), 'WITHSCORES'],
		zInter: (keys, o) => [weighted(keys), pick(o, 'AGGREGATE')],
		zInterStore: (to, keys, o) => [to, weighted(keys), pick(o, 'AGGREGATE')],
		zInterWithScores: (keys, o) => [weighted(keys), pick(o, 'AGGREGATE'), 'WITHSCORES'],
		zRandMemberCountWithScores: (key, count) => [key, count, 'WITHSCORES'],
		zRange: ranged,
		zRangeByScore: (key, from, to, o) => [key, from, to, limited(o)],
		zRangeByScoreWithScores: (key, from, to, o) => [key, from, to, 'WITHSCORES', limited(o)],
		zRangeStore: (to, from, min, max, o) => [to, ranged(from, min, max, o)],
		zRangeWithScores: (...args) => [ranged(...args), 'WITHSCORES'],
		zRankWithScore: (key, member) => [key, member, 'WITHSCORE'],
	};
	Object.assign(words, {
		evalSha: words.eval, evalRo: words.eval, evalShaRo: words.eval, fCall: words.eval, fCallRo: words.eval, flushDb: words.flushAll, mSetNX: words.mSet, pExpire: words.expire, sortRo: words.sort,
		sScan: words.hScan, zScan: words.hScan, xRevRange: words.xRange, zInterCard: words.sInterCard, zmPop: words.lmPop, zRangeByLex: words.zRangeByScore, zRevRankWithScore: words.zRankWithScore,
		zUnion: words.zInter, zUnionStore: words.zInterStore, zUnionWithScores: words.zInterWithScores,
	});

	// Parts of replies. A reply that is null stays so.
	const present = (f) => (reply) => (reply === null ? null : f(reply));
	const each = (f) => present((reply) => reply.map(f));
	const double = present((text) => (text === 'inf' ? Infinity : text === '-inf' ? -Infinity : Number(text)));
	const inPairs = (reply, f) => {
		const all = [];
		for (let i = 0; i + 1 < reply.length; i += 2) all.push(f(reply[i], reply[i + 1]));
		return all;
	};
	const object = (value = (v) => v) => present((reply) => {
		const o = Object.create(null);
		for (let i = 0; i + 1 < reply.length; i += 2) o[reply[i]] = value(reply[i + 1]);
		return o;
	});
	const members = (reply) => inPairs(reply, (value, score) => ({ value, score: double(score) }));
	const member = (reply) => (reply.length === 0 ? null : members(reply)[0]);
	const entries = (reply) => inPairs(reply, (field, value) => ({ field, value }));
	const page = (name, f = (v) => v) => ([cursor, reply]) => ({ cursor, [name]: f(reply) });
	const message = present(([id, reply]) => ({ id, message: reply === null ? null : object()(reply) }));
	const messages = each(message);
	const read = each(([name, reply]) => ({ name, messages: messages(reply) }));
	const ranked = present(([rank, score]) => ({ rank, score: double(score) }));
	const position = present(([longitude, latitude]) => ({ longitude: Number(longitude), latitude: Number(latitude) }));
	const found = (reply, args) => reply.map(([name, ...rest]) => {
		const o = { member: name }, what = args[3].map(String);
		if (what.includes('WITHDIST')) o.distance = double(rest.shift());
		if (what.includes('WITHHASH')) o.hash = rest.shift();
		if (what.includes('WITHCOORD')) o.coordinates = position(rest.shift());
		return o;
	});
	const stream = (reply) => {
		const o = object()(reply);
		for (const name of ['first-entry', 'last-entry']) o[name] = message(o[name]);
		return o;
	};

	// replies holds functions from a reply, and the arguments, to what the promise is fulfilled with.
	const replies = {
		configGet: object(), geoDist: double, geoPos: each(present(([longitude, latitude]) => ({ longitude, latitude }))), geoSearchWith: found, hGetAll: object(), hRandFieldCountWithValues: entries,
		hScan: page('entries', entries), hScanNoValues: page('fields'), pubSubNumSub: object(Number), scan: page('keys'), sScan: page('members'),
		xAutoClaim: ([nextId, reply, deleted]) => ({ nextId, messages: messages(reply), deletedMessages: deleted }), xClaim: messages, xInfoConsumers: each(object()), xInfoGroups: each(object()), xInfoStream: stream,
		xPending: ([pending, firstId, lastId, consumers]) => ({ pending, firstId, lastId, consumers: consumers === null ? null : consumers.map(([name, count]) => ({ name, deliveriesCounter: Number(count) })) }),
		xPendingRange: each(([id, consumer, idle, count]) => ({ id, consumer, millisecondsSinceLastDelivery: idle, deliveriesCounter: count })),
		xRange: messages, xRevRange: messages, xRead: read, xReadGroup: read,
		zDiffWithScores: members, zIncrBy: double, zInterWithScores: members, zmPop: present(([key, reply]) => ({ key, members: reply.map(([value, score]) => ({ value, score: double(score) })) })),
		zmScore: each(double), zPopMax: member, zPopMaxCount: members, zPopMin: member, zPopMinCount: members, zRandMemberCountWithScores: members, zRangeByScoreWithScores: members, zRangeWithScores: members,
		zRankWithScore: ranked, zRevRankWithScore: ranked, zScan: page('members', members), zScore: double, zUnionWithScores: members,
	};

	const commands = Object.create(null);
	for (const name of names) commands[name] = { command: [name.toUpperCase()] };
	for (const name of Object.keys(others)) commands[name] = { command: others[name].split(' ') };
	for (const name of Object.keys(words)) commands[name].words = words[name];
	for (const name of Object.keys(replies)) commands[name].reply = replies[name];
	return { commands };
})
