package command

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"node.websocket/runtime"
	"node.websocket/runtime/redis"
	"node.websocket/transport"
)

// An observer is the prometheus.Collector of what the server and the runtime have counted. It reads their counts
// when it is asked, so that clients and modules wait for nobody. A resource with parameters, such as
// rooms/[id], is one resource: no client can make the series many.
type observer struct {
	runtime *runtime.Runtime
	server  *transport.Server // set before the server serves

	// What uses Redis; nil: nothing.
	bus     *redis.Bus
	log     *redis.Log
	storage *redis.StorageEngine
	client  *redis.Client
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("node_websocket_"+name, help, labels, nil)
}

// What an observer tells.
var (
	connectionsNow   = describe("connections", "Connections that are open.", "resource", "transport", "version")
	connectionsTotal = describe("connections_total", "Connections that were opened.", "resource", "transport", "version")
	closesTotal      = describe("closes_total", "Connections that have ended, by cause.", "resource", "cause")
	messagesTotal    = describe("messages_total", "Data messages.", "resource", "transport", "version", "direction")
	bytesTotal       = describe("bytes_total", "Bytes after the handshake, without what HTTP and TLS add.", "resource", "transport", "version", "direction")
	queueBytes       = describe("queue_bytes", "Bytes that wait to be sent.", "resource", "transport", "version")
	droppedTotal     = describe("dropped_messages_total", "Messages that were dropped because a client was slow (--on-slow drop).", "resource", "transport", "version")
	refusedTotal     = describe("refused_total", "Handshakes and requests that were refused, by reason.", "reason")

	turnSeconds   = describe("turn_seconds", "Times for which a worker was occupied at one stretch.", "resource")
	errorsTotal   = describe("handler_errors_total", "Exceptions of modules, and rejected promises that nobody handled.", "resource")
	timeoutsTotal = describe("handler_timeouts_total", "Calls that were ended because of --handler-timeout.", "resource")
	givenUpTotal  = describe("workers_given_up_total", "Workers that were given up because a call could not be ended.", "resource")
	reloadsTotal  = describe("reloads_total", "Reloads of a module, by result.", "resource", "result")
	workersNow    = describe("workers", "Workers that serve.", "resource")
	moduleVersion = describe("module_version", "The version of the module that serves.", "resource")

	redisUp          = describe("redis_up", "1 unless Redis was not reached when it was tried last for a use: the bus, the log, the storage, or the commands of modules.", "use")
	redisWaiting     = describe("redis_waiting", "Messages of the bus, and lines of the log, that wait for Redis.", "use")
	redisDropped     = describe("redis_dropped_total", "Messages of the bus, and lines of the log, that were dropped because Redis was away for too long, or refused them.", "use")
	logLinesTotal    = describe("redis_log_lines_total", "Lines of the log that Redis has taken.")
	busMessagesTotal = describe("bus_messages_total", "Messages that were published for other nodes and taken by Redis, and messages of other nodes.", "direction")
	busMissedTotal   = describe("bus_missed_messages_total", "Messages of other nodes, at most and on any topics, that were published while there was no connection.")
	busNodes         = describe("bus_nodes", "Nodes that the last heartbeat of this one has reached, itself among them.")
	roundTripSeconds = describe("redis_round_trip_seconds", "Times in which Redis has confirmed a heartbeat.")

	everythingTold = []*prometheus.Desc{
		connectionsNow, connectionsTotal, closesTotal, messagesTotal, bytesTotal, queueBytes, droppedTotal, refusedTotal,
		turnSeconds, errorsTotal, timeoutsTotal, givenUpTotal, reloadsTotal, workersNow, moduleVersion,
		redisUp, redisWaiting, redisDropped, logLinesTotal, busMessagesTotal, busMissedTotal, busNodes, roundTripSeconds,
	}
)

// handler answers a request for the metrics, and for those of Go and the process.
func (o *observer) handler() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(o, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collectors.NewBuildInfoCollector())
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: probeTimeout})
}

