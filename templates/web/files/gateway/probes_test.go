package gateway

import (
	"context"
	"errors"
	"net/http"
	"testing"
)

func TestReadyz(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	var database error
	ping := func(context.Context) error { return database }
	h := guarded(ctx, Readyz(ping), "", 1)
	for _, tt := range []struct {
		name     string
		happens  func()
		status   int
		answered string
	}{
		{"running", func() {}, 200, "ready\n"},
		{"database down", func() { database = errors.New("no route to db.example") }, 503, "not ready\n"},
		{"database up again", func() { database = nil }, 200, "ready\n"},
		{"shutting down", stop, 503, "shutting down\n"},
	} {
		tt.happens()
		if status, _, body := try(h, request("GET", "/readyz")); status != tt.status || body != tt.answered {
			t.Errorf("%s: got %d %q, want %d %q", tt.name, status, body, tt.status, tt.answered)
		}
	}
	if status, _, body := try(guarded(ctx, http.HandlerFunc(Healthz), "", 1), request("GET", "/healthz")); status != 200 || body != "ok\n" {
		t.Errorf("while it shuts down the process lives: got %d %q", status, body)
	}
}
