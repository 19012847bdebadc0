package command

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"node.websocket/runtime/command/commandtest"
)

// get returns the status and the body of a GET.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// scrape reads metrics as Prometheus does: it returns the value of each series, "name{label=value,…}", and of a
// histogram that of its count.
func scrape(t *testing.T, url string) map[string]float64 {
	t.Helper()
	status, body := get(t, url)
	if status != http.StatusOK {
		t.Fatalf("%s: %d %s", url, status, body)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(body))
	if err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	if problems, err := promlint.New(strings.NewReader(body)).Lint(); err != nil || len(problems) > 0 { // as promtool does
		t.Errorf("%v %+v", err, problems)
	}
	values := map[string]float64{}
	for name, family := range families {
		if family.GetHelp() == "" {
			t.Errorf("%s has no help", name)
		}
		for _, m := range family.Metric {
			var labels []string
			for _, l := range m.Label {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			values[name+"{"+strings.Join(labels, ",")+"}"] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return values
}

// TestMetrics compares the metrics with a known load.
func TestMetrics(t *testing.T) {
	t.Parallel()
	const echo = "this.Module = function(){ this.onData = function(d, c){ if (d == 'throw') throw new Error('x'); c.send(d) } };"
	port := strconv.Itoa(commandtest.FreePort(t))
	p := commandtest.Start(t, map[string]string{"a.js": echo, "rooms/[id].js": echo}, "--internal-port", port)
	at := "http://127.0.0.1:" + port
	for room := range 3 {
		c := p.Dial(fmt.Sprint("/rooms/", room))
		for range 10 {
			c.SendText("hello")
			c.Next()
		}
	}
	c := p.Dial("/a")
	c.SendText("throw")
	c.SendText("x")
	c.Next()
	c.Close(1000, "")
	if code := awaitClose(t, c); code != 1000 {
		t.Fatalf("closed with %d", code)
	}
	if c, err := p.Connect("/nosuch"); err == nil {
		_ = c.Conn.Close()
		t.Error("/nosuch is served")
	}
	save := func(text string) { // by rename: half a file would be another reload
		t.Helper()
		if err := saveAs(1, p.Dir+"/a.js", text); err != nil {
			t.Fatal(err)
		}
	}
	save(echo + "throw new Error('y')")
	p.Wait("the reload to fail", func() bool { return strings.Contains(p.Text(), "Error: y") })
	save(echo + "// 2")
	p.Wait("the reload", func() bool { return strings.Contains(p.Text(), "version 2 serves") })

	p.Wait("the close to be counted", func() bool {
		return scrape(t, at+"/metrics")["node_websocket_closes_total{cause=client,resource=/a}"] > 0
	})
	values := scrape(t, at+"/metrics")
	ws := "resource=/rooms/[id],transport=websocket,version=13"
	for series, want := range map[string]float64{
		"node_websocket_connections{" + ws + "}":                                                 3,
		"node_websocket_connections_total{" + ws + "}":                                           3,
		"node_websocket_connections{resource=/a,transport=websocket,version=13}":                 0,
		"node_websocket_messages_total{direction=in," + ws + "}":                                 30,
		"node_websocket_messages_total{direction=out," + ws + "}":                                30,
		"node_websocket_bytes_total{direction=in," + ws + "}":                                    30 * (6 + 5), // RFC 6455 §5.2: two bytes and the mask
		"node_websocket_queue_bytes{" + ws + "}":                                                 0,
		"node_websocket_dropped_messages_total{" + ws + "}":                                      0,
		"node_websocket_closes_total{cause=client,resource=/a}":                                  1,
		"node_websocket_closes_total{cause=client,resource=/rooms/[id]}":                         0,
		"node_websocket_refused_total{reason=not found}":                                         1,
		"node_websocket_handler_errors_total{resource=/a}":                                       1,
		"node_websocket_handler_timeouts_total{resource=/a}":                                     0,
		"node_websocket_workers_given_up_total{resource=/a}":                                     0,
		"node_websocket_reloads_total{resource=/a,result=ok}":                                    1,
		"node_websocket_reloads_total{resource=/a,result=failed}":                                1,
		"node_websocket_workers{resource=/a}":                                                    1,
		"node_websocket_module_version{resource=/a}":                                             2,
		"node_websocket_module_version{resource=/rooms/[id]}":                                    1,
		"node_websocket_connections_total{resource=/a,transport=websocket,version=13}":           1,
		"node_websocket_messages_total{direction=in,resource=/a,transport=websocket,version=13}": 2,
	} {
		if got, ok := values[series]; !ok || got != want {
			t.Errorf("%s is %v (%v), want %v", series, got, ok, want)
		}
	}
	if n := values["node_websocket_bytes_total{direction=out,"+ws+"}"]; n < 30*(2+5) {
		t.Errorf("%v bytes out", n)
	}
	if n := values["node_websocket_turn_seconds{resource=/rooms/[id]}"]; n < 30 {
		t.Errorf("%v turns", n)
	}
	if values["process_start_time_seconds{}"] == 0 || values["go_goroutines{}"] == 0 {
		t.Error("nothing of Go or the process")
	}
	for path, want := range map[string]int{"/health": 200, "/ready": 200, "/debug/pprof/": 404, "/": 404} {
		if status, _ := get(t, at+path); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
	if status, _ := get(t, "http://"+p.Address()+"/metrics"); status != 404 {
		t.Errorf("/metrics on the clients' port without --metrics: %d", status)
	}
}

// TestMetricsForClients checks --metrics: the port of clients has /metrics, unless a module has the name.
func TestMetricsForClients(t *testing.T) {
	t.Parallel()
	p := commandtest.Start(t, map[string]string{"a.js": farewell}, "--metrics")
	p.Wait("the module", func() bool { return strings.Contains(p.Text(), "modules are ready") })
	if n := scrape(t, "http://"+p.Address()+"/metrics")["node_websocket_workers{resource=/a}"]; n != 1 {
		t.Errorf("%v workers", n)
	}
	p = commandtest.Start(t, map[string]string{"metrics.js": "exports.onRequest = () => 'mine'"}, "--metrics")
	if status, body := get(t, "http://"+p.Address()+"/metrics"); status != 200 || body != "mine" {
		t.Errorf("a module of that name: %d %s", status, body)
	}
}

// unzip returns the text that gzip has made this of.
func unzip(t *testing.T, body string) string {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestProfiles checks --pprof.
func TestProfiles(t *testing.T) {
	t.Parallel()
	port := strconv.Itoa(commandtest.FreePort(t))
	p := commandtest.Start(t, map[string]string{"a.js": `var n = 0; setInterval(function busy(){ for (var i = 0; i < 100000; i++) n += i }, 1); this.Module = function(){ this.onData = function(){ } }`},
		"--internal-port", port, "--pprof")
	at := "http://127.0.0.1:" + port + "/debug/pprof/"
	for path, want := range map[string]int{
		"": 200, "goroutine?debug=1": 200, "profile?seconds=1": 200, "javascript?seconds=1": 200, "javascript?seconds=0": 400, "javascript?seconds=1000": 400, "javascript?seconds=x": 400,
	} {
		status, body := get(t, at+path)
		if isProfile := strings.HasPrefix(body, "\x1f\x8b"); status != want || isProfile != (want == 200 && strings.HasSuffix(path, "seconds=1")) {
			t.Errorf("%s: %d, %d bytes", path, status, len(body))
		}
		if path == "javascript?seconds=1" && !strings.Contains(unzip(t, body), "busy") {
			t.Error("the profile does not have the function that takes the time")
		}
	}
	for host, want := range map[string]int{"evil.example": 421, "evil.example:" + port: 421, "localhost:" + port: 200, "[::1]": 200, "a.localhost": 200, "127.0.0.1.evil.example": 421} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at+"goroutine?debug=1", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("Host %s: %d, want %d", host, answer.StatusCode, want)
		}
	}
	if status, _ := get(t, "http://"+p.Address()+"/debug/pprof/"); status != 404 {
		t.Errorf("clients get profiles: %d", status)
	}
}

// TestDashboard checks that the dashboard for Grafana is JSON, shows every metric of the program, and asks for no
// other.
func TestDashboard(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(root + "/examples/deploy/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	known, shown := map[string]bool{}, map[string]bool{}
	for _, d := range everythingTold {
		name := regexp.MustCompile(`fqName: "(\w+)"`).FindStringSubmatch(d.String())
		known[name[1]] = true
	}
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			for _, name := range regexp.MustCompile(`node_websocket_\w+`).FindAllString(target.Expr, -1) {
				for _, part := range []string{"_bucket", "_sum", "_count"} {
					name = strings.TrimSuffix(name, part)
				}
				if shown[name] = true; !known[name] {
					t.Errorf("%s asks for %s, which there is not", panel.Title, name)
				}
			}
		}
	}
	for name := range known {
		if !shown[name] && name != "node_websocket_module_version" { // which is a number of no meaning
			t.Errorf("it does not show %s", name)
		}
	}
}
