//go:build redisserver

package redis

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"node.websocket/runtime/history"
)

// BenchmarkBus publishes messages of 100 bytes on one node for a number of others, as fast as they take them. It reports the
// processor time that Redis takes for each message, and the time of the publisher's turn in ns/op. An iteration is a message;
// use -benchtime 200000x or so.
func BenchmarkBus(b *testing.B) {
	for _, others := range []int{0, 1, 3, 7} {
		b.Run(fmt.Sprintf("%d others", others), func(b *testing.B) {
			r := startRedis(b)
			counted := make(chan struct{}, 1<<20)
			publisher := startNode(b, r.server(), nil)
			publisher.Subscribe("t") // as a chat's node does: its own messages come back
			nodes := []*node{publisher}
			for range others {
				n := startNode(b, r.server(), func(n *node) { n.count = counted })
				n.Subscribe("t")
				nodes = append(nodes, n)
			}
			settle(b, nodes...)
			m := Message{Data: []byte(strings.Repeat("x", 100))}
			began := redisTime(b, r)
			for i := range b.N {
				publisher.Publish("t", m)
				for range others * min(i/1000, 1) { // a thousand are on their way
					<-counted
				}
			}
			for range others * min(b.N, 1000) {
				<-counted
			}
			settle(b, publisher)
			b.ReportMetric((redisTime(b, r)-began)/float64(b.N)*1e6, "redis-µs/msg")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
		})
	}
}

// BenchmarkKeep is BenchmarkBus for messages that are kept, the last hundred of each of a hundred topics. It also reports
// what one takes in Redis, with what its topic takes.
func BenchmarkKeep(b *testing.B) {
	for _, others := range []int{0, 1, 3} {
		b.Run(fmt.Sprintf("%d others", others), func(b *testing.B) {
			r := startRedis(b)
			counted := make(chan struct{}, 1<<20)
			publisher := startNode(b, r.server(), nil)
			publisher.Subscribe("t/*")
			nodes := []*node{publisher}
			for range others {
				n := startNode(b, r.server(), func(n *node) { n.count = counted })
				n.Subscribe("t/*")
				nodes = append(nodes, n)
			}
			settle(b, nodes...)
			const topics, most = 100, 100
			data := []byte(strings.Repeat("x", 100))
			began, before := redisTime(b, r), redisMemory(b, r)
			for i := range b.N {
				publisher.Keep(fmt.Sprint("t/", i%topics), history.Entry{Publisher: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", Number: int64(i + 1), Data: data}, history.Limit{Messages: most})
				if i%1000 == 999 { // a thousand are on their way
					settle(b, publisher)
				}
				for range others * min(i/1000, 1) {
					<-counted
				}
			}
			for range others * min(b.N, 1000) {
				<-counted
			}
			settle(b, publisher)
			b.ReportMetric((redisTime(b, r)-began)/float64(b.N)*1e6, "redis-µs/msg")
			b.ReportMetric((redisMemory(b, r)-before)/float64(min(b.N, topics*most)), "B/kept")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
		})
	}
}

// redisMemory returns the bytes that the data of Redis takes.
func redisMemory(b *testing.B, r *testRedis) float64 {
	m := regexp.MustCompile(`used_memory_dataset:(\d+)`).FindSubmatch(r.do("INFO", "memory").([]byte))
	n, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// redisTime returns the processor time that Redis has taken, in seconds.
func redisTime(b *testing.B, r *testRedis) (sum float64) {
	info := string(r.do("INFO", "cpu").([]byte))
	for _, m := range regexp.MustCompile(`used_cpu_(?:user|sys):([\d.]+)`).FindAllStringSubmatch(info, -1) {
		s, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			b.Fatal(err)
		}
		sum += s
	}
	return sum
}