// Describe implements prometheus.Collector.
func (o *observer) Describe(to chan<- *prometheus.Desc) {
	for _, d := range everythingTold {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (o *observer) Collect(to chan<- prometheus.Metric) {
	o.collectSessions(to)
	o.collectRedis(to)
	bounds := runtime.TurnBounds()
	for _, c := range o.runtime.Counts() {
		name := "/" + c.Resource
		histogram(to, turnSeconds, bounds, c.Turns, c.TurnTime, name)
		counter(to, errorsTotal, c.Errors, name)
		counter(to, timeoutsTotal, c.Timeouts, name)
		counter(to, givenUpTotal, c.GivenUp, name)
		counter(to, reloadsTotal, c.Reloads, name, "ok")
		counter(to, reloadsTotal, c.FailedReloads, name, "failed")
		gauge(to, workersNow, c.Workers, name)
		gauge(to, moduleVersion, c.Version, name)
	}
}

// collectSessions collects what the transport has counted. Causes are summed over transports and versions, to keep
// the series few.
func (o *observer) collectSessions(to chan<- prometheus.Metric) {
	counts := o.server.Counts()
	for reason, n := range counts.Refused {
		counter(to, refusedTotal, n, reason)
	}
	closed := map[[2]string]uint64{} // by resource and cause
	for _, s := range counts.Sessions {
		name := "/" + s.Resource
		gauge(to, connectionsNow, s.Open, name, s.Transport, s.Version)
		counter(to, connectionsTotal, s.Opened, name, s.Transport, s.Version)
		counter(to, messagesTotal, s.MessagesIn, name, s.Transport, s.Version, "in")
		counter(to, messagesTotal, s.MessagesOut, name, s.Transport, s.Version, "out")
		counter(to, bytesTotal, s.BytesIn, name, s.Transport, s.Version, "in")
		counter(to, bytesTotal, s.BytesOut, name, s.Transport, s.Version, "out")
		counter(to, droppedTotal, s.Dropped, name, s.Transport, s.Version)
		gauge(to, queueBytes, s.Queued, name, s.Transport, s.Version)
		for cause, n := range s.Closed {
			closed[[2]string{name, cause}] += n
		}
	}
	for of, n := range closed {
		counter(to, closesTotal, n, of[0], of[1])
	}
}

// collectRedis collects what is known of Redis. What no module has used yet is left out.
func (o *observer) collectRedis(to chan<- prometheus.Metric) {
	up := func(use string, up, used bool) {
		n := 0
		if up {
			n = 1
		}
		if used {
			gauge(to, redisUp, n, use)
		}
	}
	if o.log != nil {
		c := o.log.Counts()
		up("log", c.Up, true)
		gauge(to, redisWaiting, c.Waiting, "log")
		counter(to, redisDropped, c.Dropped, "log")
		counter(to, logLinesTotal, c.Written)
	}
	if o.bus != nil {
		c := o.bus.Counts()
		up("bus", c.Up, true)
		gauge(to, redisWaiting, c.Waiting, "bus")
		counter(to, redisDropped, c.Dropped, "bus")
		counter(to, busMessagesTotal, c.Published, "out")
		counter(to, busMessagesTotal, c.Received, "in")
		counter(to, busMissedTotal, c.Missed)
		gauge(to, busNodes, c.Nodes)
		histogram(to, roundTripSeconds, redis.RoundTripBounds(), c.RoundTrips, c.RoundTripTime)
	}
	if o.storage != nil {
		isUp, used := o.storage.IsUp()
		up("storage", isUp, used)
	}
	if o.client != nil {
		isUp, used := o.client.IsUp()
		up("modules", isUp, used)
	}
}

// histogram tells how many of something took at most as long as each of the bounds, and, as the last of
// counts, the number of all.
func histogram(to chan<- prometheus.Metric, d *prometheus.Desc, bounds []time.Duration, counts []uint64, sum time.Duration, labels ...string) {
	buckets := make(map[float64]uint64, len(bounds))
	for i, bound := range bounds {
		buckets[bound.Seconds()] = counts[i]
	}
	to <- prometheus.MustNewConstHistogram(d, counts[len(bounds)], sum.Seconds(), buckets, labels...)
}

func counter(to chan<- prometheus.Metric, d *prometheus.Desc, n uint64, labels ...string) {
	to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
}

func gauge[N int | int64](to chan<- prometheus.Metric, d *prometheus.Desc, n N, labels ...string) {
	to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n), labels...)
}
