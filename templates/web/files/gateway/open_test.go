package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"
)

// closer is an app that counts how often it is closed.
type closer struct {
	http.Handler
	closed int
}

func (c *closer) Close() error {
	c.closed++
	return nil
}

func TestOpen(t *testing.T) {
	got, err := Open(t.Context(), func(_ context.Context, s Settings) (http.Handler, error) {
		return http.RedirectHandler(s["TO"], http.StatusFound), nil
	}, Settings{"TO": "/there"})
	if err != nil {
		t.Fatal(err)
	}
	if _, to, _ := try(got, request("GET", "/")); to != "/there" {
		t.Errorf("leads to %q", to)
	}
	down := errors.New("database is down")
	_, err = Open(t.Context(), func(context.Context, Settings) (http.Handler, error) { return nil, down }, nil)
	if !errors.Is(err, down) {
		t.Errorf("%v, want %v", err, down)
	}
}

// The newHandler of web 1.0 and 1.1.
func TestOpenWithoutArguments(t *testing.T) {
	got, err := Open(t.Context(), func() http.Handler { return http.HandlerFunc(hello) }, nil)
	if err != nil {
		t.Fatal(err)
	}
	if status, _, _ := try(got, request("GET", "/")); status != 200 {
		t.Errorf("status %d", status)
	}
}

// What is opened with the context serves until the drain has ended, but opening
// ends when the program is told to stop.
func TestOpenContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	var opened context.Context
	_, err := Open(ctx, func(ctx context.Context, _ Settings) (http.Handler, error) {
		opened = ctx
		return http.HandlerFunc(hello), nil
	}, nil)
	stop()
	time.Sleep(10 * time.Millisecond)
	if err != nil || opened.Err() != nil {
		t.Errorf("%v, %v", err, opened.Err())
	}
	_, err = Open(ctx, func(ctx context.Context, _ Settings) (http.Handler, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}, nil)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Whatever stands before an app, it can be closed.
func TestChainCloses(t *testing.T) {
	app := &closer{Handler: http.HandlerFunc(hello)}
	h := Chain(Chain(app, Recover), RequestID, SecurityHeaders)
	if status, _, _ := try(h, request("GET", "/")); status != 200 {
		t.Errorf("status %d", status)
	}
	if c, ok := h.(io.Closer); !ok || c.Close() != nil || app.closed != 1 {
		t.Errorf("closed %d times", app.closed)
	}
	if _, ok := Chain(http.HandlerFunc(hello), Recover).(io.Closer); ok {
		t.Error("there is nothing to close")
	}
}
