package transport

import "sync"

// relays is the table of the sessions that requests carry, by resource and name. Any goroutine may
// call its methods. Its lock is taken before that of a relay.
type relays struct {
	mu sync.Mutex

	// Guarded by mu. nil: the session is being opened.
	all map[string]*relay
}

// find returns the relay with a key. If there is none and open is set, it reserves the key, which
// the caller must put or remove.
func (t *relays) find(key string, open bool) (r *relay, found bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r, found = t.all[key]
	if !found && open {
		if t.all == nil {
			t.all = make(map[string]*relay)
		}
		t.all[key] = nil
	}
	return r, found
}

// put adds a relay under its key.
func (t *relays) put(r *relay) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all[r.key] = r
}

// remove frees a key.
func (t *relays) remove(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.all, key)
}

// forget removes the sessions that have ended.
func (t *relays) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key, r := range t.all {
		if r == nil {
			continue
		}
		r.mu.Lock()
		if r.finishing {
			r.server.deadlines.clear(&r.session)
			delete(t.all, key)
		}
		r.mu.Unlock()
	}
}
