package clients

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"node.websocket/runtime/command/commandtest"
)

var (
	firstSeed   = flag.Int("programs-seed", 1, "the first seed of the random programs that TestPrograms compares with Node")
	programTime = flag.Duration("programs-time", 5*time.Second, "how long TestPrograms goes on")
)

// TestPrograms compares the values of random programs with Node's. testdata/programs.js makes them.
//
//	go test ./clients -run Programs -programs-seed 1000 -programs-time 5m
func TestPrograms(t *testing.T) {
	t.Parallel()
	generate, err := os.ReadFile("testdata/programs.js")
	if err != nil {
		t.Fatal(err)
	}
	const count = 100
	end := time.Now().Add(*programTime)
	for seed := *firstSeed; time.Now().Before(end); seed++ {
		made := nodeScript(t, string(generate), fmt.Sprint(seed), fmt.Sprint(count)).(map[string]any)
		p := commandtest.Start(t, map[string]string{"test.js": made["source"].(string)})
		c := p.Dial("/test")
		for i, program := range made["programs"].([]any) {
			c.SendText(fmt.Sprint(i))
			want := program.(map[string]any)["want"].(string)
			if _, got, err := c.Read(); err != nil || got != want {
				t.Errorf("seed %d: %v %s\nwant %s\n%s", seed, err, got, want, program.(map[string]any)["code"])
			}
		}
		c.Close(1000, "")
		p.Stop(os.Interrupt)
	}
}
