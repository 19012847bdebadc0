package transport

import "sync"

// relays are the sessions that are carried by requests, by resource and name. All methods may be called from any goroutine.
type relays struct {
	mu sync.Mutex

	// Guarded by mu. A nil relay is being opened.
	all map[string]*relay
}

// find returns the relay of that name. If there is none and open says so, the name is taken, and the caller has to put a relay there, or remove it.
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

func (t *relays) put(r *relay) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all[r.key] = r
}

func (t *relays) remove(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.all, key)
}

// some says whether there are sessions that are not over.
func (t *relays) some() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.all {
		if r == nil {
			continue
		}
		r.mu.Lock()
		over := r.finishing
		r.mu.Unlock()
		if !over {
			return true
		}
	}
	return false
}

// forget drops what is remembered of sessions that are over.
func (t *relays) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key, r := range t.all {
		if r == nil {
			continue
		}
		r.mu.Lock()
		if r.finishing {
			r.timer.Stop()
			delete(t.all, key)
		}
		r.mu.Unlock()
	}
}
