package gateway

import (
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
)

var errPanic = errors.New("the handler has panicked")

// answer lets h answer and sends the answer to its end. If that is impossible
// it is not complete, and must not look complete to the web server. A panic
// is an error even if a 500 could be sent.
func (x *exchange) answer(h http.Handler, log *slog.Logger) (complete bool, err error) {
	if x.refused != 0 {
		x.replace(x.refused)
	} else {
		complete, err = x.run(h, log)
		if !complete {
			x.abandon()
			return false, err
		}
	}
	if e := x.finish(); e != nil {
		return false, e
	}
	return true, err
}

// run calls the handler and survives its panic.
func (x *exchange) run(h http.Handler, log *slog.Logger) (complete bool, err error) {
	returned := false
	defer func() {
		if !returned { // a panic, or runtime.Goexit
			complete, err = x.caught(recover(), log)
		}
	}()
	h.ServeHTTP(&x.response, &x.request)
	returned = true
	return true, nil
}

// caught makes a 500 of a panic, or lets the answer be cut if some of it has
// been sent or the handler wants that.
func (x *exchange) caught(cause any, log *slog.Logger) (complete bool, err error) {
	if cause == http.ErrAbortHandler {
		return false, http.ErrAbortHandler
	}
	log.Error("panic", "cause", cause, "method", x.request.Method, "uri", x.request.RequestURI, "stack", string(debug.Stack()))
	return x.replace(http.StatusInternalServerError), errPanic
}
